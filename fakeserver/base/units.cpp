#include "fakeserver/base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace postfault {

namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr std::array time_units{Unit{"us", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600}};

constexpr std::array size_units{
    Unit{"", 1},     Unit{"B", 1},    Unit{"KiB", 1024.0}, Unit{"MiB", 1048576.0}, Unit{"GiB", 1073741824.0},
    Unit{"kB", 1e3}, Unit{"MB", 1e6}, Unit{"GB", 1e9}};

constexpr double longest_seconds = 30.0 * 24 * 3600;
constexpr double largest_size = 1024.0 * 1073741824.0;

struct Quantity {
    double number = 0;
    std::string_view unit;
};

// Splits `1.5KiB`; no sign, no exponent, at most one point.
std::optional<Quantity> split_quantity(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.'))
        ++end;
    if (end == 0)
        return std::nullopt;
    Quantity quantity;
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + end, quantity.number, std::chars_format::fixed);
    if (error != std::errc{} || stop != text.data() + end || !std::isfinite(quantity.number))
        return std::nullopt;
    quantity.unit = text.substr(end);
    while (!quantity.unit.empty() && quantity.unit.front() == ' ')
        quantity.unit.remove_prefix(1);
    return quantity;
}

std::string duration_problem(std::string_view text, bool relative_allowed) {
    const auto quantity = split_quantity(text);
    if (quantity && quantity->unit.empty())
        return fmt::format("a duration needs a unit: us, ms, s or min; got '{}'", text);
    return fmt::format("expected a duration such as 250ms or {}, got '{}'", relative_allowed ? "0.8T" : "5s", text);
}

} // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto quantity = split_quantity(text);
    if (quantity)
        for (const Unit& unit : time_units)
            if (quantity->unit == unit.name) {
                const double seconds = quantity->number * unit.factor;
                if (seconds > longest_seconds)
                    return Result<Duration>::failed(fmt::format("a duration is at most 30 days, got '{}'", text));
                return Duration{std::llround(seconds * 1e6)};
            }
    return Result<Duration>::failed(duration_problem(text, false));
}

Result<TimeValue> parse_time_value(std::string_view text) {
    if (text == "T")
        return TimeValue{Duration{0}, 1};
    const auto quantity = split_quantity(text);
    if (quantity && quantity->unit == "T") {
        if (quantity->number > 1000)
            return Result<TimeValue>::failed(fmt::format("a time is at most 1000T, got '{}'", text));
        return TimeValue{Duration{0}, quantity->number};
    }
    if (const auto fixed = parse_duration(text))
        return TimeValue{*fixed, 0};
    else if (quantity && !quantity->unit.empty())
        return Result<TimeValue>::failed(fixed.problem());
    return Result<TimeValue>::failed(duration_problem(text, true));
}

Result<std::uint64_t> parse_size(std::string_view text) {
    const auto quantity = split_quantity(text);
    if (quantity)
        for (const Unit& unit : size_units)
            if (quantity->unit == unit.name) {
                const double octets = quantity->number * unit.factor;
                if (octets > largest_size)
                    return Result<std::uint64_t>::failed(fmt::format("a size is at most 1024GiB, got '{}'", text));
                if (octets != std::floor(octets))
                    return Result<std::uint64_t>::failed(
                        fmt::format("a size is a whole number of octets, got '{}'", text));
                return static_cast<std::uint64_t>(octets);
            }
    return Result<std::uint64_t>::failed(fmt::format("expected a size such as 512, 64KiB or 16MiB, got '{}'", text));
}

std::string size_to_string(std::uint64_t octets) {
    constexpr std::array steps{std::pair{std::uint64_t{1} << 30, "GiB"}, std::pair{std::uint64_t{1} << 20, "MiB"},
                               std::pair{std::uint64_t{1} << 10, "KiB"}};
    for (const auto& [step, unit] : steps)
        if (octets != 0 && octets % step == 0)
            return fmt::format("{}{}", octets / step, unit);
    return fmt::format("{}", octets);
}

std::string to_string(Duration duration) {
    const auto count = duration.count();
    if (count != 0 && count % 60'000'000 == 0)
        return fmt::format("{}min", count / 60'000'000);
    if (count == 0 || count >= 1'000'000 || count <= -1'000'000)
        return fmt::format("{}s", to_seconds(duration));
    if (count >= 1000 || count <= -1000)
        return fmt::format("{}ms", static_cast<double>(count) / 1000);
    return fmt::format("{}us", count);
}

std::string to_string(const TimeValue& value) {
    if (!value.is_relative())
        return to_string(value.fixed);
    if (value.limits == 1)
        return "T";
    return fmt::format("{}T", value.limits);
}

std::string in_seconds(Duration duration) { return fmt::format("{:.3f} s", to_seconds(duration)); }

} // namespace postfault
