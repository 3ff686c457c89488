#include "harness/suite/compare.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
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
    return fmt::format("{} differs at octet {}: \"{}\" became \"{}\"", what, at, escaped(original.substr(at, shown)),
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

} // namespace

Comparison compare_stored(std::string_view original, std::string_view copy) {
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
