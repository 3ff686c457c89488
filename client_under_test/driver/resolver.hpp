#pragma once

#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/conversation/result.hpp"
#include "client_under_test/driver/endpoint.hpp"

#include <variant>
#include <vector>

#include <sys/socket.h>

namespace refclient {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

// The addresses of an endpoint, those that it brings along or else those of the name service, in the order in which
// they should be tried, or why there are none.
std::variant<std::vector<Address>, Result> resolve(const Endpoint& endpoint, Limits::Limit limit);

} // namespace refclient
