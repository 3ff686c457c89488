#pragma once

#include <string>
#include <vector>

namespace postfault::report {

// The words as a line that a POSIX shell takes apart into the same words again.
std::string shell_line(const std::vector<std::string>& words);

} // namespace postfault::report
