#pragma once

#include "fakeserver/base/rng.hpp"
#include "fakeserver/journal/journal.hpp"
#include "fakeserver/protocol/service.hpp"
#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/tls/authority.hpp"
#include "fakeserver/transport/connection.hpp"
#include "fakeserver/transport/listener.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace postfault::transport {

struct ServerSettings {
    // The first address; those behind it follow, 127.0.0.2 and so on, with the same port.
    asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
    Duration limit{0};               // T
    std::uint64_t upload_octets = 0; // expected size of an upload, for `body@50%`
    std::uint64_t seed = 0;
    bool connects_announced =
        false; // on_connect_attempt() is called before each attempt; else they are counted as accepted
    tls::Authority* authority = nullptr; // for scenarios with TLS; outlives the server
    // The client chooses what it meets, by what is known of it and its address; empty = the server's scenario.
    std::function<std::optional<fault::Choice>(const protocol::Facts&, const std::string&)> choose;
    std::function<void()> before_command;      // before the session takes what has come
    std::function<void()> on_connection_ended; // a client has closed or reset, or we have
};

// The fake server of one run: a port on each of its addresses, the faults of one scenario, and every connection that
// comes. Everything that happens goes into the journal. All calls on the thread of the io_context.
class Server {
public:
    // All references outlive the server. Throws boost::system::system_error if the port cannot be had on every address.
    Server(asio::io_context& context, const scenario::Scenario& scenario, protocol::Service& service,
           journal::Journal& journal, const RunTime& time, ServerSettings settings);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // The first one.
    asio::ip::tcp::endpoint address() const { return doors_.front()->listener.address(); }

    std::vector<asio::ip::tcp::endpoint> addresses() const;

    // The client is about to connect to our port at this address, and waits until this returns. Connections that nobody
    // announces are counted as they are accepted; then refusals cannot be counted (needs_announced_connects). A server
    // with a single address is not asked which one the client uses.
    void on_connect_attempt(const std::string& address);

    // From now on the server is healthy.
    void disarm();

    // The client has given up: nothing has to stay unread any longer.
    void resume_reading();

    // True if every connection that was announced or accepted has been ended by its client or by us.
    bool all_ended() const;

    // Closes the port and everything that is still open.
    void stop();

    // True if this scenario's refusals can only be counted, or told from each other, when connects are announced.
    static bool needs_announced_connects(const scenario::Scenario& scenario);

private:
    // One of the server's addresses.
    struct Door {
        Door(asio::io_context& context, const asio::ip::tcp::endpoint& address, std::uint32_t which,
             Listener::Accepted on_accept, Listener::Trouble on_trouble, std::optional<std::uint32_t> buffer)
            : number(which), listener(context, address, std::move(on_accept), std::move(on_trouble), buffer) {}

        std::uint32_t number; // from 1
        Listener listener;
        std::deque<std::uint32_t> expected;      // connections that are announced and to be accepted
        std::optional<std::size_t> unseen_fault; // a fault at connect that nobody announces
    };

    void open_doors(asio::io_context& context);
    void open_door(asio::io_context& context, const asio::ip::tcp::endpoint& address);
    Door* door_at(const std::string& address);
    void prepare_for(Door& door, std::uint32_t connection);
    void prepare_all_for(std::uint32_t connection);
    std::string name_of(const Door& door) const;
    void on_accept(Door& door, asio::ip::tcp::socket socket);
    void forget_closed();
    void note(journal::Event::Kind kind, int connection, std::string text, std::uint64_t count,
              std::string subject = {});
    void note_fired(std::size_t fault, std::uint32_t connection);

    Surroundings surroundings_;
    protocol::Service& service_;
    ServerSettings settings_;
    Rng rng_;
    bool armed_ = true;
    std::uint32_t attempts_ = 0; // announced, or accepted
    std::vector<std::shared_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Door>> doors_; // at least one
};

} // namespace postfault::transport
