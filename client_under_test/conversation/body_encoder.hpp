#pragma once

#include "client_under_test/conversation/habits.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace refclient {

// A message as it goes over the wire after 354 or 340, made block by block so that a large one is never held twice.
//
// Line ends become CRLF, whether they were LF, CR or CRLF; a dot at the start of a line is doubled; at the end stand a
// line end if the last line lacks one, and ".CRLF" (RFC 5321 4.1.1.4 and 4.5.2, RFC 3977 3.1.1). The message must
// outlive it.
class BodyEncoder {
public:
    explicit BodyEncoder(std::string_view message, const Habits& habits = {}, std::size_t block_size = 16384)
        : begin_(message.data()), rest_(message), dot_stuffing_(habits.dot_stuffing), line_ends_(habits.line_ends),
          block_size_(block_size) {}

    // The next block, about block_size octets; empty when the terminator has been handed out.
    std::string next_block();

private:
    const char* begin_;
    std::string_view rest_;
    DotStuffing dot_stuffing_;
    LineEnds line_ends_;
    std::size_t block_size_;
    bool at_line_start_ = true;
    bool after_cr_ = false; // the CR has been written as CRLF already
    bool ended_ = false;
};

// The message with all line ends made CRLF, and one at its end.
std::string with_crlf(std::string_view message);

// What a server has to be told about a message before it is sent.
struct MessageFacts {
    std::size_t wire_size = 0; // RFC 1870 3: with CRLF line ends, without doubled dots and terminator
    bool has_8bit = false;     // RFC 6152
};

MessageFacts inspect(std::string_view message);

} // namespace refclient
