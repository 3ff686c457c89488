#include "fakeserver/base/base64.hpp"

#include <cstdint>

namespace postfault {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string to_base64(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t octet = 0; octet < 3; ++octet)
            bits = bits << 8U | (octet < group.size() ? static_cast<unsigned char>(group[octet]) : 0U);
        for (std::size_t letter = 0; letter < 4; ++letter)
            text += letter <= group.size() ? alphabet[bits >> (18U - 6U * letter) & 63U] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool is_last = at + 4 == text.size();
        std::uint32_t bits = 0;
        std::size_t padding = 0;
        for (const char letter : text.substr(at, 4)) {
            const std::size_t value = alphabet.find(letter);
            const bool is_padding = letter == '=' && is_last;
            if ((value == std::string_view::npos && !is_padding) || (padding > 0 && !is_padding))
                return std::nullopt;
            padding += is_padding ? 1 : 0;
            bits = bits << 6U | static_cast<std::uint32_t>(is_padding ? 0 : value);
        }
        if (padding > 2)
            return std::nullopt;
        for (std::size_t octet = 0; octet + padding < 3; ++octet)
            bytes += static_cast<char>(bits >> (16U - 8U * octet) & 255U);
    }
    return bytes;
}

} // namespace postfault
