#include "fakeserver/tls/record.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

namespace postfault::tls {

namespace {

constexpr std::size_t nonce_octets = 12;
constexpr std::size_t tag_octets = 16;
constexpr std::size_t explicit_octets = 8;
constexpr std::size_t random_octets = 32;

void append_number(std::string& bytes, std::uint64_t number, int octets) {
    for (int octet = octets - 1; octet >= 0; --octet)
        bytes += static_cast<char>(number >> (8 * octet) & 0xffU);
}

const unsigned char* octets_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

OSSL_PARAM octets_param(const char* name, std::string& value) {
    return OSSL_PARAM_construct_octet_string(name, value.data(), value.size());
}

std::string derived(const char* function, OSSL_PARAM* params, std::size_t size) {
    std::string bytes(size, '\0');
    const KdfHandle kdf(EVP_KDF_fetch(nullptr, function, nullptr));
    const KdfContextHandle context(EVP_KDF_CTX_new(kdf.get()));
    if (!context ||
        EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), params) != 1)
        return {};
    return bytes;
}

// RFC 8446 7.1: HKDF-Expand-Label without a context.
std::string expanded(const EVP_MD& digest, std::string_view secret, std::string_view label, std::size_t size) {
    std::string info;
    append_number(info, size, 2);
    append_number(info, 6 + label.size(), 1);
    info += "tls13 ";
    info += label;
    append_number(info, 0, 1);
    std::string key(secret);
    std::string mode = "EXPAND_ONLY";
    std::string name = EVP_MD_get0_name(&digest);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode.data(), 0),
                           OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
                           octets_param(OSSL_KDF_PARAM_KEY, key), octets_param(OSSL_KDF_PARAM_INFO, info),
                           OSSL_PARAM_construct_end()};
    return derived("HKDF", params, size);
}

const EVP_CIPHER* algorithm_of(const SSL_CIPHER& cipher) {
    switch (SSL_CIPHER_get_cipher_nid(&cipher)) {
    case NID_aes_128_gcm:
        return EVP_aes_128_gcm();
    case NID_aes_256_gcm:
        return EVP_aes_256_gcm();
    case NID_chacha20_poly1305:
        return EVP_chacha20_poly1305();
    default:
        return nullptr;
    }
}

std::size_t key_octets(const EVP_CIPHER& cipher) {
    return static_cast<std::size_t>(EVP_CIPHER_get_key_length(&cipher));
}

// The ciphertext with its tag.
std::string encrypted(const RecordKeys& keys, std::string_view nonce, std::string_view header, std::string_view text) {
    std::string result(text.size() + tag_octets, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(result.data());
    const CipherHandle context(EVP_CIPHER_CTX_new());
    int size = 0;
    const bool done =
        EVP_EncryptInit_ex(context.get(), keys.cipher, nullptr, octets_of(keys.key), octets_of(nonce)) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &size, octets_of(header), static_cast<int>(header.size())) == 1 &&
        EVP_EncryptUpdate(context.get(), out, &size, octets_of(text), static_cast<int>(text.size())) == 1 &&
        EVP_EncryptFinal_ex(context.get(), out + text.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_octets, out + text.size()) == 1;
    return done ? result : std::string{};
}

} // namespace

RecordKeys keys_from_secret(const SSL_CIPHER& cipher, std::string_view secret) {
    RecordKeys keys;
    const EVP_MD* const digest = SSL_CIPHER_get_handshake_digest(&cipher);
    const EVP_CIPHER* const algorithm = algorithm_of(cipher);
    if (digest == nullptr || algorithm == nullptr || secret.empty())
        return keys;
    keys.key = expanded(*digest, secret, "key", key_octets(*algorithm));
    keys.iv = expanded(*digest, secret, "iv", nonce_octets);
    keys.is_tls13 = true;
    keys.cipher = keys.key.empty() || keys.iv.empty() ? nullptr : algorithm;
    return keys;
}

