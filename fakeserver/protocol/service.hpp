#pragma once

#include "fakeserver/protocol/session.hpp"
#include "fakeserver/protocol/step.hpp"

#include <memory>
#include <vector>

namespace postfault::protocol {

// One well-behaved server: its settings, what it has stored, and a session for every connection. The sessions of one
// service share what was stored; the service outlives them.
class Service {
public:
    virtual ~Service() = default;

    virtual std::unique_ptr<Session> open() = 0;

    // In the order of acceptance.
    virtual const std::vector<std::shared_ptr<const Stored>>& stored() const = 0;

protected:
    Service() = default;
    Service(const Service&) = default;
    Service& operator=(const Service&) = default;
};

} // namespace postfault::protocol
