#pragma once

#include "fakeserver/base/result.hpp"
#include "fakeserver/base/time.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace postfault {

// A time as a scenario states it: fixed, or relative to T, the client's limit for one wait (`0.8T`).
struct TimeValue {
    Duration fixed{0};
    double limits = 0; // multiples of T

    Duration at(Duration limit) const { return fixed + from_seconds(limits * to_seconds(limit)); }

    bool is_relative() const { return limits != 0; }

    auto operator<=>(const TimeValue&) const = default;
};

// `5s`, `250ms`, `40us`, `2min`, fractions allowed. A unit is required; negative and endless times are refused.
Result<Duration> parse_duration(std::string_view text);

// As parse_duration, and `0.8T`, `T`.
Result<TimeValue> parse_time_value(std::string_view text);

// `512`, `512B`, `64KiB`, `16MiB`, `1GiB`; also kB, MB, GB with powers of ten. At most 1 TiB.
Result<std::uint64_t> parse_size(std::string_view text);

// As parse_size reads it and as short as it gets: `512`, `64KiB`, `16MiB`.
std::string size_to_string(std::uint64_t octets);

// Short and exact enough for people: `2s`, `250ms`, `1.25s`.
std::string to_string(Duration duration);
std::string to_string(const TimeValue& value);

// Seconds with three decimals for reports: `12.003 s`.
std::string in_seconds(Duration duration);

} // namespace postfault
