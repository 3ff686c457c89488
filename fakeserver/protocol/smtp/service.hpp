#pragma once

#include "fakeserver/protocol/service.hpp"
#include "fakeserver/protocol/smtp/mailbox.hpp"
#include "fakeserver/protocol/smtp/settings.hpp"

#include <memory>
#include <vector>

namespace postfault::protocol::smtp {

class Service final : public protocol::Service {
public:
    explicit Service(Settings settings = {});

    std::unique_ptr<protocol::Session> open() override;

    const std::vector<std::shared_ptr<const Stored>>& stored() const override { return mailbox_.messages(); }

private:
    Settings settings_;
    Mailbox mailbox_;
};

} // namespace postfault::protocol::smtp
