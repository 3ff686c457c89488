#include "harness/judge/invariants/endurance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

// What a client keeps of each operation shows only after many of them: not in single values, which files and caches
// disturb, but in how they grow.
namespace postfault::judge {

namespace {

// With fewer operations a trend is chance.
constexpr std::size_t fewest = 10;

// A descriptor for every fifth operation is a leak; one or two more at the end are not.
constexpr double descriptors_each = 0.2;
constexpr double descriptors_in_all = 4;

// Far above what an allocator keeps of a message that it has freed.
constexpr double memory_each = 64.0 * 1024;
constexpr double memory_in_all = 16.0 * 1024 * 1024;

struct Trend {
    std::size_t count = 0;
    double first = 0; // at the start of the line that fits best
    double last = 0;  // at its end
    double each = 0;

    bool grows(double by_each, double in_all) const {
        return count >= fewest && each >= by_each && last - first >= in_all;
    }
};

// Least squares.
Trend trend_of(const std::vector<double>& values) {
    Trend trend;
    trend.count = values.size();
    if (values.size() < 2)
        return trend;
    const double count = static_cast<double>(values.size());
    const double middle = (count - 1) / 2;
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double up = 0;
    double across = 0;
    for (std::size_t index = 0; index < values.size(); ++index) {
        const double from_middle = static_cast<double>(index) - middle;
        up += from_middle * (values[index] - mean);
        across += from_middle * from_middle;
    }
    trend.each = up / across;
    trend.first = mean - trend.each * middle;
    trend.last = mean + trend.each * middle;
    return trend;
}

// At the return of each operation. Those that start with the process (its first tenth) only warm it up.
template <class Value>
std::vector<double> at_returns(const observe::Observation& client, Value&& value) {
    std::vector<double> values;
    for (const observe::Snapshot& look : client.snapshots)
        if (look.reason == "returned" && look.processes > 0)
            values.push_back(static_cast<double>(value(look)));
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 10));
    return values;
}

} // namespace

void check_growing_descriptors(const Facts& facts, Findings& findings) {
    for (const auto& client : facts.record.clients) {
        const Trend trend = trend_of(at_returns(client, [](const auto& look) { return look.descriptors; }));
        if (trend.grows(descriptors_each, descriptors_in_all))
            findings.broken.push_back(
                {"", fmt::format(
                         "its descriptors grow from operation to operation: from {:.0f} to {:.0f} in {}, {:.2f} each",
                         trend.first, trend.last, trend.count, trend.each)});
    }
}

void check_growing_memory(const Facts& facts, Findings& findings) {
    for (const auto& client : facts.record.clients) {
        const Trend trend = trend_of(at_returns(client, [](const auto& look) { return look.rss; }));
        if (trend.grows(memory_each, memory_in_all))
            findings.broken.push_back(
                {"", fmt::format(
                         "its memory grows from operation to operation: from {:.1f} to {:.1f} MiB in {}, {:.0f} KiB "
                         "each",
                         trend.first / (1 << 20), trend.last / (1 << 20), trend.count, trend.each / 1024)});
    }
}

} // namespace postfault::judge
