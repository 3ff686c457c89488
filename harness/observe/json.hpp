#pragma once

#include "harness/observe/observation.hpp"

#include <nlohmann/json_fwd.hpp>

namespace postfault::observe {

// Texts are escaped as in base/text.hpp, so that any octet a client printed survives; times are whole microseconds.
nlohmann::json to_json(const Observation& observation);

// Throws nlohmann::json::exception on anything that to_json did not write. Unknown keys are passed over and missing
// ones take their defaults, so that older and younger records can be read.
Observation from_json(const nlohmann::json& json);

} // namespace postfault::observe
