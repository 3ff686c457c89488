#include "harness/judge/judge.hpp"

#include "harness/judge/expectations.hpp"
#include "harness/judge/facts.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <utility>

namespace postfault::judge {

namespace {

void append(std::vector<Reason>& to, std::vector<Reason> from) {
    for (Reason& reason : from)
        to.push_back(std::move(reason));
}

std::string what_happened_instead(const Facts& facts) {
    const OperationFacts& first = facts.operations().front();
    if (facts.measures.connections.empty())
        return "the client never connected, " + facts.what_it_said(first);
    return facts.what_it_said(first);
}

std::vector<Reason> not_reached(const Facts& facts) {
    std::vector<Reason> reasons;
    for (const std::size_t fault : facts.measures.not_fired)
        reasons.push_back(
            {"fault", fmt::format("'{}' never happened: {}", scenario::describe(facts.scenario.faults[fault]),
                                  what_happened_instead(facts))});
    if (reasons.empty()) // every fault was left to chance
        reasons.push_back({"fault", "none of the faults happened: " + what_happened_instead(facts)});
    return reasons;
}

} // namespace

Verdict judge(const scenario::Scenario& scenario, const RunRecord& record) {
    Verdict verdict;
    if (!record.harness_trouble.empty()) {
        verdict.kind = VerdictKind::error;
        verdict.reasons.push_back({"harness", record.harness_trouble});
        verdict.measures = measure(record, scenario);
        return verdict;
    }

    const Facts facts(scenario, record);
    Findings invariants = check_invariants(facts);
    Findings expectations = check_expectations(facts, invariants);
    verdict.measures = facts.measures;
    verdict.notes = std::move(invariants.notes);
    verdict.not_observable = std::move(invariants.not_observable);

    if (!facts.measures.fault_fired) {
        // Nothing was tested. A hang or a crash on the way to the fault is worth knowing all the same.
        verdict.kind = VerdictKind::not_reached;
        verdict.reasons = not_reached(facts);
        for (const Reason& reason : invariants.broken)
            verdict.notes.push_back(reason.code + " " + reason.text);
        return verdict;
    }

    append(verdict.not_observable, std::move(expectations.not_observable));
    append(verdict.reasons, std::move(invariants.broken));
    append(verdict.reasons, std::move(expectations.broken));
    std::vector<Reason> busy = std::move(invariants.busy);
    append(busy, std::move(expectations.busy));

    if (!verdict.reasons.empty()) {
        verdict.kind = VerdictKind::fail;
        for (const Reason& reason : busy)
            verdict.notes.push_back(
                fmt::format("{} {} (by less than what the machine may have added)", reason.code, reason.text));
    } else if (!busy.empty()) {
        verdict.kind = VerdictKind::error;
        for (const Reason& reason : busy)
            verdict.reasons.push_back(
                {"busy", fmt::format("machine too busy: {} {}; that is missed by less than what the machine may have "
                                     "added, repeat it alone",
                                     reason.code, reason.text)});
    } else if (!facts.measures.not_fired.empty()) {
        verdict.kind = VerdictKind::not_reached;
        verdict.reasons = not_reached(facts);
    }
    return verdict;
}

Verdict settle(Verdict verdict, const scenario::Scenario& scenario, const std::string& client) {
    for (const scenario::ExpectedFailure& known : scenario.xfail) {
        if (!known.client.empty() && known.client != client)
            continue;
        if (verdict.kind == VerdictKind::fail) {
            verdict.kind = VerdictKind::xfail;
            verdict.notes.push_back("known to fail: " + known.why);
        } else if (verdict.kind == VerdictKind::pass) {
            verdict.kind = VerdictKind::xpass;
            verdict.reasons.push_back({"xfail", "passed, but is listed as known to fail: " + known.why});
        }
        break;
    }
    return verdict;
}

Verdict skipped(std::string why) {
    Verdict verdict;
    verdict.kind = VerdictKind::skipped;
    verdict.reasons.push_back({"skip", std::move(why)});
    return verdict;
}

} // namespace postfault::judge
