#include "client_under_test/conversation/block_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

BlockReader::Progress BlockReader::feed(std::string_view& bytes) {
    if (!trouble_.empty())
        return Progress::broken;
    if (end_ == BlockEnd::at_its_terminator_in_one_read && state_ != State::complete)
        state_ = State::text; // what was half a terminator is forgotten
    while (!bytes.empty() && state_ != State::complete) {
        const std::size_t run = state_ == State::text ? std::min(bytes.find('\r'), bytes.size()) : 0;
        if (run > 0) {
            text_.append(bytes.substr(0, run));
            bytes.remove_prefix(run);
        } else {
            step(bytes.front());
            bytes.remove_prefix(1);
        }
        const char* over = text_.size() > caps_.article                      ? "an article"
                           : text_.size() - line_begin_ > caps_.article_line ? "an article line"
                                                                             : nullptr;
        if (over != nullptr) {
            trouble_ = fmt::format("{} longer than {} octets", over,
                                   text_.size() > caps_.article ? caps_.article : caps_.article_line);
            std::string{}.swap(text_);
            return Progress::broken;
        }
    }
    if (looks_over())
        state_ = State::complete;
    return state_ == State::complete ? Progress::complete : Progress::more;
}

std::string BlockReader::take() { return state_ == State::complete ? std::exchange(text_, {}) : std::string{}; }

bool BlockReader::on_end_of_stream() {
    if (end_ == BlockEnd::at_a_read_that_ends_in_dot)
        state_ = State::complete;
    return state_ == State::complete;
}

bool BlockReader::is_over() const {
    return end_ == BlockEnd::behind_yend && std::string_view{text_}.substr(line_begin_).starts_with("=yend ");
}

bool BlockReader::looks_over() const {
    return end_ == BlockEnd::at_a_read_that_ends_in_dot && state_ == State::line_start && text_.ends_with(".\r\n");
}

void BlockReader::step(char c) {
    switch (state_) {
    case State::line_start:
        if (c == '.') {
            state_ = State::dot;
            return;
        }
        break;
    case State::dot:
        if (c == '\r') {
            state_ = State::dot_cr;
            return;
        }
        // The first of two dots, or a lone one that a careless server forgot to double: either way it is dropped.
        break;
    case State::dot_cr:
        if (c == '\n') {
            state_ = State::complete;
            return;
        }
        text_ += '\r'; // the dot is dropped, the CR was content
        break;
    case State::cr:
        if (c == '\n') {
            text_ += c;
            state_ = is_over() ? State::complete : State::line_start;
            line_begin_ = text_.size();
            ++lines_;
            return;
        }
        break;
    case State::text:
    case State::complete:
        break;
    }
    text_ += c;
    state_ = c == '\r' ? State::cr : State::text;
}

} // namespace refclient
