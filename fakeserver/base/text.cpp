#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace postfault {

namespace {

constexpr char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

constexpr bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; }

// Levenshtein, one row at a time.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (upper(left[i]) == upper(right[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string escaped(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const char byte : bytes) {
        const auto code = static_cast<unsigned char>(byte);
        switch (byte) {
        case '\r':
            text += "\\r";
            break;
        case '\n':
            text += "\\n";
            break;
        case '\t':
            text += "\\t";
            break;
        case '\\':
            text += "\\\\";
            break;
        case '"':
            text += "\\\"";
            break;
        default:
            if (code >= 0x20 && code < 0x7f)
                text += byte;
            else
                text += fmt::format("\\x{:02x}", code);
        }
    }
    return text;
}

std::string unescaped(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            bytes += text[i];
            continue;
        }
        const char letter = text[++i];
        unsigned int code = 0;
        if (letter == 'r') {
            bytes += '\r';
        } else if (letter == 'n') {
            bytes += '\n';
        } else if (letter == 't') {
            bytes += '\t';
        } else if (letter == '\\' || letter == '"') {
            bytes += letter;
        } else if (letter == 'x' && i + 2 < text.size() &&
                   std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr == text.data() + i + 3) {
            bytes += static_cast<char>(code);
            i += 2;
        } else {
            bytes += '\\';
            bytes += letter;
        }
    }
    return bytes;
}

std::string escaped_excerpt(std::string_view bytes, std::size_t limit) {
    if (bytes.size() <= limit)
        return escaped(bytes);
    return fmt::format("{}… ({} octets more)", escaped(bytes.substr(0, limit)), bytes.size() - limit);
}

std::string to_upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), upper);
    return result;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return upper(a) == upper(b); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> parts;
    std::size_t at = 0;
    while (at < text.size()) {
        while (at < text.size() && is_blank(text[at]))
            ++at;
        const std::size_t start = at;
        while (at < text.size() && !is_blank(text[at]))
            ++at;
        if (at > start)
            parts.push_back(text.substr(start, at - start));
    }
    return parts;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos)
            return parts;
        text.remove_prefix(at + 1);
    }
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    // A third of the letters may be wrong, at least one: `nht` finds `nth`, `foo` finds nothing.
    std::size_t allowed = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const std::string_view candidate : candidates) {
        if (std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size()) >= allowed)
            continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < allowed && distance < std::max(word.size(), candidate.size())) {
            allowed = distance;
            best = candidate;
        }
    }
    // `nht` for `nth` is two edits but one slip.
    if (best.empty())
        for (const std::string_view candidate : candidates) {
            std::string left = to_upper(word);
            std::string right = to_upper(candidate);
            std::sort(left.begin(), left.end());
            std::sort(right.begin(), right.end());
            if (left == right)
                return candidate;
        }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
    const std::string_view meant = nearest(word, candidates);
    return meant.empty() ? std::string{} : fmt::format(" (did you mean '{}'?)", meant);
}

} // namespace postfault
