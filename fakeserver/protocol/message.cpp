#include "fakeserver/protocol/message.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>

namespace postfault::protocol {

namespace {

// Cuts the first line off, line end included.
std::string_view cut_line(std::string_view& text) {
    const std::size_t lf = text.find('\n');
    const std::string_view line = text.substr(0, lf == std::string_view::npos ? lf : lf + 1);
    text.remove_prefix(line.size());
    return line;
}

bool is_empty_line(std::string_view line) { return line == "\r\n" || line == "\n"; }

bool is_continuation(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

struct Parts {
    std::string_view header;
    std::optional<std::string_view> body;
};

Parts parts_of(std::string_view message) {
    std::string_view rest = message;
    while (!rest.empty()) {
        const std::size_t at = message.size() - rest.size();
        if (is_empty_line(cut_line(rest)))
            return {message.substr(0, at), rest};
    }
    return {message, std::nullopt};
}

} // namespace

std::string_view header_of(std::string_view message) { return parts_of(message).header; }

std::optional<std::string_view> body_of(std::string_view message) { return parts_of(message).body; }

std::optional<std::string> field(std::string_view message, std::string_view name) {
    std::string_view rest = message;
    while (!rest.empty()) {
        const std::string_view line = cut_line(rest);
        if (is_empty_line(line))
            break;
        if (line.size() <= name.size() || line[name.size()] != ':' || !starts_with_ignoring_case(line, name))
            continue;
        std::string value(without_line_end(line.substr(name.size() + 1)));
        while (is_continuation(rest))
            value += without_line_end(cut_line(rest));
        return std::string(trimmed(value));
    }
    return std::nullopt;
}

bool header_is_sound(std::string_view message) {
    std::string_view rest = header_of(message);
    bool first = true;
    while (!rest.empty()) {
        const std::string_view line = cut_line(rest);
        if (is_continuation(line)) {
            if (first)
                return false;
            continue;
        }
        first = false;
        // RFC 5322 2.2: a name is printable ASCII without the colon.
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos)
            return false;
        const std::string_view name = line.substr(0, colon);
        if (std::any_of(name.begin(), name.end(), [](char letter) { return letter < '!' || letter > '~'; }))
            return false;
    }
    return true;
}

std::string message_id(std::string_view message) {
    const std::optional<std::string> value = field(message, "Message-ID");
    return value && is_message_id(*value) ? *value : std::string{};
}

bool is_message_id(std::string_view text) {
    if (text.size() < 3 || text.size() > 250 || text.front() != '<' || text.back() != '>')
        return false;
    const std::string_view inner = text.substr(1, text.size() - 2);
    return std::all_of(inner.begin(), inner.end(),
                       [](char letter) { return letter >= '!' && letter <= '~' && letter != '<' && letter != '>'; });
}

} // namespace postfault::protocol
