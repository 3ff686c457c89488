#include "harness/report/shell_line.hpp"

namespace postfault::report {

namespace {

bool is_plain(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           std::string_view("@%_-+=:,./").find(letter) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
    bool plain = !word.empty();
    for (const char letter : word)
        plain = plain && is_plain(letter);
    if (plain)
        return word;
    std::string result = "'";
    for (const char letter : word)
        if (letter == '\'')
            result += "'\\''"; // end, one quote, begin again
        else
            result += letter;
    return result + "'";
}

} // namespace

std::string shell_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + quoted(word);
    return line;
}

} // namespace postfault::report
