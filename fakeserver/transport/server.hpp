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

// The fake server of one run: a port, the faults of one scenario, and every connection that comes. Everything that
// happens goes into the journal. All calls on the thread of the io_context.
class Server {
public:
    // All references outlive the server. Throws boost::system::system_error if the port cannot be had.
    Server(asio::io_context& context, const scenario::Scenario& scenario, protocol::Service& service,
           journal::Journal& journal, const RunTime& time, ServerSettings settings);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    asio::ip::tcp::endpoint address() const { return listener_.address(); }

    // The client is about to connect to our port, and waits until this returns. Connections that nobody announces are
    // counted as they are accepted; then refusals cannot be counted (needs_announced_connects).
    void on_connect_attempt();

    // From now on the server is healthy.
    void disarm();

    // The client has given up: nothing has to stay unread any longer.
    void resume_reading();

    // True if every connection that was announced or accepted has been ended by its client or by us.
    bool all_ended() const;

    // Closes the port and everything that is still open.
    void stop();

    // True if this scenario's refusals can only be counted when connects are announced.
    static bool needs_announced_connects(const scenario::Scenario& scenario);

private:
    void prepare_for(std::uint32_t connection);
    void on_accept(asio::ip::tcp::socket socket);
    void forget_closed();
    void note(journal::Event::Kind kind, int connection, std::string text, std::uint64_t count);
    void note_fired(std::size_t fault, std::uint32_t connection);

    Surroundings surroundings_;
    protocol::Service& service_;
    ServerSettings settings_;
    Rng rng_;
    bool armed_ = true;
    std::uint32_t attempts_ = 0;              // announced, or accepted
    std::deque<std::uint32_t> expected_;      // announced and to be accepted
    std::optional<std::size_t> unseen_fault_; // a fault at connect that nobody announces
    std::vector<std::shared_ptr<Connection>> connections_;
    Listener listener_;
};

} // namespace postfault::transport
