#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/scenario/yaml.hpp"

namespace postfault::scenario {

// Reads one scenario with one combination of its matrix. `body` is the scenario, `file` what the file says for all.
// What could not be read is reported and left as it was.
void read_scenario(const YamlReader& body, const YamlReader& file, Scenario& scenario);

} // namespace postfault::scenario
