#include "fakeserver/protocol/reply_stream.hpp"

#include <algorithm>

namespace postfault::protocol {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// RFC 5321 4.2: clients accept a code without text and even without the blank.
std::optional<int> code_of(std::string_view line) {
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
        return std::nullopt;
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-' && line[3] != '\t')
        return std::nullopt;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

} // namespace

bool ReplyStream::take(std::string_view bytes, const OnLine& on_line) {
    while (!bytes.empty()) {
        if (in_block_) {
            bytes.remove_prefix(block_.take(bytes));
            in_block_ = !block_.ended();
            continue;
        }
        const std::size_t lf = bytes.find('\n');
        line_.append(bytes.substr(0, lf));
        if (line_.size() > longest_line)
            return false;
        if (lf == std::string_view::npos)
            return true;
        bytes.remove_prefix(lf + 1);
        if (!take_line(on_line))
            return false;
    }
    return true;
}

bool ReplyStream::take_line(const OnLine& on_line) {
    if (!line_.empty() && line_.back() == '\r')
        line_.pop_back();
    const auto code = code_of(line_);
    if (!code || (code_ && *code_ != *code) || ++lines_ > most_lines || line_.find('\r') != std::string::npos)
        return false;
    Line line;
    line.code = *code;
    line.last = shape_ == Shape::one_line || line_.size() < 4 || line_[3] != '-';
    line.text = std::string_view(line_).substr(std::min<std::size_t>(line_.size(), 4));
    code_ = line.last ? std::nullopt : code;
    if (line.last)
        lines_ = 0;
    if (on_line(line)) {
        block_ = DotReader(0);
        block_.drop();
        in_block_ = true;
    }
    line_.clear();
    return true;
}

} // namespace postfault::protocol
