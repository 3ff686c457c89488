#pragma once

#include "client_under_test/conversation/conversation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Invariants of the reference client: whatever a server says, the conversation ends once the server has gone and its
// limits are over, its words stay bounded, and it waits without a limit for nothing.
namespace refclient::fuzz {

inline void require(bool holds) {
    if (!holds)
        std::abort();
}

// The input is what the server says; a NUL lets the client speak first.
inline void converse(Conversation& conversation, std::string_view input) {
    constexpr std::size_t longest_text = 64 * 1024;
    Instant now{};
    conversation.on_connected(now);
    const auto speak = [&] {
        while (!conversation.finished() && !conversation.pending_output().empty())
            conversation.on_written(conversation.pending_output().size(), now);
    };
    while (!input.empty() && !conversation.finished()) {
        speak();
        const std::size_t end = std::min(input.find('\0'), input.size());
        conversation.on_bytes(input.substr(0, end), now);
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    speak();
    conversation.on_end_of_stream(now);
    for (int wait = 0; !conversation.finished(); ++wait) {
        require(wait < 100 && conversation.deadline().has_value());
        now = *conversation.deadline();
        conversation.on_time(now);
    }
    require(conversation.result().text.size() < longest_text);
}

} // namespace refclient::fuzz
