#pragma once

#include "fakeserver/scenario/reader_support.hpp"
#include "fakeserver/scenario/scenario.hpp"

namespace postfault::scenario {

// Reads `expect`, and reports what could never be seen. Needs all else; `is_healthy` is what read_faults() has said.
void read_expectation(const Levels& levels, bool is_healthy, Scenario& scenario);

} // namespace postfault::scenario
