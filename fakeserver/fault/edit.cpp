#include "fakeserver/fault/edit.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>
#include <vector>

namespace postfault::fault {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t code_width = 4; // `250-`
constexpr std::size_t flood_line = 1024;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_status_line(std::string_view line) {
    return line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, is_digit) &&
           (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

bool has_data_block(std::string_view reply) {
    return reply.size() >= 5 && reply.substr(reply.size() - 5) == "\r\n.\r\n";
}

std::vector<std::string> lines_of(std::string_view reply) {
    std::vector<std::string> lines;
    while (!reply.empty()) {
        const std::size_t end = reply.find(line_end);
        lines.emplace_back(reply.substr(0, end));
        reply.remove_prefix(end == std::string_view::npos ? reply.size() : end + line_end.size());
    }
    return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + std::string(line_end);
    return text;
}

// RFC 5321 4.2.1: a hyphen follows the code on every line but the last.
void mark_continuation(std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (is_status_line(lines[i]) && lines[i].size() >= code_width)
            lines[i][3] = i + 1 < lines.size() ? '-' : ' ';
}

std::string with_line(std::string_view reply, const std::string& line) {
    std::vector<std::string> lines = lines_of(reply);
    if (lines.empty())
        return line + std::string(line_end);
    if (has_data_block(reply)) {
        lines.insert(lines.end() - 1, line);
        return text_of(lines);
    }
    const std::string& last = lines.back();
    const bool coded = is_status_line(line) || !is_status_line(last);
    lines.insert(lines.end() - 1, coded ? line : last.substr(0, 3) + "-" + line);
    mark_continuation(lines);
    return text_of(lines);
}

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

// Where `word` stands on its own in `line`, from `start` on; npos if nowhere. OVER is not a word of OVERVIEW.FMT.
std::size_t find_word(std::string_view line, std::string_view word, std::size_t start) {
    for (std::size_t at = line.find(word, start); at != std::string_view::npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == start || is_blank(line[at - 1])) && (end == line.size() || is_blank(line[end])))
            return at;
    }
    return std::string_view::npos;
}

std::string without_word(std::string_view reply, const std::string& word) {
    if (word.empty())
        return std::string(reply);
    const bool block = has_data_block(reply);
    std::vector<std::string> kept;
    for (std::string& line : lines_of(reply)) {
        const bool first = kept.empty();
        const bool status = is_status_line(line) && (first || !block);
        const std::size_t start = status ? std::min(line.size(), code_width) : 0;
        const std::size_t at = find_word(line, word, start);
        if (at == std::string_view::npos) {
            kept.push_back(std::move(line));
            continue;
        }
        // An extension's parameters mean nothing without its keyword. The status line that a reply begins with stays.
        if (at == start && !first)
            continue;
        std::size_t from = at;
        std::size_t to = at + word.size();
        if (from > start)
            --from; // one of the two blanks around it
        else if (to < line.size())
            ++to;
        line.erase(from, to - from);
        kept.push_back(std::move(line));
    }
    if (!block)
        mark_continuation(kept);
    return text_of(kept);
}

std::string substituted(std::string reply, const std::string& what, const std::string& by) {
    if (what.empty())
        return reply;
    for (std::size_t at = reply.find(what); at != std::string::npos; at = reply.find(what, at + by.size()))
        reply.replace(at, what.size(), by);
    return reply;
}

} // namespace

std::string edited(std::string reply, const scenario::Edit& edit) {
    switch (edit.how) {
    case scenario::Edit::How::add_line:
        return with_line(reply, edit.what);
    case scenario::Edit::How::remove_word:
        return without_word(reply, edit.what);
    case scenario::Edit::How::substitute:
        return substituted(std::move(reply), edit.what, edit.by);
    }
    return reply;
}

std::string flipped(std::string reply, const scenario::Flip& flip) {
    if (flip.at < reply.size())
        reply[flip.at] = static_cast<char>(reply[flip.at] ^ 1);
    return reply;
}

std::string flood_pattern(std::string_view reply, std::uint64_t offset, scenario::Flood::Shape shape) {
    offset = std::min<std::uint64_t>(offset, reply.size());
    // The line end that stands wholly before the offset.
    const std::size_t before =
        offset < line_end.size() ? std::string_view::npos : reply.rfind(line_end, offset - line_end.size());
    const std::size_t start = before == std::string_view::npos ? 0 : before + line_end.size();
    std::string line(reply.substr(start, reply.find(line_end, start) - start));
    if (line == "." || line.empty())
        line = "flood";
    const bool status = is_status_line(line);
    if (shape == scenario::Flood::Shape::line)
        return std::string(flood_line, 'x');
    if (!status)
        return line + std::string(line_end);
    line.resize(3);
    return line + "-flood" + std::string(line_end);
}

std::uint64_t place_in(std::string_view reply, const scenario::Offset& offset) {
    if (offset.unit != scenario::Offset::Unit::line)
        return offset.within(reply.size());
    std::size_t at = 0;
    for (std::uint64_t line = 1; line < offset.count; ++line) {
        const std::size_t end = reply.find(line_end, at);
        if (end == std::string_view::npos)
            return reply.size();
        at = end + line_end.size();
    }
    return at;
}

} // namespace postfault::fault
