#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace refclient::sasl {

// RFC 4648 4. Nothing where the text is not exactly what an encoder makes of some octets: wrong letters, missing or
// surplus padding.
std::string to_base64(std::string_view octets);
std::optional<std::string> from_base64(std::string_view text);

} // namespace refclient::sasl
