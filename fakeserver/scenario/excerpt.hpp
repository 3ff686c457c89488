#pragma once

#include "fakeserver/base/diagnostics.hpp"

#include <string>
#include <string_view>

namespace postfault::scenario {

// A remark for people at a terminal: its text, then the line that it is about and a mark under the place. `file` is the
// content of the file; without that line only the text is left. Nothing of the file reaches the terminal unescaped.
std::string with_its_line(const Diagnostic& diagnostic, std::string_view file, bool colours);

} // namespace postfault::scenario
