#include "fakeserver/protocol/secret_mask.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>
#include <array>

namespace postfault::protocol {

namespace {

// Longer than any command line that is of interest here; what is behind that is judged by the line's beginning.
constexpr std::size_t most_kept = 512;

constexpr std::array<std::string_view, 16> commands{"EHLO", "HELO",     "LHLO", "MAIL",    "RCPT", "DATA",
                                                    "BDAT", "RSET",     "NOOP", "QUIT",    "VRFY", "EXPN",
                                                    "HELP", "STARTTLS", "AUTH", "AUTHINFO"};

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    return line;
}

bool is_command(std::string_view line) {
    const auto parts = words(without_end(line));
    return !parts.empty() && std::any_of(commands.begin(), commands.end(), [&](std::string_view command) {
        return equals_ignoring_case(parts.front(), command);
    });
}

// Where the secret of a command begins; the line's size if it has none.
std::size_t secret_in(std::string_view line) {
    const auto parts = words(line);
    const auto is = [&](std::size_t index, std::string_view word) {
        return parts.size() > index && equals_ignoring_case(parts[index], word);
    };
    std::size_t index = parts.size();
    if (is(0, "AUTH"))
        index = 2;
    else if (is(0, "AUTHINFO") && !is(1, "USER"))
        index = is(1, "PASS") ? 2 : 3;
    else if (is(0, "PASS"))
        index = 1;
    return index < parts.size() ? static_cast<std::size_t>(parts[index].data() - line.data()) : line.size();
}

} // namespace

std::string SecretMask::masked(std::string_view piece) {
    std::string result(piece);
    for (std::size_t at = 0; at < piece.size();) {
        const std::size_t lf = piece.find('\n', at);
        const bool is_whole = lf != std::string_view::npos;
        const std::string_view part = piece.substr(at, is_whole ? lf + 1 - at : std::string_view::npos);
        const std::size_t before = line_.size();
        line_.append(part.substr(0, most_kept - std::min(most_kept, before)));
        // Most lines are text and cost no more than this look.
        const bool may_tell = !line_.empty() && std::string_view("AaPp").find(line_.front()) != std::string_view::npos;
        std::size_t hidden = part.size(); // from here on
        if (in_exchange_ && !(is_whole && is_command(line_)))
            hidden = 0;
        else if (may_tell)
            if (const std::size_t secret = secret_in(line_); secret < line_.size())
                hidden = std::min(std::max(secret, before) - before, part.size());
        const std::size_t end = without_end(part).size();
        for (std::size_t octet = hidden; octet < end; ++octet)
            result[at + octet] = '*';
        if (is_whole) {
            if ((in_exchange_ || may_tell) && is_command(line_)) {
                const auto parts = words(without_end(line_));
                in_exchange_ = equals_ignoring_case(parts.front(), "AUTH") ||
                               (parts.size() > 1 && equals_ignoring_case(parts[1], "SASL"));
            }
            line_.clear();
        }
        at += part.size();
    }
    return result;
}

} // namespace postfault::protocol
