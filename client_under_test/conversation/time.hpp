#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace refclient {

using Duration = std::chrono::microseconds;

// Time as the conversations see it. It has no now(): whoever owns a clock (the driver the real one, a test one moved by
// hand) says what time it is, and a conversation only compares and adds.
struct Clock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
};

using Instant = Clock::time_point;

// "250ms", "1.5s", "2min", "100us": the unit is required, at most six decimals. Nothing if the text is anything else or
// longer than a year, so that adding a limit to an instant can never overflow.
std::optional<Duration> parse_duration(std::string_view text);

// In the largest unit that makes it at least one, to four digits: "1.5 s".
std::string to_text(Duration duration);

} // namespace refclient
