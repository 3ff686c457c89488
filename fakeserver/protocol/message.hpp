#pragma once

#include <optional>
#include <string>
#include <string_view>

// Looking into a mail message or news article (RFC 5322, RFC 5536). Lines that end with a bare LF are seen as well.
namespace postfault::protocol {

// The field lines with their line ends, without the empty line that follows.
std::string_view header_of(std::string_view message);

// What follows the empty line; nothing at all if there is no empty line.
std::optional<std::string_view> body_of(std::string_view message);

// The value of the first field of that name, unfolded, without blanks around it.
std::optional<std::string> field(std::string_view message, std::string_view name);

// False if a line of the header is neither a field nor the continuation of one.
bool header_is_sound(std::string_view message);

// With its angle brackets; empty if there is none that looks like one.
std::string message_id(std::string_view message);

// `<` printable octets without blanks and brackets `>`, at most 250 octets (RFC 3977 3.6).
bool is_message_id(std::string_view text);

} // namespace postfault::protocol
