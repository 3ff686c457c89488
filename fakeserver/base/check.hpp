#pragma once

namespace postfault {

// Prints the place and what was assumed, and ends the process: a verdict from a broken harness is worse than none.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* assumed);

} // namespace postfault

// For our own bugs only, on in every build. Trouble with input, clients or the system has other ways (STYLE.md, section
// 7).
#define POSTFAULT_CHECK(condition, assumed)                                                                            \
    ((condition) ? static_cast<void>(0) : ::postfault::check_failed(__FILE__, __LINE__, #condition, assumed))
