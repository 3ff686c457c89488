#include "client_under_test/conversation/body_encoder.hpp"

#include <algorithm>

namespace refclient {

namespace {

// Without its end. find_first_of() calls memchr() for each octet.
std::size_t length_of_line(std::string_view text) {
    const auto* const end = std::find_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; });
    return static_cast<std::size_t>(end - text.begin());
}

} // namespace

std::string BodyEncoder::next_block() {
    std::string block;
    if (ended_)
        return block;
    block.reserve(block_size_ + 8);
    if (dot_stuffing_ == DotStuffing::within_blocks && rest_.data() != begin_)
        at_line_start_ = false;
    while (!rest_.empty() && block.size() < block_size_) {
        const char c = rest_.front();
        if (c == '\r' || c == '\n') {
            rest_.remove_prefix(1);
            if (c == '\n' && after_cr_) {
                after_cr_ = false;
                continue;
            }
            if (line_ends_ == LineEnds::made_crlf)
                block += "\r\n";
            else
                block += c;
            after_cr_ = c == '\r' && line_ends_ == LineEnds::made_crlf;
            at_line_start_ = true;
            continue;
        }
        if (at_line_start_ && c == '.')
            block += '.';
        at_line_start_ = false;
        after_cr_ = false;
        // At least one octet, also when the doubled dot has just filled the block.
        const std::string_view piece = rest_.substr(0, std::max(block_size_, block.size() + 1) - block.size());
        const std::size_t run = length_of_line(piece);
        block.append(rest_.substr(0, run));
        rest_.remove_prefix(run);
    }
    if (rest_.empty()) {
        if (!at_line_start_)
            block += "\r\n";
        block += ".\r\n";
        ended_ = true;
    }
    return block;
}

std::string with_crlf(std::string_view message) {
    std::string text;
    text.reserve(message.size() + message.size() / 64);
    bool after_cr = false;
    for (const char c : message) {
        if (c == '\r' || (c == '\n' && !after_cr))
            text += "\r\n";
        else if (c != '\n')
            text += c;
        after_cr = c == '\r';
    }
    if (!text.empty() && !text.ends_with('\n'))
        text += "\r\n";
    return text;
}

MessageFacts inspect(std::string_view message) {
    MessageFacts facts;
    facts.wire_size = message.size();
    for (std::size_t at = message.find('\n'); at != std::string_view::npos; at = message.find('\n', at + 1))
        facts.wire_size += at == 0 || message[at - 1] != '\r' ? 1 : 0;
    for (std::size_t at = message.find('\r'); at != std::string_view::npos; at = message.find('\r', at + 1))
        facts.wire_size += at + 1 == message.size() || message[at + 1] != '\n' ? 1 : 0;
    if (!message.empty() && !message.ends_with('\n') && !message.ends_with('\r'))
        facts.wire_size += 2;
    facts.has_8bit = std::any_of(message.begin(), message.end(), [](char c) { return (c & 0x80) != 0; });
    return facts;
}

} // namespace refclient
