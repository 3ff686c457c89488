#pragma once

#include "harness/report/results.hpp"

#include <string>

// The report for people at a terminal or in a log. Every function is pure and returns whole lines.
namespace postfault::report {

struct TerminalStyle {
    bool colour = false;
};

// While the suite runs: verdict, id, time, and why in a few words.
std::string progress_line(const RunResult& run, TerminalStyle style = {});

// Everything that one needs to understand and repeat a run: reasons, time line, what the client was doing, the command.
std::string details(const RunResult& run, TerminalStyle style = {});

// `61 passed, 2 failed, 1 not reached, 3 skipped in 12.3 s (seed 42)`.
std::string summary_line(const SuiteResult& result, TerminalStyle style = {});

// After all runs: the details of what did not go as it should, what could not be observed, and the summary. If the
// client could not even talk to a healthy server, that is the one thing reported.
std::string terminal(const SuiteResult& result, TerminalStyle style = {});

} // namespace postfault::report
