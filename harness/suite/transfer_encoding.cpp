#include "harness/suite/transfer_encoding.hpp"

#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace postfault::suite {

namespace {

// RFC 2045 6.7: `=XX` is an octet, a `=` at the end of a line joins it with the next, and blanks at the end of a line
// are none.
std::string from_quoted_printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t lf = text.find('\n');
        std::string_view line = text.substr(0, lf);
        text.remove_prefix(lf == std::string_view::npos ? text.size() : lf + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        line = line.substr(0, line.find_last_not_of(" \t") + 1);
        const bool goes_on = line.ends_with('=');
        if (goes_on)
            line.remove_suffix(1);
        for (std::size_t at = 0; at < line.size(); ++at) {
            unsigned octet = 0;
            const char* const digits = line.data() + at + 1;
            if (line[at] == '=' && at + 2 < line.size() &&
                std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2) {
                result += static_cast<char>(octet);
                at += 2;
            } else {
                result += line[at];
            }
        }
        if (!goes_on && lf != std::string_view::npos)
            result += "\r\n";
    }
    return result;
}

std::optional<std::string> from_lines_of_base64(std::string_view text) {
    std::string letters(text);
    letters.erase(std::remove_if(letters.begin(), letters.end(),
                                 [](char letter) { return letter == '\r' || letter == '\n' || letter == ' '; }),
                  letters.end());
    return from_base64(letters);
}

} // namespace

std::string decoded(std::string_view message) {
    const std::optional<std::string> encoding = protocol::field(message, "Content-Transfer-Encoding");
    const std::optional<std::string_view> body = protocol::body_of(message);
    if (!encoding || !body)
        return std::string(message);
    const std::string before(message.substr(0, message.size() - body->size()));
    if (equals_ignoring_case(*encoding, "quoted-printable"))
        return before + from_quoted_printable(*body);
    if (equals_ignoring_case(*encoding, "base64"))
        if (const std::optional<std::string> octets = from_lines_of_base64(*body))
            return before + *octets;
    return std::string(message);
}

} // namespace postfault::suite
