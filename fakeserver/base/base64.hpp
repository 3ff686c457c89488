#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postfault {

// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);

// Nothing if that is no base64: padding is required, and nothing else may stand in it.
std::optional<std::string> from_base64(std::string_view text);

} // namespace postfault
