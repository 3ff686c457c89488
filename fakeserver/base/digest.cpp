#include "fakeserver/base/digest.hpp"

#include <array>
#include <bit>
#include <cmath>

namespace postfault {

namespace {

constexpr std::size_t block_octets = 64;

// The message with its padding: a bit, zeros, and its length in bits.
std::string padded(std::string_view bytes, bool length_is_big_endian) {
    std::string text(bytes);
    text += '\x80';
    while (text.size() % block_octets != block_octets - 8)
        text += '\0';
    const std::uint64_t bits = std::uint64_t{8} * bytes.size();
    for (unsigned octet = 0; octet < 8; ++octet)
        text += static_cast<char>(bits >> (8 * (length_is_big_endian ? 7 - octet : octet)) & 255U);
    return text;
}

std::uint32_t word_at(std::string_view bytes, std::size_t at, bool is_big_endian) {
    std::uint32_t word = 0;
    for (unsigned octet = 0; octet < 4; ++octet)
        word |= std::uint32_t{static_cast<unsigned char>(bytes[at + octet])}
                << (8 * (is_big_endian ? 3 - octet : octet));
    return word;
}

template <std::size_t size>
std::string octets_of(const std::array<std::uint32_t, size>& words, bool is_big_endian) {
    std::string bytes;
    for (const std::uint32_t word : words)
        for (unsigned octet = 0; octet < 4; ++octet)
            bytes += static_cast<char>(word >> (8 * (is_big_endian ? 3 - octet : octet)) & 255U);
    return bytes;
}

// RFC 1321 3.4: floor(2^32 * abs(sin(i)))
const std::array<std::uint32_t, 64>& sines() {
    static const std::array<std::uint32_t, 64> table = [] {
        std::array<std::uint32_t, 64> values{};
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<std::uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(double(i + 1)))));
        return values;
    }();
    return table;
}

// RFC 6234 5.1
constexpr std::array<std::uint32_t, 64> sha256_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

template <class Digest>
std::string hmac(Digest digest, std::string_view key, std::string_view bytes) {
    std::string inner = key.size() > block_octets ? digest(key) : std::string(key);
    inner.resize(block_octets, '\0');
    std::string outer = inner;
    for (char& octet : inner)
        octet = static_cast<char>(octet ^ 0x36);
    for (char& octet : outer)
        octet = static_cast<char>(octet ^ 0x5c);
    return digest(outer + digest(inner + std::string(bytes)));
}

} // namespace

std::string md5(std::string_view bytes) {
    constexpr std::array<std::array<int, 4>, 4> shifts{
        {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
    std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const std::string text = padded(bytes, false);
    for (std::size_t block = 0; block < text.size(); block += block_octets) {
        auto [a, b, c, d] = state;
        for (std::size_t i = 0; i < 64; ++i) {
            std::uint32_t mixed = 0;
            std::size_t word = 0;
            switch (i / 16) {
            case 0:
                mixed = (b & c) | (~b & d);
                word = i;
                break;
            case 1:
                mixed = (d & b) | (~d & c);
                word = (5 * i + 1) % 16;
                break;
            case 2:
                mixed = b ^ c ^ d;
                word = (3 * i + 5) % 16;
                break;
            default:
                mixed = c ^ (b | ~d);
                word = 7 * i % 16;
                break;
            }
            const std::uint32_t sum = a + mixed + sines()[i] + word_at(text, block + 4 * word, false);
            a = d;
            d = c;
            c = b;
            b += std::rotl(sum, shifts[i / 16][i % 4]);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }
    return octets_of(state, false);
}

std::string sha256(std::string_view bytes) {
    std::array<std::uint32_t, 8> state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const std::string text = padded(bytes, true);
    for (std::size_t block = 0; block < text.size(); block += block_octets) {
        std::array<std::uint32_t, 64> words{};
        for (std::size_t i = 0; i < 16; ++i)
            words[i] = word_at(text, block + 4 * i, true);
        for (std::size_t i = 16; i < 64; ++i) {
            const std::uint32_t early = words[i - 15];
            const std::uint32_t late = words[i - 2];
            words[i] = words[i - 16] + (std::rotr(early, 7) ^ std::rotr(early, 18) ^ (early >> 3U)) + words[i - 7] +
                       (std::rotr(late, 17) ^ std::rotr(late, 19) ^ (late >> 10U));
        }
        auto [a, b, c, d, e, f, g, h] = state;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::uint32_t first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                        ((e & f) ^ (~e & g)) + sha256_constants[i] + words[i];
            const std::uint32_t second =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + first;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }
        const std::array<std::uint32_t, 8> changed{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < 8; ++i)
            state[i] += changed[i];
    }
    return octets_of(state, true);
}

std::string hmac_md5(std::string_view key, std::string_view bytes) { return hmac(md5, key, bytes); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) { return hmac(sha256, key, bytes); }

std::string salted_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations) {
    std::string block = hmac_sha256(password, std::string(salt) + std::string("\0\0\0\1", 4));
    std::string result = block;
    for (std::uint32_t turn = 1; turn < iterations; ++turn) {
        block = hmac_sha256(password, block);
        for (std::size_t octet = 0; octet < result.size(); ++octet)
            result[octet] = static_cast<char>(result[octet] ^ block[octet]);
    }
    return result;
}

std::string to_hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char octet : bytes) {
        text += digits[static_cast<unsigned char>(octet) >> 4U];
        text += digits[static_cast<unsigned char>(octet) & 15U];
    }
    return text;
}

} // namespace postfault
