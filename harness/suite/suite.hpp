#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/client/profile.hpp"
#include "harness/report/results.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postfault::suite {

struct SuiteSettings {
    std::optional<Duration> timeout;  // T, where the profile lets it be set; none = default_limit
    std::optional<Duration> patience; // none = 3T + 5 s
    std::size_t jobs = 0;             // runs at once at most; 0 = as many as are useful here
    std::uint64_t seed = 0;
    bool repeat_doubtful = true; // what the machine's lateness has cast doubt on
    bool sanity = true;          // healthy runs before the first scenario and after the last
    std::string program_folder;
    // The command line that repeats the run of one scenario.
    std::function<std::vector<std::string>(const scenario::Scenario&)> repeat;
    // Called as runs end, in the order in which they do.
    std::function<void(const report::RunResult&)> on_result;
};

// Long enough for a scheduler's hiccup to stay far inside of 0.2T, short enough for a suite that one waits for.
constexpr Duration default_limit = std::chrono::seconds{2};

// T for this profile.
Duration limit_for(const client::Profile& profile, const SuiteSettings& settings);

// A person or a supervisor has asked us to end, with this signal. No client is left when this is thrown.
struct Interrupted {
    int signal = 0;
};

// Asks every scenario of the client, many at once in this one thread, and judges the runs. A run that the machine was
// too busy for is repeated alone once. The results are in the order of the scenarios.
report::SuiteResult run_suite(const std::vector<scenario::Scenario>& scenarios, const client::Profile& profile,
                              const SuiteSettings& settings);

} // namespace postfault::suite
