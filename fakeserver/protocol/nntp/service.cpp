#include "fakeserver/protocol/nntp/service.hpp"

#include "fakeserver/protocol/nntp/session.hpp"

#include <utility>

namespace postfault::protocol::nntp {

Service::Service(Settings settings) : settings_(std::move(settings)), spool_(settings_) {}

std::unique_ptr<protocol::Session> Service::open() { return std::make_unique<Session>(settings_, spool_); }

} // namespace postfault::protocol::nntp
