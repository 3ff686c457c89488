#pragma once

#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/digest.hpp"

#include <string>
#include <string_view>

namespace postfault::test {

// The client's final message of SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677), from the header and the rest of its first
// message, the server's first message, the nonce in it, and the salted password.
inline std::string scram_final(std::string_view header, std::string_view first_bare, std::string_view challenge,
                               std::string_view nonce, const std::string& salted) {
    std::string message = "c=" + to_base64(header) + ",r=" + std::string(nonce);
    std::string proof = hmac_sha256(salted, "Client Key");
    const std::string signature =
        hmac_sha256(sha256(proof), std::string(first_bare) + "," + std::string(challenge) + "," + message);
    for (std::size_t octet = 0; octet < proof.size(); ++octet)
        proof[octet] = static_cast<char>(proof[octet] ^ signature[octet]);
    return message + ",p=" + to_base64(proof);
}

} // namespace postfault::test
