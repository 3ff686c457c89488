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

std::string without_word(std::string_view reply, const std::string& word) {
    const bool block = has_data_block(reply);
    std::vector<std::string> kept;
    for (std::string& line : lines_of(reply)) {
        const std::size_t at = line.find(word);
        if (at == std::string::npos) {
            kept.push_back(std::move(line));
            continue;
        }
        line.erase(at, word.size());
        const std::string_view rest = is_status_line(line) && line.size() >= code_width
                                          ? std::string_view(line).substr(code_width)
                                          : std::string_view(line);
        // An extension's parameters mean nothing without its keyword.
        if (!trimmed(rest).empty() && at > code_width)
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
    const std::size_t before = offset == 0 ? std::string_view::npos : reply.rfind(line_end, offset - 1);
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
