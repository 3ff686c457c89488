#include "fakeserver/protocol/smtp/delivery_status.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace postfault::protocol::smtp {

bool is_xtext(std::string_view text, bool utf8) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter == '+') {
            const std::string_view code = text.substr(at + 1, 2);
            if (code.size() < 2 || code.find_first_not_of(digits) != std::string_view::npos)
                return false;
            at += 2;
        } else if (static_cast<unsigned char>(letter) >= 0x80) {
            if (!utf8)
                return false;
        } else if (letter < '!' || letter > '~' || letter == '=')
            return false;
    }
    return true;
}

bool is_notify(std::string_view text) {
    if (equals_ignoring_case(text, "NEVER"))
        return true;
    std::vector<std::string> seen;
    for (const std::string_view part : split(text, ',')) {
        const std::string event = to_upper(part);
        if (event != "SUCCESS" && event != "FAILURE" && event != "DELAY")
            return false;
        if (std::find(seen.begin(), seen.end(), event) != seen.end())
            return false;
        seen.push_back(event);
    }
    return !seen.empty();
}

bool is_original_recipient(std::string_view text, bool utf8) {
    const std::size_t semicolon = text.find(';');
    if (semicolon == std::string_view::npos || semicolon == 0 || semicolon + 1 == text.size() || text.size() > 500)
        return false;
    const std::string_view type = text.substr(0, semicolon);
    const bool is_atom = std::all_of(type.begin(), type.end(), [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= 'a' && letter <= 'z') || letter == '-';
    });
    return is_atom && is_xtext(text.substr(semicolon + 1), utf8);
}

bool is_returned_part(std::string_view text) {
    return equals_ignoring_case(text, "FULL") || equals_ignoring_case(text, "HDRS");
}

bool is_envelope_id(std::string_view text) { return !text.empty() && text.size() <= 100 && is_xtext(text); }

} // namespace postfault::protocol::smtp
