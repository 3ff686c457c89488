#pragma once

#include "fakeserver/protocol/step.hpp"

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

    const std::vector<std::shared_ptr<const Stored>>& messages() const { return messages_; }

private:
    std::vector<std::shared_ptr<const Stored>> messages_;
};

} // namespace postfault::protocol::smtp
