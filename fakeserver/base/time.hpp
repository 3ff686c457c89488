#pragma once

#include <chrono>

namespace postfault {

using Duration = std::chrono::microseconds;

// The clock of one run: monotonic, in microseconds since the run began. It has no now(): whoever owns the time hands it
// in.
struct RunClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<RunClock>;
    static constexpr bool is_steady = true;
};

using Instant = RunClock::time_point;

constexpr double to_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

constexpr double to_seconds(Instant instant) { return to_seconds(instant.time_since_epoch()); }

constexpr Duration from_seconds(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

} // namespace postfault
