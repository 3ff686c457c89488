#pragma once

#include "fakeserver/protocol/line_session.hpp"

#include <string>
#include <string_view>

// What the commands of a news session answer with.
namespace postfault::protocol::nntp {

constexpr const char* syntax_error = "501 Syntax error\r\n";
constexpr const char* authentication_required = "480 Authentication required\r\n"; // RFC 4643 2.1

inline bool is_control(char letter) {
    return (static_cast<unsigned char>(letter) < ' ' && letter != '\t') || letter == '\x7f';
}

Answer say(std::string line);

// A first line and a block of lines behind it, all with CRLF.
Answer say_block(std::string line, std::string_view block);

} // namespace postfault::protocol::nntp
