#pragma once

#include "harness/judge/facts.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace postfault::judge {

// The client tried to reach the server, and what became of it.
struct Attempt {
    int connection = 0; // which attempt, from 1
    Instant begin{};
    std::optional<Instant> end; // when it was over; none = it is not known to be
    bool troubled = false;      // refused, unanswered, or a fault struck on it
    std::uint32_t address = 1;  // of the server
    // The address had not been tried since the client began with the server's addresses. RFC 5321 5.1: to go on to the
    // next one is a part of the same try, so nothing is tried again and no pause is due.
    bool goes_on = false;
};

// Those between the two, in order. Attempts that were not accepted are there only if connect() was watched.
std::vector<Attempt> attempts_of(const Facts& facts, Instant from, Instant to);

// From the end of an attempt to the next one; none if the next one began before, so that nothing was tried again.
std::optional<Duration> pause_between(const Attempt& before, const Attempt& after);

// Whether the scenario turns connections away, so that they leave no trace but the attempt.
bool refuses_connects(const scenario::Scenario& scenario);

bool connects_were_watched(const RunRecord& record);

} // namespace postfault::judge
