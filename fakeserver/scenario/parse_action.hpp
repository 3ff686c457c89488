#pragma once

#include "fakeserver/base/result.hpp"
#include "fakeserver/scenario/actions.hpp"

#include <string_view>

namespace postfault::scenario {

// `stall`, `drip 1B/200ms`, `reply 451 4.3.0 later`; all forms are in tables.cpp. parse(print(x)) is x.
Result<Action> parse_action(std::string_view text);

} // namespace postfault::scenario
