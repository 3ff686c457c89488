#include "harness/cli/console.hpp"

#include "fakeserver/base/file.hpp"
#include "fakeserver/scenario/excerpt.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include <unistd.h>

namespace postfault::cli {

namespace {

constexpr std::size_t most_shown = std::size_t{1} << 20; // larger scenario files are refused

bool shows_colours(int descriptor) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool wanted = no_color == nullptr || *no_color == '\0';
    return ::isatty(descriptor) == 1 && wanted && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

// Every remark with the line of the file that it is about.
std::string for_people(const Diagnostics& diagnostics, bool colours) {
    std::string text;
    std::map<std::string, std::string> files;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
        const auto [file, is_new] = files.try_emplace(diagnostic.at.file);
        if (is_new && diagnostic.at.line > 0)
            if (const auto content = read_file(diagnostic.at.file, most_shown))
                file->second = *content;
        text += scenario::with_its_line(diagnostic, file->second, colours);
    }
    return text;
}

} // namespace

void complain(const std::string& text) { fmt::print(stderr, "postfault: {}\n", text); }

bool print(const Diagnostics& diagnostics) {
    if (::isatty(STDERR_FILENO) == 1) {
        fmt::print(stderr, "{}", for_people(diagnostics, shows_colours(STDERR_FILENO)));
    } else {
        for (const Diagnostic& diagnostic : diagnostics.sorted())
            fmt::print(stderr, "{}\n", to_string(diagnostic));
    }
    return diagnostics.has_errors();
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool stdout_has_colours() { return shows_colours(STDOUT_FILENO); }

} // namespace postfault::cli
