#include "harness/suite/yenc.hpp"

#include <fmt/format.h>

#include <array>

namespace postfault::suite {

namespace {

constexpr std::size_t line_length = 128;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
        std::uint32_t value = octet;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
        table[octet] = value;
    }
    return table;
}();

bool is_critical(char letter) { return letter == '\0' || letter == '\n' || letter == '\r' || letter == '='; }

// Some servers and clients lose blanks at the ends of a line.
bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

} // namespace

std::uint32_t crc32_of(std::string_view bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const char letter : bytes)
        crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<unsigned char>(letter)) & 0xffU];
    return crc ^ 0xffffffffU;
}

std::string as_yenc(std::string_view bytes, std::string_view name) {
    std::string text = fmt::format("=ybegin line={} size={} name={}\r\n", line_length, bytes.size(), name);
    text.reserve(text.size() + bytes.size() + bytes.size() / 24 + 128);
    std::size_t in_line = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const char letter = static_cast<char>(static_cast<unsigned char>(bytes[at]) + 42);
        const bool ends_line = in_line + 1 >= line_length || at + 1 == bytes.size();
        if (is_critical(letter) || (is_blank(letter) && (in_line == 0 || ends_line))) {
            text += '=';
            text += static_cast<char>(static_cast<unsigned char>(letter) + 64);
            in_line += 2;
        } else {
            text += letter;
            ++in_line;
        }
        if (in_line >= line_length || at + 1 == bytes.size()) {
            text += "\r\n";
            in_line = 0;
        }
    }
    return text + fmt::format("=yend size={} crc32={:08x}\r\n", bytes.size(), crc32_of(bytes));
}

} // namespace postfault::suite
