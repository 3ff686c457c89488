#include "client_under_test/conversation/result.hpp"

#include <fmt/format.h>

#include <iterator>

namespace refclient {

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
    case Outcome::ok:
        return "ok";
    case Outcome::temp:
        return "temp";
    case Outcome::perm:
        return "perm";
    case Outcome::uncertain:
        return "uncertain";
    }
    return "?";
}

std::string printable(std::string_view octets, std::size_t most) {
    std::string text;
    for (const char c : octets.substr(0, most)) {
        if (c == '\\')
            text += "\\\\";
        else if (c == '\r')
            text += "\\r";
        else if (c == '\n')
            text += "\\n";
        else if (c == '\t')
            text += "\\t";
        else if (c >= ' ' && c <= '~')
            text += c;
        else
            fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(c));
    }
    if (octets.size() > most)
        text += "...";
    return text;
}

} // namespace refclient
