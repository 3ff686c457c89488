#include "fakeserver/protocol/nntp/wildmat.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>

namespace postfault::protocol::nntp {

namespace {

// The length of the UTF-8 character at the front; octets that are no UTF-8 count alone.
std::size_t character_size(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && size < 4 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
        ++size;
    return size;
}

// Goes back to the last `*` only: it can always take more, so an earlier one need not. Never worse than quadratic.
bool matches_pattern(std::string_view name, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t after_star = std::string_view::npos;
    std::size_t star_took_to = 0;
    while (at < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            after_star = ++in_pattern;
            star_took_to = at;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == '?') {
            ++in_pattern;
            at += character_size(name.substr(at));
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == name[at]) {
            ++in_pattern;
            ++at;
        } else if (after_star != std::string_view::npos) {
            star_took_to += character_size(name.substr(star_took_to));
            at = star_took_to;
            in_pattern = after_star;
        } else
            return false;
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

} // namespace

bool matches_wildmat(std::string_view name, std::string_view wildmat) {
    const auto patterns = split(wildmat, ',');
    for (auto pattern = patterns.rbegin(); pattern != patterns.rend(); ++pattern) {
        const bool negated = pattern->starts_with('!');
        if (matches_pattern(name, negated ? pattern->substr(1) : *pattern))
            return !negated;
    }
    return false;
}

bool is_wildmat(std::string_view text) {
    const auto patterns = split(text, ',');
    return std::all_of(patterns.begin(), patterns.end(), [](std::string_view pattern) {
        if (pattern.starts_with('!'))
            pattern.remove_prefix(1);
        return !pattern.empty() && pattern.find_first_of("![\\]") == std::string_view::npos;
    });
}

} // namespace postfault::protocol::nntp
