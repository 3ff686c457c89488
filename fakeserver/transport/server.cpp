#include "fakeserver/transport/server.hpp"

#include "fakeserver/fault/admission.hpp"
#include "fakeserver/transport/tls_channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::transport {

namespace {

using Kind = journal::Event::Kind;

constexpr int most_port_choices = 20;

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
      service_(service), settings_(std::move(settings)), rng_(settings_.seed) {
    open_doors(context);
    for (const auto& address : addresses())
        note(Kind::listening, 0, fmt::format("{}:{}", address.address().to_string(), address.port()), 0);
    prepare_all_for(1);
}

Server::~Server() { stop(); }

std::vector<asio::ip::tcp::endpoint> Server::addresses() const {
    std::vector<asio::ip::tcp::endpoint> all;
    for (const auto& door : doors_)
        all.push_back(door->listener.address());
    return all;
}

void Server::on_connect_attempt(const std::string& address) {
    Door* const door = door_at(address);
    if (door == nullptr)
        return; // somebody else's, who has the same port
    const std::uint32_t number = ++attempts_;
    note(Kind::connect_attempt, static_cast<int>(number), {}, number, name_of(*door));
    prepare_for(*door, number);
    if (door->unseen_fault)
        note_fired(*std::exchange(door->unseen_fault, std::nullopt), number);
    if (door->listener.state() == Listener::State::accepts)
        door->expected.push_back(number);
}

void Server::disarm() {
    armed_ = false;
    prepare_all_for(attempts_ + 1);
}

void Server::resume_reading() {
    for (const auto& connection : connections_)
        connection->resume_reading();
}

bool Server::all_ended() const {
    return std::all_of(doors_.begin(), doors_.end(), [](const auto& door) { return door->expected.empty(); }) &&
           std::all_of(connections_.begin(), connections_.end(),
                       [](const auto& connection) { return connection->ended(); });
}

void Server::stop() {
    for (const auto& door : doors_) {
        // A swallowed SYN leaves its trace in a counter only.
        if (door->unseen_fault && door->listener.swallowed() > 0)
            note_fired(*std::exchange(door->unseen_fault, std::nullopt), 1);
        door->listener.set(Listener::State::refuses);
    }
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
        return keeps_out && (fault.conn || fault.nth || fault.address || fault.probability < 1);
    });
}

// With several addresses a port that the kernel has chosen for the first one may be taken on another one.
void Server::open_doors(asio::io_context& context) {
    const std::uint32_t count = surroundings_.scenario.server.addresses;
    if (count > 1 && !settings_.listen.address().is_v4())
        throw boost::system::system_error(asio::error::address_family_not_supported,
                                          "several addresses begin with one of IPv4");
    for (int choices = most_port_choices; doors_.size() < count;) {
        try {
            if (doors_.empty()) {
                open_door(context, settings_.listen);
                continue;
            }
            const auto first = doors_.front()->listener.address();
            const auto next = first.address().to_v4().to_uint() + static_cast<std::uint32_t>(doors_.size());
            open_door(context, {asio::ip::address_v4(next), first.port()});
        } catch (const boost::system::system_error& error) {
            const bool chosen_by_kernel = !doors_.empty() && settings_.listen.port() == 0;
            doors_.clear();
            if (!chosen_by_kernel || error.code() != asio::error::address_in_use || --choices == 0)
                throw;
        }
    }
}

void Server::open_door(asio::io_context& context, const asio::ip::tcp::endpoint& address) {
    const std::size_t index = doors_.size();
    doors_.push_back(std::make_unique<Door>(
        context, address, static_cast<std::uint32_t>(index + 1),
        [this, index](asio::ip::tcp::socket socket) { on_accept(*doors_[index], std::move(socket)); },
        [this](const error_code& error) {
            note(Kind::note, 0, "clients have to wait for their connections: " + error.message(), 0);
        },
        surroundings_.scenario.server.buffer));
}

Server::Door* Server::door_at(const std::string& address) {
    if (doors_.size() == 1)
        return doors_.front().get();
    const auto found = std::find_if(doors_.begin(), doors_.end(), [&](const auto& door) {
        return door->listener.address().address().to_string() == address;
    });
    return found == doors_.end() ? nullptr : found->get();
}

void Server::prepare_for(Door& door, std::uint32_t connection) {
    fault::ConnectPlan plan;
    if (armed_)
        plan = fault::plan_connect(surroundings_.scenario, connection, door.number, rng_);
    door.listener.set(state_for(plan.admission));
    door.unseen_fault = plan.fault;
}

void Server::prepare_all_for(std::uint32_t connection) {
    for (const auto& door : doors_)
        prepare_for(*door, connection);
}

// For the journal; nothing where there is only one.
std::string Server::name_of(const Door& door) const { return doors_.size() == 1 ? "" : std::to_string(door.number); }

void Server::on_accept(Door& door, asio::ip::tcp::socket socket) {
    std::uint32_t number = 0;
    const bool announced = !door.expected.empty();
    if (announced) {
        number = door.expected.front();
        door.expected.pop_front();
    } else {
        number = ++attempts_;
    }
    if (surroundings_.before_command)
        surroundings_.before_command();
    forget_closed();
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    note(Kind::connected, static_cast<int>(number), fmt::format("{}:{}", peer.address().to_string(), peer.port()),
         peer.port(), name_of(door));
    fault::Occasion occasion;
    occasion.connection = number;
    occasion.address = door.number;
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
        prepare_all_for(number + 1);
}

// A server may live for long and meet any number of clients; seldom enough that it costs nothing with many open ones.
void Server::forget_closed() {
    if (surroundings_.closed * 16 < connections_.size())
        return;
    std::erase_if(connections_, [](const auto& connection) { return connection->closed(); });
    surroundings_.closed = 0;
}

void Server::note(Kind kind, int connection, std::string text, std::uint64_t count, std::string subject) {
    journal::Event event;
    event.at = surroundings_.time.now();
    event.kind = kind;
    event.connection = connection;
    event.subject = std::move(subject);
    event.text = std::move(text);
    event.count = count;
    surroundings_.journal.add(std::move(event));
}

void Server::note_fired(std::size_t fault, std::uint32_t connection) {
    note(Kind::fault_fired, static_cast<int>(connection), scenario::describe(surroundings_.scenario.faults.at(fault)),
         fault);
}

} // namespace postfault::transport
