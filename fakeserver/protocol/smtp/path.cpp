#include "fakeserver/protocol/smtp/path.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>

namespace postfault::protocol::smtp {

namespace {

bool is_non_ascii(char letter) { return static_cast<unsigned char>(letter) >= 0x80; }

bool is_alphanumeric(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

// RFC 6531 3.3 adds everything beyond ASCII to atoms and domains; whether that is allowed is the session's matter.
bool is_atom_text(char letter) {
    return is_alphanumeric(letter) || is_non_ascii(letter) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(letter) != std::string_view::npos;
}

// The underscore is no domain letter but is met in practice.
bool is_label_text(char letter) {
    return is_alphanumeric(letter) || is_non_ascii(letter) || letter == '-' || letter == '_';
}

// Reads from the front of a text; each cut_* takes what it names or nothing.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }

    bool cut(char expected) {
        if (!rest_.starts_with(expected))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    // "@" Domain *("," "@" Domain) ":"
    bool cut_source_route() {
        do {
            if (!cut('@') || !cut_domain())
                return false;
        } while (cut(','));
        return cut(':');
    }

    bool cut_local_part() { return rest_.starts_with('"') ? cut_quoted() : cut_dotted(is_atom_text); }

    bool cut_domain() { return rest_.starts_with('[') ? cut_literal() : cut_dotted(is_label_text); }

private:
    template <class Predicate>
    bool cut_dotted(Predicate allowed) {
        do {
            const auto end = std::find_if_not(rest_.begin(), rest_.end(), allowed);
            if (end == rest_.begin())
                return false;
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
        } while (cut('.'));
        return true;
    }

    bool cut_quoted() {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '\\')
                ++at;
            else if (rest_[at] == '"') {
                rest_.remove_prefix(at + 1);
                return true;
            }
        }
        return false;
    }

    bool cut_literal() {
        const std::size_t end = rest_.find_first_of("[\\] ", 1);
        if (end == std::string_view::npos || end == 1 || rest_[end] != ']')
            return false;
        rest_.remove_prefix(end + 1);
        return true;
    }

    std::string_view rest_;
};

} // namespace

std::optional<PathArgument> parse_path(std::string_view text) {
    Scanner scanner(trimmed(text));
    if (!scanner.cut('<'))
        return std::nullopt;
    PathArgument path;
    if (!scanner.cut('>')) {
        if (scanner.rest().starts_with('@') && !scanner.cut_source_route())
            return std::nullopt;
        const std::string_view mailbox = scanner.rest();
        if (!scanner.cut_local_part())
            return std::nullopt;
        if (scanner.cut('@')) {
            if (!scanner.cut_domain())
                return std::nullopt;
        } else if (!starts_with_ignoring_case(mailbox, "postmaster>"))
            return std::nullopt;
        path.mailbox = mailbox.substr(0, mailbox.size() - scanner.rest().size());
        path.has_non_ascii = std::any_of(path.mailbox.begin(), path.mailbox.end(), is_non_ascii);
        if (!scanner.cut('>'))
            return std::nullopt;
    }
    if (!scanner.rest().empty() && !scanner.rest().starts_with(' '))
        return std::nullopt;
    path.parameters = trimmed(scanner.rest());
    return path;
}

} // namespace postfault::protocol::smtp
