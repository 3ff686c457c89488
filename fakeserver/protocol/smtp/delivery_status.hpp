#pragma once

#include <string_view>

// The values of the parameters for delivery status notifications (RFC 3461).
namespace postfault::protocol::smtp {

// Printable ASCII with `+` and two upper-case hexadecimal digits for the rest (section 4). With `utf8` also what
// RFC 6533 section 3 adds: octets beyond ASCII as they are.
bool is_xtext(std::string_view text, bool utf8 = false);

// NOTIFY: `NEVER`, or a list of `SUCCESS`, `FAILURE` and `DELAY` (section 4.1).
bool is_notify(std::string_view text);

// ORCPT: an address type, a semicolon and an address in xtext, at most 500 octets (section 4.2).
bool is_original_recipient(std::string_view text, bool utf8 = false);

// RET: `FULL` or `HDRS` (section 4.3).
bool is_returned_part(std::string_view text);

// ENVID: 1 to 100 octets of xtext (section 4.4).
bool is_envelope_id(std::string_view text);

} // namespace postfault::protocol::smtp
