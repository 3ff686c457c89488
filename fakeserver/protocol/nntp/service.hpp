#pragma once

#include "fakeserver/protocol/nntp/settings.hpp"
#include "fakeserver/protocol/nntp/spool.hpp"
#include "fakeserver/protocol/service.hpp"

#include <memory>
#include <vector>

namespace postfault::protocol::nntp {

class Service final : public protocol::Service {
public:
    explicit Service(Settings settings = {});

    std::unique_ptr<protocol::Session> open() override;

    // Posted or fed articles only, not those of the settings.
    const std::vector<std::shared_ptr<const Stored>>& stored() const override { return spool_.posted(); }

private:
    Settings settings_;
    Spool spool_;
};

} // namespace postfault::protocol::nntp
