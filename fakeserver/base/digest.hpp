#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What log-ins are computed with. Only for tests of clients: nothing here is hardened against anybody who listens.
namespace postfault {

std::string md5(std::string_view bytes);    // RFC 1321, 16 octets
std::string sha256(std::string_view bytes); // RFC 6234, 32 octets

// RFC 2104
std::string hmac_md5(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// RFC 5802 2.2: Hi(), which is PBKDF2 with HMAC-SHA-256 and one block.
std::string salted_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations);

// Lower case.
std::string to_hexadecimal(std::string_view bytes);

} // namespace postfault
