#include "fakeserver/transport/server.hpp"

#include "fakeserver/transport/tls_channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::transport {

namespace {

using Kind = journal::Event::Kind;

Listener::State state_for(fault::Admission admission) {
    switch (admission) {
    case fault::Admission::refuse:
        return Listener::State::refuses;
    case fault::Admission::blackhole:
        return Listener::State::swallows;
    case fault::Admission::accept:
        break;
    }
    return Listener::State::accepts;
}

} // namespace

Server::Server(asio::io_context& context, const scenario::Scenario& scenario, protocol::Service& service,
               journal::Journal& journal, const RunTime& time, ServerSettings settings)
    : surroundings_{context, scenario, time, journal, settings.before_command, settings.on_connection_ended, 0, 0},
      service_(service), settings_(std::move(settings)), rng_(settings_.seed),
      listener_(
          context, settings_.listen, [this](asio::ip::tcp::socket socket) { on_accept(std::move(socket)); },
          [this](const error_code& error) {
              note(Kind::note, 0, "clients have to wait for their connections: " + error.message(), 0);
          }) {
    const auto address = listener_.address();
    note(Kind::listening, 0, fmt::format("{}:{}", address.address().to_string(), address.port()), 0);
    prepare_for(1);
}

Server::~Server() { stop(); }

void Server::on_connect_attempt() {
    const std::uint32_t number = ++attempts_;
    note(Kind::connect_attempt, static_cast<int>(number), {}, number);
    prepare_for(number);
    if (unseen_fault_)
        note_fired(*std::exchange(unseen_fault_, std::nullopt), number);
    if (listener_.state() == Listener::State::accepts)
        expected_.push_back(number);
}

void Server::disarm() {
    armed_ = false;
    prepare_for(attempts_ + 1);
}

void Server::resume_reading() {
    for (const auto& connection : connections_)
        connection->resume_reading();
}

bool Server::all_ended() const {
    return expected_.empty() && std::all_of(connections_.begin(), connections_.end(),
                                            [](const auto& connection) { return connection->ended(); });
}

void Server::stop() {
    // A swallowed SYN leaves its trace in a counter only.
    if (unseen_fault_ && listener_.swallowed() > 0)
        note_fired(*std::exchange(unseen_fault_, std::nullopt), 1);
    listener_.set(Listener::State::refuses);
    for (const auto& connection : connections_)
        connection->stop();
    connections_.clear();
}

bool Server::needs_announced_connects(const scenario::Scenario& scenario) {
    return std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const scenario::Fault& fault) {
        const bool keeps_out =
            std::any_of(fault.actions.begin(), fault.actions.end(), [](const scenario::Action& action) {
                return std::holds_alternative<scenario::Refuse>(action) ||
                       std::holds_alternative<scenario::Blackhole>(action);
            });
        return keeps_out && (fault.conn || fault.nth || fault.probability < 1);
    });
}

void Server::prepare_for(std::uint32_t connection) {
    fault::ConnectPlan plan;
    if (armed_)
        plan = fault::plan_connect(surroundings_.scenario, connection, rng_);
    listener_.set(state_for(plan.admission));
    unseen_fault_ = plan.fault;
}

void Server::on_accept(asio::ip::tcp::socket socket) {
    std::uint32_t number = 0;
    const bool announced = !expected_.empty();
    if (announced) {
        number = expected_.front();
        expected_.pop_front();
    } else {
        number = ++attempts_;
    }
    if (surroundings_.before_command)
        surroundings_.before_command();
    forget_closed();
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    note(Kind::connected, static_cast<int>(number), fmt::format("{}:{}", peer.address().to_string(), peer.port()),
         peer.port());
    fault::Occasion occasion;
    occasion.connection = number;
    occasion.limit = settings_.limit;
    occasion.upload_octets = settings_.upload_octets;
    occasion.rng = rng_.fork(fmt::format("conn {}", number));
    occasion.faults_armed = [this] { return armed_; };
    if (tls::Authority* const authority = settings_.authority)
        occasion.open_channel = [authority] { return std::make_unique<TlsChannel>(*authority); };
    if (settings_.choose)
        occasion.choose = [this, client = peer.address().to_string()](const protocol::Facts& facts) {
            return settings_.choose(facts, client);
        };
    // A server may live long.
    std::erase_if(connections_, [](const auto& known) { return known->closed(); });
    auto connection =
        std::make_shared<Connection>(surroundings_, std::move(socket), service_.open(), std::move(occasion));
    connections_.push_back(connection);
    connection->start();
    if (!announced)
        prepare_for(number + 1);
}

// A server may live for long and meet any number of clients; seldom enough that it costs nothing with many open ones.
void Server::forget_closed() {
    if (surroundings_.closed * 16 < connections_.size())
        return;
    std::erase_if(connections_, [](const auto& connection) { return connection->closed(); });
    surroundings_.closed = 0;
}

void Server::note(Kind kind, int connection, std::string text, std::uint64_t count) {
    journal::Event event;
    event.at = surroundings_.time.now();
    event.kind = kind;
    event.connection = connection;
    event.text = std::move(text);
    event.count = count;
    surroundings_.journal.add(std::move(event));
}

void Server::note_fired(std::size_t fault, std::uint32_t connection) {
    note(Kind::fault_fired, static_cast<int>(connection), scenario::describe(surroundings_.scenario.faults.at(fault)),
         fault);
}

} // namespace postfault::transport
