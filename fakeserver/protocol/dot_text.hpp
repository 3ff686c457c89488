#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace postfault::protocol {

// Undoes the form in which SMTP, NNTP and POP3 send a text (RFC 5321 4.5.2, RFC 3977 3.1.1): it ends with a line of a
// single dot, and a line that begins with a dot has got another one. Only CR LF ends a line; a bare CR or LF is text.
class DotReader {
public:
    // A text of more octets than that is read to its end but not kept.
    explicit DotReader(std::uint64_t most_kept) : most_kept_(most_kept) {}

    // Takes octets as sent, up to the end of the terminator at most, and says how many it has taken.
    std::size_t take(std::string_view bytes);

    bool ended() const { return place_ == Place::ended; }

    // As sent, terminator included.
    std::uint64_t octets() const { return octets_; }

    // Reads on, but keeps nothing.
    void drop();

    bool too_large() const { return too_large_; }

    // Dots undone, no terminator.
    const std::string& text() const { return text_; }

    std::string release_text() { return std::move(text_); }

private:
    enum class Place { line_start, dot, dot_cr, inside, after_cr, ended };

    std::size_t take_inside(std::string_view bytes);
    void keep(std::string_view bytes);

    std::uint64_t most_kept_;
    Place place_ = Place::line_start;
    std::uint64_t octets_ = 0;
    std::string text_;
    bool too_large_ = false;
    bool dropping_ = false;
};

// The other way: adds the text with its dots doubled, a CR LF if it lacks the last one, and the terminator.
void append_dotted(std::string& reply, std::string_view text);

} // namespace postfault::protocol
