#include "client_under_test/sasl/base64.hpp"

#include <cstdint>

namespace refclient::sasl {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string to_base64(std::string_view octets) {
    std::string text;
    for (std::size_t at = 0; at < octets.size(); at += 3) {
        const std::string_view group = octets.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 63U] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::string octets;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::uint32_t bits = 0;
        std::size_t letters = 0;
        for (const char c : text.substr(at, 4)) {
            const std::size_t value = alphabet.find(c);
            bits = bits << 6U | (value == std::string_view::npos ? 0U : static_cast<std::uint32_t>(value));
            letters += value != std::string_view::npos ? 1 : 0;
        }
        for (std::size_t i = 1; i < letters; ++i)
            octets += static_cast<char>(bits >> (24 - 8 * i) & 255U);
    }
    // What encodes to something else was not encoded: blanks, padding in the middle, bits that nobody needs.
    if (to_base64(octets) != text)
        return std::nullopt;
    return octets;
}

} // namespace refclient::sasl
