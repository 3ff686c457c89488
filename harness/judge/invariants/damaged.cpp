#include "fakeserver/journal/journal.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>

// PF007 damaged article taken as whole: reported success for a truncated or altered one. RFC 3977 3.1.1: a block ends
// with its terminator and with nothing else.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

bool carries_article(const Event& event) { return event.subject == "ARTICLE" || event.subject == "BODY"; }

std::string prefix(const Facts& facts, const OperationFacts& operation) {
    const std::string name = facts.name(operation);
    return name.empty() ? "" : name + ": ";
}

std::string in_detail(const std::string& detail) { return detail.empty() ? "" : " (" + detail + ")"; }

// The server itself changed octets of an article that it then sent to its end: no client can see that.
bool spoilt_by_server(const Facts& facts) {
    for (const Event& event : facts.record.journal) {
        if (event.kind != Kind::fault_fired || event.count >= facts.scenario.faults.size())
            continue;
        const scenario::Fault& fault = facts.scenario.faults[static_cast<std::size_t>(event.count)];
        if (fault.at.subject != "ARTICLE" && fault.at.subject != "BODY")
            continue;
        for (const scenario::Action& action : fault.actions)
            if (std::holds_alternative<scenario::Flip>(action) || std::holds_alternative<scenario::Edit>(action) ||
                std::holds_alternative<scenario::Inject>(action) || std::holds_alternative<scenario::Garbage>(action))
                return true;
    }
    return false;
}

void check_upload(const Facts& facts, const OperationFacts& operation, Findings& findings) {
    for (const StoredCopy* copy : facts.stored(operation.index)) {
        if (copy->match != Match::altered)
            continue;
        if (operation.said_ok())
            findings.broken.push_back(
                {"", fmt::format("{}{}, but what the server stored is not the message{}", prefix(facts, operation),
                                 facts.what_it_said(operation), in_detail(copy->detail))});
        else
            findings.notes.push_back(fmt::format("{}the client ended an upload properly that is not the message{}",
                                                 prefix(facts, operation), in_detail(copy->detail)));
    }
}

// True if something was said.
bool check_delivered(const Facts& facts, const OperationFacts& operation, Findings& findings) {
    bool present = false;
    for (const DeliveredCopy& copy : facts.record.delivered) {
        if (copy.step != operation.index || !copy.present)
            continue;
        present = true;
        if (copy.match != Match::altered)
            continue;
        if (facts.record.abilities.delivers_as_stream && !operation.said_ok())
            return true; // it has told its user that this is not the whole
        if (spoilt_by_server(facts)) {
            findings.notes.push_back("the fault changed octets of the article, which no client can see");
            return true;
        }
        findings.broken.push_back({"", fmt::format("{}{}, and a damaged article of {} octets stands where a whole one "
                                                   "belongs{}",
                                                   prefix(facts, operation), facts.what_it_said(operation), copy.octets,
                                                   in_detail(copy.detail))});
        return true;
    }
    if (operation.said_ok() && !present) {
        findings.broken.push_back(
            {"", fmt::format("{}{}, but delivered nothing", prefix(facts, operation), facts.what_it_said(operation))});
        return true;
    }
    return false;
}

// Even if the delivery cannot be looked at: what the server never sent to its end, nobody can have whole.
void check_sent(const Facts& facts, const OperationFacts& operation, Findings& findings) {
    if (!operation.said_ok())
        return;
    bool asked = false;
    for (const Event& event : facts.record.journal) {
        if (event.at < operation.from || event.at > operation.to || !carries_article(event))
            continue;
        if (event.kind == Kind::reply_sent)
            return;
        asked = asked || event.kind == Kind::command || event.kind == Kind::reply;
    }
    if (asked && journal::is_complete(facts.record.journal))
        findings.broken.push_back({"", fmt::format("{}{}, but the server never sent the article to its end",
                                                   prefix(facts, operation), facts.what_it_said(operation))});
}

} // namespace

void check_damaged(const Facts& facts, Findings& findings) {
    for (const OperationFacts& operation : facts.operations()) {
        if (row_of(operation.kind).uploads) {
            check_upload(facts, operation, findings);
            continue;
        }
        if (facts.record.abilities.delivery_visible) {
            if (check_delivered(facts, operation, findings))
                continue;
        } else if (operation.said_ok()) {
            findings.not_observable.push_back({"", "what the client delivered to its user cannot be compared"});
        }
        check_sent(facts, operation, findings);
    }
}

} // namespace postfault::judge
