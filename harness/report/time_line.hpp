#pragma once

#include "harness/report/results.hpp"

#include <string>

namespace postfault::report {

// What happened in a run, seen from both sides and in one order: the server's journal with the start, the words and the
// end of the client in between. Faults are marked with `>>>`.
std::string time_line(const RunResult& run, std::size_t most = 60);

} // namespace postfault::report
