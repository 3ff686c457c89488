#include "fakeserver/scenario/excerpt.hpp"

#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

// What fits beside the line number on a narrow terminal.
constexpr std::size_t widest = 100;
constexpr std::size_t before_place = 60;

constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view plain = "\x1b[0m";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

std::string_view line_of(std::string_view file, int number) {
    for (int line = 1; line < number; ++line) {
        const std::size_t end = file.find('\n');
        if (end == std::string_view::npos)
            return {};
        file.remove_prefix(end + 1);
    }
    std::string_view text = file.substr(0, file.find('\n'));
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

} // namespace

std::string with_its_line(const Diagnostic& diagnostic, std::string_view file, bool colours) {
    const std::string_view colour = diagnostic.severity == Severity::error ? red : yellow;
    const auto coloured = [&](const std::string& text) {
        return colours ? fmt::format("{}{}{}", colour, text, plain) : text;
    };
    std::string text = to_string(diagnostic) + "\n";
    if (diagnostic.at.line < 1 || diagnostic.at.column < 1)
        return text;
    std::string_view line = line_of(file, diagnostic.at.line);
    if (line.empty())
        return text;
    std::size_t column = std::min(static_cast<std::size_t>(diagnostic.at.column - 1), line.size());
    std::size_t start = column > widest - 20 ? column - before_place : 0;
    while (start > 0 && is_continuation(line[start]))
        --start;
    line.remove_prefix(start);
    column -= start;
    const std::string ahead = (start > 0 ? "…" : "") + escaped_controls(line.substr(0, column), line.size());
    const std::string behind = escaped_controls(line.substr(column), widest - std::min(column, widest - 20));
    text += fmt::format("{:>6} | {}{}\n", diagnostic.at.line, ahead, behind);
    text += fmt::format("{:>6} | {}{}\n", "", std::string(characters(ahead), ' '), coloured("^"));
    return text;
}

} // namespace postfault::scenario
