#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postfault {

// A place in a text that a person wrote; line and column count from 1, 0 means unknown.
struct SourcePosition {
    std::string file;
    int line = 0;
    int column = 0;

    auto operator<=>(const SourcePosition&) const = default;
};

enum class Severity { warning, error };

// One remark about a file: where, what was found and expected, and the likely cure.
struct Diagnostic {
    SourcePosition at;
    Severity severity = Severity::error;
    std::string text;

    auto operator<=>(const Diagnostic&) const = default;
};

// All remarks about the files of one command. Readers go on after an error, so that one look shows everything.
class Diagnostics {
public:
    void error(SourcePosition at, std::string text);
    void warning(SourcePosition at, std::string text);

    bool has_errors() const;

    // All remarks so far, repeated ones included: two counts tell whether something was found in between.
    std::size_t count() const { return found_.size(); }

    // In file order, then by place; equal remarks once.
    std::vector<Diagnostic> sorted() const;

private:
    std::vector<Diagnostic> found_;
};

// `file:line:col: text`, a warning with `warning: ` before the text; unknown parts of the position are left out.
std::string to_string(const Diagnostic& diagnostic);

} // namespace postfault
