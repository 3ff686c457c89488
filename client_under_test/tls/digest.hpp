#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What log-ins need of cryptography. Here because this is the one place that knows OpenSSL. All results are raw octets.
namespace refclient::tls {

std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string hmac_md5(std::string_view key, std::string_view text);

// RFC 5802 2.2: Hi(), which is PBKDF2 (RFC 8018) with HMAC-SHA-256.
std::string salted_sha256(std::string_view password, std::string_view salt, unsigned rounds);

// Takes the same time wherever they differ.
bool same_octets(std::string_view one, std::string_view other);

// Letters and digits that nobody can guess.
std::string random_word(std::size_t length);

} // namespace refclient::tls
