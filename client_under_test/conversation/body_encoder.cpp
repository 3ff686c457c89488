#include "client_under_test/conversation/body_encoder.hpp"

#include <algorithm>

namespace refclient {

std::string BodyEncoder::next_block() {
    std::string block;
    if (ended_)
        return block;
    block.reserve(block_size_ + 8);
    while (!rest_.empty() && block.size() < block_size_) {
        const char c = rest_.front();
        if (c == '\r' || c == '\n') {
            rest_.remove_prefix(1);
            if (c == '\n' && after_cr_) {
                after_cr_ = false;
                continue;
            }
            block += "\r\n";
            after_cr_ = c == '\r';
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
