#pragma once

#include "fakeserver/journal/event.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace postfault::journal {

// Bytes are escaped as in base/text.hpp, so that any octet survives; times are whole microseconds.
nlohmann::json to_json(const std::vector<Event>& events);

// Throws nlohmann::json::exception on anything that to_json did not write.
std::vector<Event> from_json(const nlohmann::json& json);

} // namespace postfault::journal
