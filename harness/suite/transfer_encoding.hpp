#pragma once

#include <string>
#include <string_view>

namespace postfault::suite {

// The message with its body decoded where its header says quoted-printable or base64 (RFC 2045 6), else as it is. A
// client may encode what it is given, above all what SMTP cannot carry, such as a CR that stands alone.
std::string decoded(std::string_view message);

} // namespace postfault::suite
