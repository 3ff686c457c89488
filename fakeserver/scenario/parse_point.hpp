#pragma once

#include "fakeserver/base/result.hpp"
#include "fakeserver/scenario/point.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <string>
#include <string_view>

namespace postfault::scenario {

// `512`, `64KiB`, `50%`, `-3`, `line 4`.
Result<Offset> parse_offset(std::string_view text);

// A command of that protocol in capitals.
Result<std::string> parse_verb(std::string_view text, Protocol protocol);

// `connect`, `EHLO`, `BODY reply@50%`, `accepted done`, `body@64KiB`; all forms are in tables.cpp. parse(print(x)) is
// x.
Result<Point> parse_point(std::string_view text, Protocol protocol);

} // namespace postfault::scenario
