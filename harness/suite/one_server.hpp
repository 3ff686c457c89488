#pragma once

#include "fakeserver/journal/journal.hpp"
#include "fakeserver/protocol/service.hpp"
#include "fakeserver/transport/server.hpp"
#include "harness/suite/menu.hpp"

#include <memory>
#include <vector>

namespace postfault::suite {

// One server that lives long and plays many scenarios, each for whoever asks for it; healthy for everybody else. What
// it keeps is bounded: nothing of the journal, and only the last messages.
class OneServer {
public:
    // The scenarios are of one protocol and outlive the server. Throws boost::system::system_error if the port cannot
    // be had.
    OneServer(asio::io_context& context, const std::vector<const scenario::Scenario*>& scenarios,
              const asio::ip::tcp::endpoint& listen, Duration limit, std::uint64_t seed);

    transport::Server& server() { return server_; }

    journal::Journal& journal() { return journal_; }

    const Menu& menu() const { return menu_; }

private:
    transport::RunTime time_;
    journal::Journal journal_;
    Menu menu_;
    scenario::Scenario healthy_;
    std::unique_ptr<protocol::Service> service_;
    transport::Server server_;
};

} // namespace postfault::suite
