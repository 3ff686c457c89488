#pragma once

#include "client_under_test/conversation/policy.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace refclient {

// Reads one multi-line data block of NNTP (RFC 3977 3.1.1) from octets that arrive in any pieces: undoes doubled dots
// and finds the terminator, which is CRLF "." CRLF and nothing else; a bare LF or CR is content. The text can only be
// taken once the terminator has arrived, so that a cut article never passes for a whole one.
class BlockReader {
public:
    enum class Progress { more, complete, broken };

    explicit BlockReader(const Caps& caps, BlockEnd end = BlockEnd::at_its_terminator) : caps_(caps), end_(end) {}

    // Takes octets from the front of `bytes`, at most up to the end of the terminator. When broken (an article or a
    // line over the cap), nothing more can be read.
    Progress feed(std::string_view& bytes);

    // The connection has ended. True if that makes it complete, which a client must never believe.
    bool on_end_of_stream();

    const std::string& trouble() const { return trouble_; }

    std::size_t lines() const { return lines_; } // complete so far

    std::size_t size() const { return text_.size(); } // octets so far

    // The text with CRLF line ends. Empty unless complete.
    std::string take();

private:
    enum class State { line_start, text, cr, dot, dot_cr, complete };

    void step(char c);
    bool is_over() const;    // at the end of a line
    bool looks_over() const; // at the end of what has come

    Caps caps_;
    BlockEnd end_;
    State state_ = State::line_start; // the CRLF of the status line counts as the first of the terminator
    std::string text_;
    std::size_t line_begin_ = 0;
    std::size_t lines_ = 0;
    std::string trouble_;
};

} // namespace refclient
