#include "harness/judge/expectations/checker.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::judge {

using scenario::TimeRange;

Checker::Checker(const Facts& facts, const Findings& invariants)
    : facts_(facts), record_(facts.record), expect_(facts.scenario.expect), asked_(facts.first_step()),
      hung_(invariants.has("PF001")), crashed_(invariants.has("PF002")), kept_(invariants.has("PF004")),
      lost_(invariants.has("PF005")), doubled_(invariants.has("PF006")), damaged_(invariants.has("PF007")) {}

Findings Checker::run() {
    check_result();
    check_exit();
    check_gives_up();
    check_ends();
    check_close();
    check_connects();
    check_addresses();
    check_backoff();
    check_stored();
    check_received();
    check_never();
    check_rss();
    check_log();
    check_next();
    return std::move(found_);
}

void Checker::broken(std::string key, std::string text) {
    found_.broken.push_back({"expect." + std::move(key), std::move(text)});
}

void Checker::unseen(std::string key, std::string text) {
    found_.not_observable.push_back({"expect." + std::move(key), std::move(text)});
}

// Compares a measured time that lies in [from, from + value].
void Checker::check_range(const std::string& key, const TimeRange& range, Duration value, Instant from,
                          std::string text) {
    check_range_against(key, range, value, uncertainty(record_, from, from + value), std::move(text));
}

void Checker::check_range_against(const std::string& key, const TimeRange& range, Duration value, Duration noise,
                                  std::string text) {
    if (const Duration missed = missed_by(range, value, record_.limit); missed > Duration{0})
        found_.broken_by(missed, noise, {"expect." + key, std::move(text)});
}

bool Checker::in_first_step(Instant at) const { return at >= asked_.front().from && at <= asked_.back().to; }

// Those that belong to the first step.
std::vector<const ConnectionMeasure*> Checker::connections() const {
    std::vector<const ConnectionMeasure*> result;
    for (const ConnectionMeasure& connection : facts_.measures.connections)
        if (in_first_step(connection.opened))
            result.push_back(&connection);
    return result;
}

// Those that met a fault, or all if the scenario has none.
std::vector<const ConnectionMeasure*> Checker::faulted_connections() const {
    auto result = connections();
    if (!facts_.scenario.faults.empty())
        result.erase(std::remove_if(result.begin(), result.end(),
                                    [](const ConnectionMeasure* connection) { return !connection->fault_fired; }),
                     result.end());
    return result;
}

// `operation 2 of 3 (send): `; nothing where there is only one.
std::string Checker::prefix(const OperationFacts& operation) const {
    const std::string name = facts_.name(operation);
    return name.empty() || asked_.size() == 1 ? "" : name + ": ";
}

bool is_relative(const TimeRange& range) {
    return (range.from && range.from->is_relative()) || (range.to && range.to->is_relative());
}

// `0.8T..1.5T, which is 1.600 s..3.000 s`.
std::string in_words(const TimeRange& range, Duration limit) {
    if (!is_relative(range))
        return to_string(range);
    return fmt::format("{}, which is {}..{}", to_string(range), range.from ? in_seconds(range.from->at(limit)) : "",
                       range.to ? in_seconds(range.to->at(limit)) : "");
}

// How far outside the range; zero or less if inside.
Duration missed_by(const TimeRange& range, Duration value, Duration limit) {
    Duration missed{0};
    if (range.from)
        missed = std::max(missed, range.from->at(limit) - value);
    if (range.to)
        missed = std::max(missed, value - range.to->at(limit));
    return missed;
}

} // namespace postfault::judge
