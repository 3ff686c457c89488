#pragma once

#include <string_view>

namespace postfault::protocol::nntp {

// RFC 3977 section 4: `comp.*,!comp.test.?`; the rightmost pattern that matches decides, and none means no.
bool matches_wildmat(std::string_view name, std::string_view wildmat);

// False if it holds characters that a wildmat must not have, or an empty pattern.
bool is_wildmat(std::string_view text);

} // namespace postfault::protocol::nntp
