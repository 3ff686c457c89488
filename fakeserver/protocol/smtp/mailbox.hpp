#pragma once

#include "fakeserver/protocol/step.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace postfault::protocol::smtp {

// What one server has accepted, shared by its sessions.
class Mailbox {
public:
    // A server that lives long forgets the oldest messages, so that never more octets of text are kept.
    explicit Mailbox(std::uint64_t most_octets = UINT64_MAX) : most_octets_(most_octets) {}

    std::shared_ptr<const Stored> put(Stored message) {
        ++accepted_;
        octets_ += message.content.size() + overhead;
        auto stored = messages_.emplace_back(std::make_shared<const Stored>(std::move(message)));
        while (octets_ > most_octets_ && !messages_.empty()) {
            octets_ -= messages_.front()->content.size() + overhead;
            messages_.erase(messages_.begin());
        }
        return stored;
    }

    // Different for every log-in at this server, the same in every run.
    std::uint64_t next_nonce() { return 7'919'000'001U + 104'729U * nonces_++; }

    // So far, forgotten ones too.
    std::size_t accepted() const { return accepted_; }

    const std::vector<std::shared_ptr<const Stored>>& messages() const { return messages_; }

    bool has_room_for(std::uint64_t octets, std::uint64_t most) const { return octets_ + octets + overhead <= most; }

private:
    static constexpr std::uint64_t overhead = 1024; // of the smallest message, about

    std::uint64_t most_octets_;
    std::uint64_t octets_ = 0;
    std::size_t accepted_ = 0;
    std::vector<std::shared_ptr<const Stored>> messages_;
    std::uint64_t nonces_ = 0;
};

} // namespace postfault::protocol::smtp
