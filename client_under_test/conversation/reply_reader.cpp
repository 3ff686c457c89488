#include "client_under_test/conversation/reply_reader.hpp"

#include "client_under_test/conversation/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 0 unless the line begins with a code that this client can make sense of. 1yz is used by neither protocol for the
// commands sent here; RFC 5321 4.2: codes outside the defined range are a failure.
int code_of(std::string_view line) {
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
        return 0;
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    return code >= 200 && code <= 599 ? code : 0;
}

} // namespace

ReplyReader::Progress ReplyReader::feed(std::string_view& bytes) {
    if (!trouble_.empty())
        return Progress::broken;
    if (ends_ == ReplyEnds::with_each_read)
        return take_as_whole(bytes);
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
        // The cap counts the line end. It is checked before anything is kept.
        if (line_.size() + count > caps_.reply_line)
            return fail(fmt::format("a reply line longer than {} octets", caps_.reply_line));
        line_.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        if (end == std::string_view::npos)
            return Progress::more;

        // A bare LF is taken as line end too: refusing it would lose mail, and nothing is at stake in a reply.
        std::string_view line = line_;
        line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
        if (trace_)
            trace_(line);
        const Progress progress = add_line(line);
        line_.clear();
        if (progress != Progress::more)
            return progress;
    }
    return Progress::more;
}

Reply ReplyReader::take() { return std::exchange(reply_, Reply{}); }

std::string ReplyReader::partial() const {
    if (reply_.lines.empty())
        return line_;
    return fmt::format("{}-{}", reply_.code, reply_.lines.back()) + (line_.empty() ? "" : " / " + line_);
}

ReplyReader::Progress ReplyReader::take_as_whole(std::string_view& bytes) {
    const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
    // What follows a single line is its block of data, or nothing.
    const std::size_t end = form_ == ReplyForm::single_line ? bytes.find('\n') : std::string_view::npos;
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    const int code = code_of(line);
    if (code == 0)
        return fail(fmt::format("something that is no reply: \"{}\"", printable(line, 80)));
    if (trace_)
        trace_(line);
    reply_ = {code, {std::string{line.substr(std::min<std::size_t>(line.size(), 4))}}};
    return Progress::complete;
}

ReplyReader::Progress ReplyReader::add_line(std::string_view line) {
    const int code = code_of(line);
    const bool separated = line.size() == 3 || (line.size() > 3 && (line[3] == ' ' || line[3] == '-'));
    const bool goes_on = line.size() > 3 && line[3] == '-';
    if (code == 0 || !separated || (goes_on && form_ == ReplyForm::single_line))
        return fail(fmt::format("something that is no reply: \"{}\"", printable(line, 80)));
    // RFC 5321 4.2.1: the same code on each line.
    if (!reply_.lines.empty() && code != reply_.code)
        return fail(fmt::format("a reply that changes its code from {} to {}", reply_.code, code));
    if (reply_.lines.size() == caps_.reply_lines)
        return fail(fmt::format("a reply of more than {} lines", caps_.reply_lines));
    reply_.code = code;
    reply_.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
    return goes_on ? Progress::more : Progress::complete;
}

ReplyReader::Progress ReplyReader::fail(std::string trouble) {
    trouble_ = std::move(trouble);
    line_.clear();
    reply_ = {};
    return Progress::broken;
}

} // namespace refclient
