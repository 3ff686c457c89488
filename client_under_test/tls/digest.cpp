#include "client_under_test/tls/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace refclient::tls {

namespace {

using Octets = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string text_of(const Octets& octets, unsigned size) { return {octets.begin(), octets.begin() + size}; }

// None of these fails with a sound OpenSSL; a log-in without them is impossible.
void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL cannot do what the log-in needs");
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
    const std::vector<unsigned char> octets{text.begin(), text.end()};
    Octets result{};
    unsigned size = 0;
    require(HMAC(digest, key.data(), static_cast<int>(key.size()), octets.data(), octets.size(), result.data(),
                 &size) != nullptr);
    return text_of(result, size);
}

} // namespace

std::string sha256(std::string_view text) {
    Octets result{};
    unsigned size = 0;
    require(EVP_Digest(text.data(), text.size(), result.data(), &size, EVP_sha256(), nullptr) == 1);
    return text_of(result, size);
}

std::string hmac_sha256(std::string_view key, std::string_view text) { return hmac(EVP_sha256(), key, text); }

std::string hmac_md5(std::string_view key, std::string_view text) { return hmac(EVP_md5(), key, text); }

std::string salted_sha256(std::string_view password, std::string_view salt, unsigned rounds) {
    const std::vector<unsigned char> octets{salt.begin(), salt.end()};
    constexpr unsigned size = 32;
    Octets result{};
    require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets.data(),
                              static_cast<int>(octets.size()), static_cast<int>(rounds), EVP_sha256(), size,
                              result.data()) == 1);
    return text_of(result, size);
}

bool same_octets(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string random_word(std::size_t length) {
    // 64 of them, so that each is as probable as any other.
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
    std::vector<unsigned char> octets(length);
    require(RAND_bytes(octets.data(), static_cast<int>(length)) == 1);
    std::string word;
    for (const unsigned char octet : octets)
        word += letters[octet % letters.size()];
    return word;
}

} // namespace refclient::tls
