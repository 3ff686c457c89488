#pragma once

#include "fakeserver/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::client {

// Values for `{name}` in the texts of a profile. `{{` and `}}` stand for braces.
using Values = std::map<std::string, std::string, std::less<>>;

// The placeholders that a profile can use, and what they stand for.
struct Placeholder {
    std::string_view name;
    std::string_view meaning;
};

const std::vector<Placeholder>& placeholders();

// Checks a text without filling it in: unknown names, braces that are left open.
Result<std::string> check_template(std::string_view text);

// Replaces every placeholder; one without a value becomes empty. The text has been checked.
std::string filled(std::string_view text, const Values& values);
std::vector<std::string> filled(const std::vector<std::string>& words, const Values& values);

// Words as a POSIX shell would split them: blanks, single and double quotes, backslash. Nothing is expanded.
Result<std::vector<std::string>> split_command(std::string_view line);

} // namespace postfault::client
