#pragma once

#include "client_under_test/conversation/conversation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace refclient {

// A conversation played by hand on a clock moved by hand, written down in the order in which it is spoken.
class Dialogue {
public:
    explicit Dialogue(Conversation& conversation) : conversation_(conversation) { conversation_.on_connected(now_); }

    // The server says something, in pieces of at most piece() octets.
    Dialogue& server(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t count = std::min(piece_, bytes.size());
            conversation_.on_bytes(bytes.substr(0, count), now_);
            bytes.remove_prefix(count);
        }
        return *this;
    }

    // All that the client wants to say now.
    std::string heard() {
        std::string text;
        while (!conversation_.pending_output().empty()) {
            const std::string_view output = conversation_.pending_output();
            text += output;
            conversation_.on_written(output.size(), now_);
        }
        return text;
    }

    Dialogue& client(std::string_view expected) {
        CHECK(heard() == expected);
        return *this;
    }

    // Lets time pass; the conversation learns of it at its deadline, and at the end.
    Dialogue& wait(Duration duration) {
        const Instant end = now_ + duration;
        while (const auto deadline = conversation_.deadline()) {
            if (*deadline > end)
                break;
            now_ = *deadline;
            conversation_.on_time(now_);
        }
        now_ = end;
        conversation_.on_time(now_);
        return *this;
    }

    Dialogue& end_of_stream() {
        conversation_.on_end_of_stream(now_);
        return *this;
    }

    Dialogue& reset() {
        conversation_.on_transport_error("Connection reset by peer", now_);
        return *this;
    }

    // The handshake that the conversation waits for succeeds, or fails.
    Dialogue& handshake() {
        CHECK(conversation_.securing());
        conversation_.on_secured(now_);
        return *this;
    }

    Dialogue& no_handshake(std::string_view why) {
        CHECK(conversation_.securing());
        conversation_.on_insecure(why, now_);
        return *this;
    }

    Dialogue& pieces_of(std::size_t octets) {
        piece_ = octets;
        return *this;
    }

    // The conversation is over with this outcome, and the text says why.
    void ends(Outcome outcome, std::string_view why, Ending ending) {
        REQUIRE(conversation_.finished());
        CHECK(to_text(conversation_.result().outcome) == to_text(outcome));
        CHECK_THAT(conversation_.result().text, Catch::Contains(std::string{why}));
        CHECK(static_cast<int>(*conversation_.ending()) == static_cast<int>(ending));
        CHECK(conversation_.pending_output().empty());
        CHECK_FALSE(conversation_.deadline());
    }

    Instant now() const { return now_; }

private:
    Conversation& conversation_;
    Instant now_{};
    std::size_t piece_ = std::string_view::npos;
};

} // namespace refclient
