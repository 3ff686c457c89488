#pragma once

#include "fakeserver/base/diagnostics.hpp"

#include <string>

namespace postfault::cli {

// One line on stderr: `postfault: TEXT`.
void complain(const std::string& text);

// Every remark on stderr, in order. True if one of them is an error.
bool print(const Diagnostics& diagnostics);

// A person looks at this stream, and it can show colours (NO_COLOR is respected).
bool stdout_is_terminal();
bool stdout_has_colours();

} // namespace postfault::cli
