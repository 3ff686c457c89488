#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace postfault::scenario {

namespace {

constexpr std::size_t longest_shown = 60;

// A bound that is ours and not the reader's business.
constexpr std::uint64_t unbounded = std::numeric_limits<std::uint32_t>::max();

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; }

} // namespace

std::string shown(std::string_view text) { return escaped_controls(text, longest_shown); }

std::string escaped_controls(std::string_view text, std::size_t limit) {
    const bool is_long = text.size() > limit;
    if (is_long) {
        std::size_t end = limit;
        while (end > 0 && is_continuation(text[end]))
            --end; // never half a character
        text = text.substr(0, end);
    }
    std::string result;
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '\n')
            result += "\\n";
        else if (byte == '\r')
            result += "\\r";
        else if (byte == '\t')
            result += "\\t";
        else if (code < 0x20 || code == 0x7f)
            result += fmt::format("\\x{:02x}", code);
        else
            result += byte;
    }
    return is_long ? result + "…" : result;
}

std::string listed(const std::vector<std::string_view>& words) {
    std::string text;
    for (std::size_t index = 0; index < words.size(); ++index) {
        if (index > 0)
            text += index + 1 == words.size() ? " or " : ", ";
        text += words[index];
    }
    return text;
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    using Number = Result<std::uint64_t>;
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || stop != text.data() + text.size() || error == std::errc::invalid_argument)
        return Number::failed(fmt::format("expected a whole number, got '{}'", shown(text)));
    if (text.size() > 1 && text.front() == '0')
        return Number::failed(fmt::format("a number has no leading zero, got '{}'", shown(text)));
    if (error == std::errc{} && value < least && most >= unbounded)
        return Number::failed(fmt::format("expected a number of at least {}, got '{}'", least, shown(text)));
    if (error != std::errc{} || value < least || value > most)
        return Number::failed(fmt::format("expected a number from {} to {}, got '{}'", least, most, shown(text)));
    return value;
}

Result<std::string> parse_escapes(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            result += text[at];
            continue;
        }
        const std::size_t start = at++;
        const char letter = at < text.size() ? text[at] : '\0';
        if (letter == 'r')
            result += '\r';
        else if (letter == 'n')
            result += '\n';
        else if (letter == 't')
            result += '\t';
        else if (letter == '\\' || letter == '"' || letter == '/')
            result += letter;
        else {
            unsigned code = 0;
            const std::string_view digits = letter == 'x' ? text.substr(at + 1, 2) : std::string_view{};
            const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
            if (digits.size() != 2 || error != std::errc{} || stop != digits.data() + digits.size())
                return Result<std::string>::failed(
                    fmt::format("expected \\r, \\n, \\t, \\\\, \\\", \\/ or \\xNN, got '{}'",
                                shown(text.substr(start, letter == 'x' ? 4 : 2))),
                    start);
            result += static_cast<char>(code);
            at += 2;
        }
    }
    return result;
}

} // namespace postfault::scenario
