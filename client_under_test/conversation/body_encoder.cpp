#include "client_under_test/conversation/body_encoder.hpp"

#include <algorithm>

namespace refclient {

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
        const std::size_t run = std::min(piece.find_first_of("\r\n"), piece.size());
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
    bool after_cr = false;
    for (const char c : message) {
        if (c == '\r')
            facts.wire_size += 2;
        else if (c == '\n')
            facts.wire_size += after_cr ? 0 : 2;
        else
            ++facts.wire_size;
        after_cr = c == '\r';
        facts.has_8bit |= static_cast<unsigned char>(c) >= 0x80;
    }
    if (!message.empty() && !message.ends_with('\n') && !message.ends_with('\r'))
        facts.wire_size += 2;
    return facts;
}

} // namespace refclient
