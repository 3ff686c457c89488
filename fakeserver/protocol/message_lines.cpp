#include "fakeserver/protocol/message_lines.hpp"

#include <algorithm>

namespace postfault::protocol {

namespace {

// RFC 5321 4.5.3.1.6: a text line has at most 1000 octets, its CRLF counted and its doubled dot not.
constexpr std::uint64_t longest_line = 1000;

constexpr std::size_t kept = 40;

} // namespace

std::size_t MessageLines::take(std::string_view bytes, const OnFound& on_found) {
    std::size_t at = 0;
    while (at < bytes.size() && !ended_) {
        // This is where megabytes go through, so what lies between two line ends is skipped at once.
        if (in_line_ >= 2 && !after_cr_) {
            const std::string_view line = bytes.substr(at, std::min(bytes.find('\n', at), bytes.size()) - at);
            const std::size_t inside = std::min(line.find('\r'), line.size());
            take_inside(line.substr(0, inside));
            at += inside;
            if (at == bytes.size())
                break;
        }
        take_octet(bytes[at], on_found);
        ++at;
    }
    return at;
}

void MessageLines::take_inside(std::string_view bytes) {
    octets_ += bytes.size();
    in_line_ += bytes.size();
    remember(bytes);
}

void MessageLines::take_octet(char octet, const OnFound& on_found) {
    const bool ends_line = octet == '\n' && after_cr_;
    if (after_cr_ && octet != '\n')
        tell(Fault::bare_cr, octets_ - 1, on_found);
    remember({&octet, 1});
    ++octets_;
    ++in_line_;
    if (octet == '\n' && !ends_line)
        tell(Fault::bare_lf, octets_ - 1, on_found);
    if (in_line_ == 1)
        dot_first_ = octet == '.';
    if (in_line_ == 2 && dot_first_ && octet != '.' && octet != '\r' && octet != '\n')
        tell(Fault::single_dot, octets_ - 2, on_found);
    after_cr_ = octet == '\r';
    if (!ends_line)
        return;
    if (in_line_ == 3 && dot_first_)
        ended_ = true;
    if (in_line_ > longest_line + (dot_first_ ? 1 : 0) && !told_long_) {
        told_long_ = true;
        tell(Fault::long_line, octets_ - in_line_, on_found);
    }
    in_line_ = 0;
    dot_first_ = false;
}

void MessageLines::remember(std::string_view bytes) {
    if (bytes.size() >= kept) {
        recent_.assign(bytes.substr(bytes.size() - kept));
        return;
    }
    if (recent_.size() + bytes.size() > kept)
        recent_.erase(0, recent_.size() + bytes.size() - kept);
    recent_.append(bytes);
}

void MessageLines::tell(Fault fault, std::uint64_t at, const OnFound& on_found) const {
    on_found({fault, at, recent_});
}

} // namespace postfault::protocol
