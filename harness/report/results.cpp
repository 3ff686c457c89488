#include "harness/report/results.hpp"

#include <algorithm>

namespace postfault::report {

int exit_status(const SuiteResult& result) {
    using judge::VerdictKind;
    const bool as_expected = std::all_of(result.runs.begin(), result.runs.end(), [](const RunResult& run) {
        return run.verdict.kind == VerdictKind::pass || run.verdict.kind == VerdictKind::xfail ||
               run.verdict.kind == VerdictKind::xpass || run.verdict.kind == VerdictKind::skipped;
    });
    return as_expected && result.baseline_trouble.empty() ? 0 : 1;
}

Duration took(const RunResult& run) {
    const auto& clients = run.record.clients;
    if (clients.empty())
        return Duration{0};
    Instant end = clients.front().started;
    for (const auto& client : clients) {
        if (client.ended)
            end = std::max(end, client.ended->at);
        for (const auto& snapshot : client.snapshots)
            end = std::max(end, snapshot.at);
    }
    return end - clients.front().started;
}

} // namespace postfault::report
