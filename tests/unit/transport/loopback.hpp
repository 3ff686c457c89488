#pragma once

#include "fakeserver/journal/journal.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/transport/asio.hpp"
#include "fakeserver/transport/run_time.hpp"
#include "fakeserver/transport/server.hpp"

#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::test {

using tcp = asio::ip::tcp;
using Kind = journal::Event::Kind;

inline scenario::Fault fault(std::string_view at, std::initializer_list<std::string_view> actions,
                             std::optional<scenario::Selector> conn = std::nullopt) {
    scenario::Fault result;
    result.at = *scenario::parse_point(at, scenario::Protocol::smtp);
    for (const std::string_view action : actions)
        result.actions.push_back(*scenario::parse_action(action));
    result.conn = conn;
    return result;
}

// A plain socket on the other side, on the same thread: what comes to it is an event of the same io_context.
class PlainClient {
public:
    explicit PlainClient(asio::io_context& context) : socket_(context) {}

    error_code connect(const tcp::endpoint& server) {
        error_code error;
        socket_.connect(server, error);
        if (!error)
            read_on();
        return error;
    }

    void say(std::string_view bytes) {
        error_code error;
        asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), error);
    }

    void fin() { socket_.shutdown(tcp::socket::shutdown_send); }

    void close() { socket_.close(); }

    void reset() {
        socket_.set_option(asio::socket_base::linger(true, 0));
        socket_.close();
    }

    const std::string& heard() const { return heard_; }

    // How the server's side has ended: eof or connection_reset.
    const std::optional<error_code>& end() const { return end_; }

    tcp::socket& socket() { return socket_; }

private:
    void read_on() {
        socket_.async_read_some(asio::buffer(buffer_), [this](const error_code& error, std::size_t count) {
            if (error == asio::error::operation_aborted)
                return;
            if (error) {
                end_ = error;
                return;
            }
            heard_.append(buffer_.data(), count);
            read_on();
        });
    }

    tcp::socket socket_;
    std::array<char, 4096> buffer_{};
    std::string heard_;
    std::optional<error_code> end_;
};

// A server with faults on a port of the kernel's choice, and the journal of what happened to it.
class Loopback {
public:
    explicit Loopback(std::vector<scenario::Fault> faults, bool connects_announced = false, std::uint32_t addresses = 1,
                      std::optional<std::uint32_t> buffer = std::nullopt) {
        scenario_.server.addresses = addresses;
        scenario_.faults = std::move(faults);
        scenario_.server.buffer = buffer;
        transport::ServerSettings settings;
        settings.limit = std::chrono::milliseconds{200};
        settings.connects_announced = connects_announced;
        server_ = std::make_unique<transport::Server>(context_, scenario_, service_, journal_, time_, settings);
    }

    ~Loopback() {
        // Clients' and connections' handlers end before what they point to does.
        server_->stop();
        clients_.clear();
        context_.restart();
        context_.poll();
        server_.reset();
    }

    Loopback(const Loopback&) = delete;
    Loopback& operator=(const Loopback&) = delete;

    // A client that is connected, or with an error.
    PlainClient& connect(error_code* error = nullptr, std::size_t address = 1) {
        PlainClient& client = *clients_.emplace_back(std::make_unique<PlainClient>(context_));
        const error_code result = client.connect(server_->addresses().at(address - 1));
        if (error != nullptr)
            *error = result;
        else
            REQUIRE_FALSE(result);
        return client;
    }

    // Lets events happen until it holds; far more time than anything here takes, so only a defect reaches the end.
    bool await(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            context_.restart();
            context_.run_one_for(std::chrono::milliseconds{20});
        }
        return true;
    }

    bool await(Kind kind, int connection = 1) {
        return await([&] { return count(kind, connection) > 0; });
    }

    // A whole conversation of somebody else: after it the server has had time for everything that could be done.
    void others_are_served() {
        PlainClient& other = connect();
        other.say("QUIT\r\n");
        CHECK(await([&] { return other.end().has_value(); }));
        other.close();
    }

    // The first of its kind; throws if there is none.
    const journal::Event& find(Kind kind, int connection = 1) const {
        for (const journal::Event& event : journal_.events())
            if (event.kind == kind && event.connection == connection)
                return event;
        throw std::out_of_range("no such event in the journal");
    }

    std::size_t count(Kind kind, int connection = 1) const {
        const auto& events = journal_.events();
        return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const journal::Event& event) {
            return event.kind == kind && event.connection == connection;
        }));
    }

    transport::Server& server() { return *server_; }

    asio::io_context& context() { return context_; }

    const std::vector<journal::Event>& events() const { return journal_.events(); }

    std::size_t stored() const { return service_.stored().size(); }

private:
    asio::io_context context_;
    scenario::Scenario scenario_;
    protocol::smtp::Service service_;
    journal::Journal journal_;
    transport::RunTime time_;
    std::unique_ptr<transport::Server> server_;
    std::vector<std::unique_ptr<PlainClient>> clients_;
};

} // namespace postfault::test
