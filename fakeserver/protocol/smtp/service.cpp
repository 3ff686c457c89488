#include "fakeserver/protocol/smtp/service.hpp"

#include "fakeserver/protocol/smtp/session.hpp"

#include <utility>

namespace postfault::protocol::smtp {

Service::Service(Settings settings) : settings_(std::move(settings)), mailbox_(settings_.max_kept) {}

std::unique_ptr<protocol::Session> Service::open() { return std::make_unique<Session>(settings_, mailbox_); }

} // namespace postfault::protocol::smtp
