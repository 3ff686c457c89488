#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/judge/verdict.hpp"

#include <string>
#include <vector>

namespace postfault::report {

struct RunResult {
    scenario::Scenario scenario;
    judge::RunRecord record;
    judge::Verdict verdict;
    // The machine was so late that the verdict may come from that. Only where the run was not to be repeated, or was as
    // doubtful when it was.
    bool doubtful = false;
};

struct SuiteResult {
    std::string client;
    std::uint64_t seed = 0;
    Duration took{0};
    std::vector<RunResult> runs;  // in the order of the scenarios
    std::string baseline_trouble; // why the client could not even talk to a healthy server; empty = it could
};

// 0 all as expected, 1 otherwise (DESIGN.md, section 5). A known failure is expected; one that passes is only shown.
int exit_status(const SuiteResult& result);

// From the start of the client to its end.
Duration took(const RunResult& run);

} // namespace postfault::report
