#pragma once

#include "fakeserver/transport/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace postfault::transport {

// One TCP port that accepts, refuses or swallows connection attempts, and can change between these at any time.
//
// A bound socket that never listens keeps the port for us. Refusing: no socket listens beside it, so the kernel answers
// RST. Swallowing: a socket filter on the listening socket drops every segment, so a SYN is never answered; the kernel
// counts what it dropped. Neither needs a privilege.
class Listener {
public:
    enum class State { refuses, swallows, accepts };

    using Accepted = std::function<void(asio::ip::tcp::socket)>;
    using Trouble = std::function<void(const error_code&)>;

    // Throws boost::system::system_error if the address cannot be had. Starts in State::refuses. `on_trouble` is told
    // when clients have to wait because nothing can be accepted, once until something is. `buffer` is how many octets
    // the system keeps for a connection, of each direction.
    Listener(asio::io_context& context, const asio::ip::tcp::endpoint& address, Accepted on_accept,
             Trouble on_trouble = {}, std::optional<std::uint32_t> buffer = std::nullopt);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void set(State state);

    State state() const { return state_; }

    asio::ip::tcp::endpoint address() const { return address_; }

    // Segments dropped while swallowing, so far: more than 0 means that a client has tried.
    std::uint32_t swallowed();

private:
    struct Shared;

    void open();
    void close();
    static asio::awaitable<void> accept_loop(std::shared_ptr<Shared> shared);

    asio::io_context& context_;
    asio::ip::tcp::acceptor placeholder_;
    asio::ip::tcp::endpoint address_;
    Accepted on_accept_;
    Trouble on_trouble_;
    std::optional<std::uint32_t> buffer_;
    std::shared_ptr<Shared> listening_; // empty while refusing
    State state_ = State::refuses;
    std::uint32_t swallowed_before_ = 0;
};

} // namespace postfault::transport
