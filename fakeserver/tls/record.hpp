#pragma once

#include "fakeserver/tls/handle.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// Single TLS records made by hand, for what OpenSSL has no way to send.
namespace postfault::tls {

// What protects our records.
struct RecordKeys {
    const EVP_CIPHER* cipher = nullptr; // none = this cipher is not known here
    std::string key;
    std::string iv;
    bool is_tls13 = false;
    bool has_explicit_nonce = false; // RFC 5288: AES-GCM before TLS 1.3
};

// RFC 8446 7.3, from the traffic secret of the side that sends.
RecordKeys keys_from_secret(const SSL_CIPHER& cipher, std::string_view secret);

// RFC 5246 6.3, for the server's side.
RecordKeys keys_from_session(const SSL_CIPHER& cipher, SSL& ssl);

std::string plain_record(std::uint8_t type, std::string_view text);

// Record number `number` under these keys; empty without a cipher.
std::string sealed_record(const RecordKeys& keys, std::uint64_t number, std::uint8_t type, std::string_view text);

// Ends at the first letter that is none.
std::string from_hexadecimal(std::string_view text);

} // namespace postfault::tls
