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
    std::shared_ptr<const Stored> put(Stored message) {
        return messages_.emplace_back(std::make_shared<const Stored>(std::move(message)));
    }

    // Different for every log-in at this server, the same in every run.
    std::uint64_t next_nonce() { return 7'919'000'001U + 104'729U * nonces_++; }

    const std::vector<std::shared_ptr<const Stored>>& messages() const { return messages_; }

private:
    std::vector<std::shared_ptr<const Stored>> messages_;
    std::uint64_t nonces_ = 0;
};

} // namespace postfault::protocol::smtp
