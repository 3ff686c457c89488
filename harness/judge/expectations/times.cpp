#include "fakeserver/base/text.hpp"
#include "harness/judge/attempts.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

// When things happen: gives_up, ends, backoff.
namespace postfault::judge {

using scenario::TimeRange;

namespace {

constexpr std::size_t pauses_that_grow = 3;
constexpr double growth = 1.2;

} // namespace

void Checker::check_gives_up() {
    if (!expect_.gives_up)
        return;
    const TimeRange& range = *expect_.gives_up;
    if (!record_.abilities.limit_known) {
        unseen("gives_up", facts_.measures.gives_up
                               ? fmt::format("gave up {} after the fault, but the client's own limit is not known",
                                             in_seconds(*facts_.measures.gives_up))
                               : "the client's own limit is not known");
        return;
    }
    if (!facts_.measures.fault_at)
        return;
    bool judged = false;
    for (const ConnectionMeasure* connection : faulted_connections()) {
        judged = true;
        check_gives_up(range, *connection);
    }
    if (judged)
        return;
    // The fault left no connection.
    if (!facts_.measures.gives_up) {
        if (!hung_)
            broken("gives_up", fmt::format("never gave up, expected {}", in_words(range, record_.limit)));
        return;
    }
    const Duration value = *facts_.measures.gives_up;
    check_range("gives_up", range, value, *facts_.measures.fault_at,
                fmt::format("gave up {} after it began to connect, expected {}", in_seconds(value),
                            in_words(range, record_.limit)));
}

void Checker::check_gives_up(const TimeRange& range, const ConnectionMeasure& connection) {
    const Instant fault = *connection.fault_fired;
    // It returned in time and kept the connection: that is said already.
    const bool returned_in_time = std::any_of(asked_.begin(), asked_.end(), [&](const OperationFacts& operation) {
        return operation.returned != nullptr && operation.returned->at >= fault &&
               missed_by(range, operation.returned->at - fault, record_.limit) <= Duration{0};
    });
    if (!connection.gives_up) {
        if (!hung_ && !(kept_ && returned_in_time))
            broken("gives_up", fmt::format("never gave up on connection {}, expected {}", connection.number,
                                           in_words(range, record_.limit)));
        return;
    }
    const Duration value = *connection.gives_up;
    const bool too_late = range.to && value > range.to->at(record_.limit);
    if (too_late && kept_ && returned_in_time)
        return;
    check_range("gives_up", range, value, fault,
                fmt::format("gave up on connection {} {} after the fault, expected {}", connection.number,
                            in_seconds(value), in_words(range, record_.limit)));
}

void Checker::check_ends() {
    const OperationFacts& last = asked_.back();
    if (!expect_.ends || hung_ || last.client == nullptr)
        return;
    const TimeRange& range = *expect_.ends;
    const observe::Observation& client = *last.client;
    std::optional<Instant> over;
    if (last.returned != nullptr)
        over = last.returned->at;
    else if (client.ended && !client.ended->killed_by_harness)
        over = client.ended->at;
    if (!over)
        return unseen("ends", "the operation did not end by itself");
    const Duration value = *over - client.started;
    if (is_relative(range) && !record_.abilities.limit_known)
        return unseen("ends", fmt::format("was over {} after its start, but the client's own limit is not known",
                                          in_seconds(value)));
    check_range_against(
        "ends", range, value, uncertainty_since_start(record_, client, *over),
        fmt::format("was over {} after its start, expected {}", in_seconds(value), in_words(range, record_.limit)));
}

// From the end of each connection, or the attempt that came to nothing, to the next attempt, unless that goes on to an
// address that was not tried yet. Where there are three pauses or more they grow (RFC 3977 3.2.1): the last one is
// longer than the first.
void Checker::check_backoff() {
    if (!expect_.backoff)
        return;
    const TimeRange& range = *expect_.backoff;
    if (is_relative(range) && !record_.abilities.limit_known)
        return unseen("backoff", "the client's own limit is not known");
    if (refuses_connects(facts_.scenario) && !connects_were_watched(record_))
        return unseen("backoff", "connects that were not accepted could not be seen");
    std::vector<Duration> pauses;
    const auto attempts = attempts_of(facts_, asked_.front().from, asked_.back().to);
    for (std::size_t next = 1; next < attempts.size(); ++next) {
        if (attempts[next].goes_on)
            continue;
        const Attempt& before = attempts[next - 1];
        const auto pause = pause_between(before, attempts[next]);
        if (!pause)
            continue; // two at once: nothing was retried
        pauses.push_back(*pause);
        check_range("backoff", range, *pause, *before.end,
                    fmt::format("connected again {} after connection {} was over, expected {}", in_seconds(*pause),
                                next, in_words(range, record_.limit)));
    }
    if (pauses.size() < pauses_that_grow || pauses.back() >= growth * pauses.front())
        return;
    const Instant last = attempts.back().begin;
    found_.broken_by(
        std::chrono::round<Duration>(growth * pauses.front()) - pauses.back(),
        uncertainty(record_, last - pauses.back(), last),
        {"expect.backoff", fmt::format("the pauses between {} attempts do not grow: {} before the second, {} "
                                       "before the last",
                                       attempts.size(), in_seconds(pauses.front()), in_seconds(pauses.back()))});
}

} // namespace postfault::judge
