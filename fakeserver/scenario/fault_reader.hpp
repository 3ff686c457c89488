#pragma once

#include "fakeserver/scenario/reader_support.hpp"
#include "fakeserver/scenario/scenario.hpp"

namespace postfault::scenario {

// Reads what goes wrong: `fault`, `faults`, or `script`, which is its own server and says itself how the client is to
// end. Needs all else but `expect`. True if nothing is to go wrong; no faults and false mean that there was an error.
bool read_faults(const Levels& levels, Scenario& scenario);

} // namespace postfault::scenario
