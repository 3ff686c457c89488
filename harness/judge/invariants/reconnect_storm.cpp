#include "harness/judge/attempts.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

// PF009 reconnect storm. RFC 5321 4.5.4.1: a sender MUST delay after a failure; RFC 3977 3.2.1: the delay grows.
// Several addresses may be tried one after the other without any (RFC 5321 5.1).
namespace postfault::judge {

namespace {

// So often a client may come back at once: perhaps it tries again with less.
constexpr std::size_t most_at_once = 5;

// A pause that is so much longer than the first one grows.
constexpr double growth = 1.5;

// A client that waits so long is not in a hurry, with or without growth.
constexpr double patient = 0.5; // T

struct Storm {
    std::size_t pauses = 0;
    Duration shortest{0};
    Duration longest{0};
    int first = 0;
    int last = 0;
};

// The longest row of retries after trouble whose pauses neither grow nor are long.
Storm worst_row(const std::vector<Attempt>& attempts, Duration limit) {
    const Duration long_enough = from_seconds(patient * to_seconds(limit));
    Storm worst;
    Storm row;
    Duration start{0};
    for (std::size_t next = 1; next < attempts.size(); ++next) {
        if (attempts[next].goes_on)
            continue;
        const Attempt& before = attempts[next - 1];
        const auto pause = pause_between(before, attempts[next]);
        if (!pause || !before.troubled || *pause >= long_enough) {
            row = {};
            continue;
        }
        const bool grows = row.pauses != 0 && to_seconds(*pause) >= growth * to_seconds(start) &&
                           *pause >= std::chrono::milliseconds(20);
        if (row.pauses == 0 || grows) {
            row = {0, *pause, *pause, before.connection, before.connection};
            start = *pause;
        }
        ++row.pauses;
        row.shortest = std::min(row.shortest, *pause);
        row.longest = std::max(row.longest, *pause);
        row.last = attempts[next].connection;
        if (row.pauses > worst.pauses)
            worst = row;
    }
    return worst;
}

// The scenario says itself how often or how soon the client may come back.
bool is_allowed(const scenario::Expectation& expect, std::size_t attempts) {
    return expect.backoff || (expect.connects && expect.connects->holds(static_cast<std::uint32_t>(attempts)));
}

} // namespace

void check_reconnect_storm(const Facts& facts, Findings& findings) {
    if (refuses_connects(facts.scenario) && !connects_were_watched(facts.record))
        findings.not_observable.push_back({"", "connects that were not accepted could not be seen"});
    for (const OperationFacts& operation : facts.operations()) {
        const auto attempts = attempts_of(facts, operation.from, operation.to);
        const Storm storm = worst_row(attempts, facts.record.limit);
        if (storm.pauses <= most_at_once || is_allowed(facts.scenario.expect, attempts.size()))
            continue;
        const std::string name = facts.name(operation);
        findings.broken.push_back(
            {"",
             fmt::format("{}{}connected again {} times in a row after a failure, {} of them are allowed at once; the "
                         "pauses, from {} to {}, do not grow (connections {} to {})",
                         name, name.empty() ? "" : ": ", storm.pauses, most_at_once, rough(storm.shortest),
                         rough(storm.longest), storm.first, storm.last)});
    }
}

} // namespace postfault::judge
