#include "harness/cli/console.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace postfault::cli {

void complain(const std::string& text) { fmt::print(stderr, "postfault: {}\n", text); }

bool print(const Diagnostics& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics.sorted())
        fmt::print(stderr, "{}\n", to_string(diagnostic));
    return diagnostics.has_errors();
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool stdout_has_colours() {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool wanted = no_color == nullptr || *no_color == '\0';
    return stdout_is_terminal() && wanted && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

} // namespace postfault::cli
