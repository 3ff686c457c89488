#pragma once

#include "fakeserver/journal/journal.hpp"
#include "fakeserver/protocol/service.hpp"
#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/transport/server.hpp"
#include "harness/suite/letter.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postfault::suite {

struct StageSettings {
    asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
    Duration limit{0}; // T
    std::uint64_t seed = 0;
    tls::Authority* authority = nullptr; // for scenarios with TLS; outlives the stage
    std::string token;                   // makes the letters of this stage its own
    std::function<void()> before_command;
    std::function<void()> on_connection_ended;
};

// The server side of one run: what the client is given to send or to read, a healthy service, the scenario's faults, a
// port and the journal of it all.
class Stage {
public:
    // The scenario outlives the stage. Throws boost::system::system_error if the port cannot be had.
    Stage(asio::io_context& context, const scenario::Scenario& scenario, StageSettings settings);

    transport::Server& server() { return server_; }

    const transport::Server& server() const { return server_; }

    journal::Journal& journal() { return journal_; }

    const journal::Journal& journal() const { return journal_; }

    const transport::RunTime& time() const { return time_; }

    const protocol::Service& service() const { return *service_; }

    // One for each operation among the steps, in order: what to send or post, or what to read.
    const std::vector<Letter>& letters() const { return letters_; }

private:
    transport::RunTime time_;
    journal::Journal journal_;
    std::vector<Letter> spool_;
    std::vector<Letter> letters_;
    std::unique_ptr<protocol::Service> service_;
    transport::Server server_;
};

} // namespace postfault::suite