RecordKeys keys_from_session(const SSL_CIPHER& cipher, SSL& ssl) {
    RecordKeys keys;
    const EVP_MD* const digest = SSL_CIPHER_get_handshake_digest(&cipher);
    const EVP_CIPHER* const algorithm = algorithm_of(cipher);
    if (digest == nullptr || algorithm == nullptr)
        return keys;
    keys.has_explicit_nonce = SSL_CIPHER_get_cipher_nid(&cipher) != NID_chacha20_poly1305;

    std::string secret(SSL_MAX_MASTER_KEY_LENGTH, '\0');
    secret.resize(SSL_SESSION_get_master_key(SSL_get_session(&ssl), reinterpret_cast<unsigned char*>(secret.data()),
                                             secret.size()));
    std::array<unsigned char, random_octets> server{};
    std::array<unsigned char, random_octets> client{};
    SSL_get_server_random(&ssl, server.data(), server.size());
    SSL_get_client_random(&ssl, client.data(), client.size());
    std::string seed = "key expansion";
    seed.append(server.begin(), server.end());
    seed.append(client.begin(), client.end());
    std::string name = EVP_MD_get0_name(digest);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
                           octets_param(OSSL_KDF_PARAM_SECRET, secret), octets_param(OSSL_KDF_PARAM_SEED, seed),
                           OSSL_PARAM_construct_end()};
    // No MAC keys with these ciphers: the client's key, ours, the client's IV, ours.
    const std::size_t key = key_octets(*algorithm);
    const std::size_t iv = keys.has_explicit_nonce ? nonce_octets - explicit_octets : nonce_octets;
    const std::string block = derived("TLS1-PRF", params, 2 * key + 2 * iv);
    if (block.empty())
        return keys;
    keys.key = block.substr(key, key);
    keys.iv = block.substr(2 * key + iv, iv);
    keys.cipher = algorithm;
    return keys;
}

// RFC 8446 5.1
std::string plain_record(std::uint8_t type, std::string_view text) {
    std::string record{static_cast<char>(type), '\x03', '\x03'};
    append_number(record, text.size(), 2);
    return record + std::string(text);
}

std::string sealed_record(const RecordKeys& keys, std::uint64_t number, std::uint8_t type, std::string_view text) {
    if (keys.cipher == nullptr)
        return {};
    std::string sequence;
    append_number(sequence, number, 8);
    if (keys.is_tls13) {
        // RFC 8446 5.2 and 5.3: the type goes inside, and the nonce is the IV with the number on top.
        std::string nonce = keys.iv;
        for (std::size_t octet = 0; octet < sequence.size(); ++octet)
            nonce[nonce.size() - sequence.size() + octet] ^= sequence[octet];
        std::string inner(text);
        inner += static_cast<char>(type);
        std::string header{'\x17', '\x03', '\x03'};
        append_number(header, inner.size() + tag_octets, 2);
        return header + encrypted(keys, nonce, header, inner);
    }
    // RFC 5246 6.2.3.3; the nonce by RFC 5288 section 3 (AES-GCM) or RFC 7905 section 2 (ChaCha20).
    std::string data = sequence;
    data += static_cast<char>(type);
    data += "\x03\x03";
    append_number(data, text.size(), 2);
    std::string nonce = keys.iv;
    // Not what OpenSSL's counter will give to another record of ours: this one is the last.
    std::string shown(explicit_octets, '\xff');
    if (keys.has_explicit_nonce) {
        nonce += shown;
    } else {
        shown.clear();
        for (std::size_t octet = 0; octet < sequence.size(); ++octet)
            nonce[nonce.size() - sequence.size() + octet] ^= sequence[octet];
    }
    return plain_record(type, shown + encrypted(keys, nonce, data, text));
}

std::string from_hexadecimal(std::string_view text) {
    const auto value = [](char letter) {
        if (letter >= '0' && letter <= '9')
            return letter - '0';
        if (letter >= 'a' && letter <= 'f')
            return letter - 'a' + 10;
        return -1;
    };
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        const int high = value(text[at]);
        const int low = value(text[at + 1]);
        if (high < 0 || low < 0)
            break;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

} // namespace postfault::tls
