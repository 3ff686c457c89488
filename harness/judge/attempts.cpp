#include "harness/judge/attempts.hpp"

#include <algorithm>
#include <set>

namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

// Whether the attempt led to one of these connections: the last one before a connection did. How long that takes is the
// machine's affair.
bool was_accepted(const journal::Event& attempt, const std::vector<Attempt>& connections, const Facts& facts) {
    return std::any_of(connections.begin(), connections.end(), [&](const Attempt& known) {
        return known.begin >= attempt.at &&
               std::none_of(facts.record.journal.begin(), facts.record.journal.end(), [&](const Event& other) {
                   return other.kind == Kind::connect_attempt && other.at > attempt.at && other.at <= known.begin;
               });
    });
}

void mark_those_that_go_on(std::vector<Attempt>& attempts) {
    std::set<std::uint32_t> tried;
    for (Attempt& attempt : attempts) {
        attempt.goes_on = !tried.empty() && !tried.contains(attempt.address);
        if (!attempt.goes_on)
            tried.clear();
        tried.insert(attempt.address);
    }
}

} // namespace

std::vector<Attempt> attempts_of(const Facts& facts, Instant from, Instant to) {
    std::vector<Attempt> attempts;
    for (const ConnectionMeasure& connection : facts.measures.connections) {
        if (connection.opened < from || connection.opened > to)
            continue;
        // The client's own end may be seen late: it stands behind all that the client had sent before, which can be
        // megabytes.
        std::optional<Instant> end = connection.client_end;
        for (const std::optional<Instant>& ours : {connection.server_reset, connection.server_fin})
            if (ours && (!end || *ours < *end))
                end = ours;
        attempts.push_back(
            {connection.number, connection.opened, end, connection.fault_fired.has_value(), connection.address, false});
    }
    if (refuses_connects(facts.scenario) && connects_were_watched(facts.record)) {
        const std::vector<Attempt> connections = attempts;
        for (const Event& event : facts.record.journal)
            if (event.kind == Kind::connect_attempt && event.at >= from && event.at <= to &&
                !was_accepted(event, connections, facts))
                attempts.push_back({static_cast<int>(event.count), event.at, event.at, true, address_of(event), false});
        std::sort(attempts.begin(), attempts.end(),
                  [](const Attempt& left, const Attempt& right) { return left.begin < right.begin; });
    }
    mark_those_that_go_on(attempts);
    return attempts;
}

std::optional<Duration> pause_between(const Attempt& before, const Attempt& after) {
    if (!before.end || *before.end > after.begin)
        return std::nullopt;
    return after.begin - *before.end;
}

bool refuses_connects(const scenario::Scenario& scenario) {
    for (const scenario::Fault& fault : scenario.faults)
        for (const scenario::Action& action : fault.actions)
            if (std::holds_alternative<scenario::Refuse>(action) || std::holds_alternative<scenario::Blackhole>(action))
                return true;
    return false;
}

bool connects_were_watched(const RunRecord& record) {
    return !record.clients.empty() && record.clients.front().connects_watched;
}

} // namespace postfault::judge
