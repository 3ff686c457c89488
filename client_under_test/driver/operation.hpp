#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/driver/endpoint.hpp"
#include "client_under_test/driver/socket.hpp"
#include "client_under_test/driver/tunnel.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace refclient {

// The addresses of a server, each of which is tried once, whoever of several connections does it.
class Route {
public:
    // Some have been tried, and there are more.
    bool goes_on() const { return next_ < addresses_.size(); }

private:
    friend class Connection;

    bool known_ = false;
    std::vector<Address> addresses_;
    std::size_t next_ = 0;
};

// One connection and the conversation that is held on it, as long as that lasts. Every step is bounded by the policy's
// limits, and nothing blocks outside of poll(). Both arguments outlive it; the policy must be the one that the
// conversation was made with. A connection that is still open when this ends is closed without a word.
class Connection {
public:
    Connection(Conversation& conversation, const Policy& policy)
        : conversation_(conversation), tunnel_(conversation, policy), policy_(policy) {}

    // Looks up the server and connects to the first of its addresses that accepts. Anything but ok: there is no
    // connection.
    Result open(const Endpoint& server);

    // The same for one delivery that may need several connections (RFC 5321 5.1): goes on behind the address that was
    // used before.
    Result open(const Endpoint& server, Route& route);

    // Why open() failed: nobody answered within the limit.
    bool timed_out() const { return timed_out_; }

    // Until the conversation rests or is over. When it is over, the socket has been dealt with.
    void carry();

    // The same for one that rests, but not longer than until then.
    void watch(Instant until);

private:
    Result connect(const Address& address, const Endpoint& server);
    void turn(std::optional<Instant> until);
    std::optional<Instant> next_look() const;
    bool read_once();
    void write_once();
    void settle();
    void say_last_word();

    Conversation& conversation_;
    Tunnel tunnel_;
    const Policy& policy_;
    Socket socket_;
    bool timed_out_ = false;
    std::size_t backlog_ = 0;
    std::array<char, 16384> buffer_{};
};

// Looks up the server, connects to the first of its addresses that accepts, holds the conversation, and returns once
// the socket has been dealt with. Every step is bounded by the policy's limits; nothing here blocks outside of poll().
//
// The policy must be the one that the conversation was made with.
Result run(Conversation& conversation, const Endpoint& server, const Policy& policy);

} // namespace refclient
