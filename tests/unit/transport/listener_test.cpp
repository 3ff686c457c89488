#include "fakeserver/transport/listener.hpp"
#include "tests/unit/transport/loopback.hpp"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace postfault::test {

namespace {

using namespace std::chrono_literals;
using State = transport::Listener::State;

// Of the sockets that this process has open right now.
std::vector<int> inherited_sockets() {
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code error;
        const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
        const int descriptor = std::stoi(entry.path().filename().string());
        if (!error && target.starts_with("socket:") && (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) == 0)
            found.push_back(descriptor);
    }
    return found;
}

std::uint8_t tcp_state(tcp::socket& socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    REQUIRE(::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_state;
}

std::string refusal_of(const std::function<void()>& listen) {
    try {
        listen();
    } catch (const boost::system::system_error& error) {
        CHECK(error.code() == asio::error::address_in_use);
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("A listener refuses, accepts and refuses again on one port", "[transport][listener]") {
    asio::io_context context;
    std::vector<tcp::socket> accepted;
    transport::Listener listener(context, {asio::ip::address_v4::loopback(), 0},
                                 [&](tcp::socket socket) { accepted.push_back(std::move(socket)); });
    REQUIRE(listener.address().port() != 0);
    const auto try_once = [&] {
        tcp::socket socket(context);
        error_code error;
        socket.connect(listener.address(), error);
        const std::size_t before = accepted.size();
        while (!error && accepted.size() == before) {
            context.restart();
            if (context.run_one_for(10s) == 0)
                break;
        }
        return error;
    };
    CHECK(listener.state() == State::refuses);
    CHECK(try_once() == asio::error::connection_refused);
    for (int round = 0; round < 3; ++round) {
        listener.set(State::accepts);
        CHECK_FALSE(try_once());
        CHECK_FALSE(try_once());
        listener.set(State::refuses);
        CHECK(try_once() == asio::error::connection_refused);
    }
    CHECK(accepted.size() == 6);
}

TEST_CASE("A black hole never answers, and counts who tried", "[transport][listener]") {
    asio::io_context context;
    transport::Listener listener(context, {asio::ip::address_v4::loopback(), 0}, [](tcp::socket) {});
    listener.set(State::swallows);
    CHECK(listener.swallowed() == 0);
    std::optional<error_code> result;
    tcp::socket socket(context);
    socket.async_connect(listener.address(), [&](const error_code& error) { result = error; });
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (listener.swallowed() == 0 && std::chrono::steady_clock::now() < end) {
        context.restart();
        context.run_one_for(5ms);
    }
    CHECK(listener.swallowed() == 1);
    CHECK_FALSE(result.has_value());
    CHECK(tcp_state(socket) == TCP_SYN_SENT);

    // The kernel tries again after a second: by then we may be friendlier.
    SECTION("and may accept later") {
        listener.set(State::accepts);
        while (!result && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_one_for(50ms);
        }
        REQUIRE(result.has_value());
        CHECK_FALSE(*result);
    }
    SECTION("or refuse") {
        listener.set(State::refuses);
        while (!result && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_one_for(50ms);
        }
        REQUIRE(result.has_value());
        CHECK(*result == asio::error::connection_refused);
    }
    CHECK(listener.swallowed() == 1); // not forgotten
    socket.close();
    context.restart();
    context.poll();
}

TEST_CASE("A port that somebody has is refused in words", "[transport][listener]") {
    asio::io_context context;
    SECTION("by a stranger") {
        tcp::acceptor other(context, {asio::ip::address_v4::loopback(), 0});
        const auto text = refusal_of([&] { transport::Listener(context, other.local_endpoint(), {}); });
        CHECK_THAT(text, Catch::Contains("Address already in use"));
    }
    SECTION("by another of our servers, whatever it does at the moment") {
        for (const State state : {State::accepts, State::swallows, State::refuses}) {
            transport::Listener other(context, {asio::ip::address_v4::loopback(), 0}, [](tcp::socket) {});
            other.set(state);
            const auto text = refusal_of([&] { transport::Listener(context, other.address(), {}); });
            CAPTURE(static_cast<int>(state));
            CHECK_THAT(text, Catch::Contains("Address already in use"));
        }
    }
}

TEST_CASE("A port is free again when its listener is gone", "[transport][listener]") {
    asio::io_context context;
    tcp::endpoint address{asio::ip::address_v4::loopback(), 0};
    for (int round = 0; round < 3; ++round) {
        transport::Listener listener(context, address, [](tcp::socket) {});
        listener.set(State::accepts);
        address = listener.address();
    }
    CHECK(address.port() != 0);
}

TEST_CASE("No socket of the server is inherited by a client's process", "[transport][listener]") {
    REQUIRE(inherited_sockets().empty());
    Loopback net({fault("greeting", {"stall"})});
    CHECK(inherited_sockets().empty());
    PlainClient& client = net.connect();
    const int own = client.socket().native_handle();
    REQUIRE(::fcntl(own, F_SETFD, FD_CLOEXEC) == 0);
    REQUIRE(net.await(Kind::fault_fired));
    CHECK(inherited_sockets().empty());
}

TEST_CASE("Refused and swallowed attempts count when they are announced", "[transport]") {
    Loopback net({fault("connect", {"refuse"}, scenario::Selector{1, 1, 1}),
                  fault("connect", {"refuse"}, scenario::Selector{3, 3, 1}),
                  fault("greeting", {"reply 421 fourth"}, scenario::Selector{4, 4, 1})},
                 true);
    std::vector<bool> connected;
    for (int attempt = 1; attempt <= 4; ++attempt) {
        net.server().on_connect_attempt("127.0.0.1");
        error_code error;
        PlainClient& client = net.connect(&error);
        connected.push_back(!error);
        if (error)
            CHECK(error == asio::error::connection_refused);
        else
            CHECK(net.await([&] { return client.heard().find('\n') != std::string::npos; }));
        if (attempt == 4)
            CHECK(client.heard().starts_with("421 fourth"));
    }
    CHECK(connected == std::vector<bool>{false, true, false, true});
    for (int attempt = 1; attempt <= 4; ++attempt) {
        CAPTURE(attempt);
        CHECK(net.count(Kind::connect_attempt, attempt) == 1);
        CHECK(net.count(Kind::connected, attempt) == (attempt % 2 == 0 ? 1 : 0));
        CHECK(net.count(Kind::fault_fired, attempt) == (attempt == 2 ? 0 : 1));
    }
}

TEST_CASE("Connections that nobody announces are counted as they come", "[transport]") {
    Loopback net({});
    for (int number = 1; number <= 3; ++number) {
        net.connect();
        REQUIRE(net.await(Kind::connected, number));
    }
    CHECK(net.count(Kind::connect_attempt, 1) == 0);
}

TEST_CASE("Whether connects must be announced depends on the faults", "[transport]") {
    const auto needs = [](std::vector<scenario::Fault> faults) {
        scenario::Scenario scenario;
        scenario.faults = std::move(faults);
        return transport::Server::needs_announced_connects(scenario);
    };
    CHECK_FALSE(needs({}));
    CHECK_FALSE(needs({fault("connect", {"refuse"})}));
    CHECK(needs({fault("connect", {"refuse"}, scenario::Selector{1, 1, 1})}));
    CHECK(needs({fault("connect", {"blackhole"}, scenario::Selector{2, 2, 1})}));
    CHECK_FALSE(needs({fault("greeting", {"stall"}, scenario::Selector{1, 1, 1})}));
    scenario::Fault one_address = fault("connect", {"refuse"});
    one_address.address = 1;
    CHECK(needs({one_address})); // or the fault would be taken for one of a connection to another address
}

TEST_CASE("A server may have several addresses, each with faults of its own", "[transport]") {
    scenario::Fault refuses = fault("connect", {"refuse"});
    refuses.address = 1;
    scenario::Fault later = fault("greeting", {"reply 421 fourth"}, scenario::Selector{4, 4, 1});
    later.address = 2;
    scenario::Fault never = fault("greeting", {"reply 421 never"}, scenario::Selector{3, 3, 1});
    never.address = 2;
    Loopback net({refuses, later, never}, true, 3);
    const auto addresses = net.server().addresses();
    REQUIRE(addresses.size() == 3);
    const std::vector<std::string> names{"127.0.0.1", "127.0.0.2", "127.0.0.3"};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(addresses[i].address().to_string() == names[i]);
        CHECK(addresses[i].port() == addresses[0].port());
    }
    CHECK(net.server().address() == addresses[0]);

    net.server().on_connect_attempt("127.0.0.9"); // not ours
    int number = 0;
    for (const std::size_t address : {1U, 2U, 3U, 2U, 1U}) {
        CAPTURE(address, ++number);
        net.server().on_connect_attempt(names[address - 1]);
        error_code error;
        PlainClient& client = net.connect(&error, address);
        CHECK(net.find(Kind::connect_attempt, number).subject == std::to_string(address));
        if (address == 1) {
            CHECK(error == asio::error::connection_refused);
            CHECK(net.count(Kind::fault_fired, number) == 1);
            continue;
        }
        REQUIRE_FALSE(error);
        CHECK(net.await([&] { return client.heard().find('\n') != std::string::npos; }));
        CHECK(client.heard().starts_with(number == 4 ? "421 fourth" : "220 "));
        CHECK(net.find(Kind::connected, number).subject == std::to_string(address));
    }
    net.server().disarm();
    error_code error;
    net.connect(&error, 1);
    CHECK_FALSE(error);
}

TEST_CASE("A black hole at one address leaves the others alone", "[transport]") {
    scenario::Fault swallows = fault("connect", {"blackhole"});
    swallows.address = 1;
    Loopback net({swallows}, true, 2);
    net.server().on_connect_attempt("127.0.0.1");
    std::optional<error_code> result;
    tcp::socket lost(net.context());
    lost.async_connect(net.server().address(), [&](const error_code& error) { result = error; });
    net.server().on_connect_attempt("127.0.0.2");
    PlainClient& client = net.connect(nullptr, 2);
    CHECK(net.await([&] { return client.heard().starts_with("220 "); }));
    CHECK(net.count(Kind::fault_fired, 1) == 1);
    CHECK(net.count(Kind::fault_fired, 2) == 0);
    CHECK_FALSE(result.has_value());
    CHECK(tcp_state(lost) == TCP_SYN_SENT);
    lost.close();
    CHECK(net.await([&] { return result.has_value(); }));
}

TEST_CASE("A port that is taken on one of several addresses is refused in words", "[transport]") {
    asio::io_context context;
    scenario::Scenario scenario;
    scenario.server.addresses = 2;
    protocol::smtp::Service service;
    journal::Journal journal;
    const transport::RunTime time;
    tcp::acceptor other(context, {asio::ip::make_address("127.0.0.2"), 0});
    const auto listen_on = [&](const char* address, std::uint16_t port) {
        transport::ServerSettings settings;
        settings.listen = {asio::ip::make_address(address), port};
        transport::Server(context, scenario, service, journal, time, settings);
    };
    CHECK_THAT(refusal_of([&] { listen_on("127.0.0.1", other.local_endpoint().port()); }),
               Catch::Contains("Address already in use"));
    CHECK_THROWS_AS(listen_on("::1", 0), boost::system::system_error);
    listen_on("127.0.0.1", 0);
}

TEST_CASE("Five hundred silent connections at once are served, and all their ends are seen", "[transport]") {
    constexpr int count = 500;
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_cur < 2 * count + 100 && limit.rlim_max >= 2 * count + 100) {
        limit.rlim_cur = limit.rlim_max;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    Loopback net({fault("greeting", {"stall"})});
    std::vector<PlainClient*> clients;
    for (int number = 1; number <= count; ++number) {
        clients.push_back(&net.connect());
        REQUIRE(net.await(Kind::connected, number)); // the kernel's queue is shorter than that
    }
    REQUIRE(net.await([&] { return net.count(Kind::fault_fired, count) == 1; }));
    CHECK_FALSE(net.server().all_ended());
    for (PlainClient* const client : clients)
        client->close();
    REQUIRE(net.await([&] { return net.server().all_ended(); }));
    for (int number = 1; number <= count; ++number)
        if (net.count(Kind::client_fin, number) != 1)
            FAIL_CHECK("the FIN of connection " << number << " was not seen");
}

} // namespace postfault::test
