#include "harness/suite/compare.hpp"

#include "fakeserver/base/text.hpp"
#include "harness/suite/transfer_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace postfault::suite {

namespace {

struct Parts {
    std::vector<std::string> header; // unfolded lines
    std::string_view body;
};

Parts parts_of(std::string_view text) {
    Parts parts;
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        if (line.empty())
            break;
        // RFC 5322 2.2.3: a line that starts with white space continues the one before.
        const bool folded = line.front() == ' ' || line.front() == '\t';
        if (folded && !parts.header.empty())
            parts.header.back() += " " + std::string(trimmed(line));
        else
            parts.header.emplace_back(trimmed(line));
    }
    parts.body = text;
    return parts;
}

std::string difference(std::string_view original, std::string_view copy, std::string_view what) {
    const auto [left, right] = std::mismatch(original.begin(), original.end(), copy.begin(), copy.end());
    const auto at = static_cast<std::size_t>(left - original.begin());
    constexpr std::size_t shown = 24;
    if (right == copy.end())
        return fmt::format("{} is cut after {} of {} octets", what, copy.size(), original.size());
    if (left == original.end())
        return fmt::format("{} has {} octets too many: \"{}\"", what, copy.size() - original.size(),
                           escaped(copy.substr(at, shown)));
    return fmt::format(R"({} differs at octet {}: "{}" became "{}")", what, at, escaped(original.substr(at, shown)),
                       escaped(copy.substr(at, shown)));
}

std::string with_bare_line_feeds(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
            result += text[i];
    return result;
}

bool has_bare_cr(std::string_view text) {
    for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
        if (at + 1 == text.size() || text[at + 1] != '\n')
            return true;
    return false;
}

// With CRLF behind every line, the last one too; each bare CR becomes `bare_cr`. One at the end of the text only ends
// it: who cuts line ends off whole files or lines cuts it off too.
std::string with_line_ends(std::string_view text, std::string_view bare_cr) {
    std::string result;
    result.reserve(text.size() + text.size() / 16);
    while (!text.empty()) {
        // find_first_of() calls memchr() for each octet.
        const auto* const end = std::find_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; });
        const auto length = static_cast<std::size_t>(end - text.begin());
        result += text.substr(0, length);
        text.remove_prefix(length);
        if (text.empty())
            break;
        const bool is_bare_cr = text.front() == '\r' && !text.starts_with("\r\n");
        result += is_bare_cr ? bare_cr : "\r\n";
        text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
    }
    if (result.empty())
        return result;
    if (result.ends_with('\n'))
        result.resize(result.size() - 2);
    while (result.ends_with('\r'))
        result.pop_back();
    return result += "\r\n";
}

Comparison compare_lines(std::string_view original, std::string_view copy) {
    if (original == copy)
        return {judge::Match::identical, {}};
    const Parts ours = parts_of(original);
    const Parts theirs = parts_of(copy);
    if (ours.body != theirs.body)
        return {judge::Match::altered, difference(ours.body, theirs.body, "the body")};
    for (const std::string& line : ours.header)
        if (std::find(theirs.header.begin(), theirs.header.end(), line) == theirs.header.end())
            return {judge::Match::altered, fmt::format("the header line \"{}\" is missing", escaped(line))};
    return {judge::Match::extended, {}};
}

} // namespace

Comparison compare_stored(std::string_view original, std::string_view copy) {
    if (original == copy)
        return {judge::Match::identical, {}};
    // A bare CR that is still there has been told of: the server has seen it on its way, unless it was encoded.
    const std::string theirs = with_line_ends(decoded(copy), "\r");
    Comparison best = compare_lines(with_line_ends(original, "\r\n"), theirs);
    if (!has_bare_cr(original))
        return best;
    for (const std::string_view meaning : {"", " ", "\r"}) {
        if (best.match != judge::Match::altered)
            break;
        if (Comparison other = compare_lines(with_line_ends(original, meaning), theirs);
            other.match != judge::Match::altered)
            best = std::move(other);
    }
    return best;
}

Comparison compare_delivered(std::string_view original, std::string_view copy) {
    if (original == copy)
        return {judge::Match::identical, {}};
    const std::string ours = with_bare_line_feeds(original);
    const std::string theirs = with_bare_line_feeds(copy);
    if (ours == theirs)
        return {judge::Match::identical, {}};
    return {judge::Match::altered, difference(ours, theirs, "the article")};
}

} // namespace postfault::suite
