#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/driver/endpoint.hpp"

namespace refclient {

// Looks up the server, connects to the first of its addresses that accepts, holds the conversation, and returns once
// the socket has been dealt with. Every step is bounded by the policy's limits; nothing here blocks outside of poll().
//
// The policy must be the one that the conversation was made with.
Result run(Conversation& conversation, const Endpoint& server, const Policy& policy);

} // namespace refclient
