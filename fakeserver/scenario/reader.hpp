#pragma once

#include "fakeserver/base/diagnostics.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postfault::scenario {

// Reads one scenario file. `name` is the family's ID, e.g. `smtp/silence`; `file` is what diagnostics call it. All
// errors of the text are reported at once; the scenarios are only to be used if there are none. Never throws because of
// the text.
std::vector<Scenario> read_scenarios(std::string_view text, const std::string& name, const std::string& file,
                                     Diagnostics& diagnostics);

} // namespace postfault::scenario
