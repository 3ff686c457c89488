#include "client_under_test/conversation/time.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace refclient {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t microseconds;
};

constexpr std::array units{Unit{"us", 1}, Unit{"ms", 1'000}, Unit{"s", 1'000'000}, Unit{"min", 60'000'000},
                           Unit{"h", 3'600'000'000}};

constexpr Duration longest = std::chrono::hours{24 * 366};

// Reads at most `most` digits from the front of text; -1 if there is none or there are more.
std::int64_t take_digits(std::string_view& text, std::size_t most, std::size_t& count) {
    std::int64_t value = 0;
    count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
        if (count == most)
            return -1;
        value = value * 10 + (text[count] - '0');
        ++count;
    }
    text.remove_prefix(count);
    return count == 0 ? -1 : value;
}

} // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    std::size_t digits = 0;
    const std::int64_t whole = take_digits(text, 9, digits);
    if (whole < 0)
        return std::nullopt;
    std::int64_t millionths = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        millionths = take_digits(text, 6, digits);
        if (millionths < 0)
            return std::nullopt;
        for (; digits < 6; ++digits)
            millionths *= 10;
    }
    for (const Unit& unit : units) {
        if (text != unit.name)
            continue;
        // 10^9 hours would overflow; nobody waits longer than a year, so refuse before multiplying.
        if (whole > longest.count() / unit.microseconds)
            return std::nullopt;
        return Duration{whole * unit.microseconds + millionths * unit.microseconds / 1'000'000};
    }
    return std::nullopt;
}

std::string to_text(Duration duration) {
    std::size_t unit = units.size() - 1;
    while (unit > 0 && duration.count() < units[unit].microseconds)
        --unit;
    const double count = static_cast<double>(duration.count()) / static_cast<double>(units[unit].microseconds);
    return fmt::format("{:.4g} {}", count, units[unit].name);
}

} // namespace refclient
