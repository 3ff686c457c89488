#include "harness/observe/snapshot.hpp"
#include "tests/unit/observe/support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include <sched.h>

namespace postfault::observe {

namespace {

// The kernel works off FIN and data at once on loopback, but not within our call.
std::vector<SocketState> sockets_once(const Client& client, const Listener& server, const std::string& state,
                                      SocketTable (*read_table)() = read_socket_table) {
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::vector<SocketState> sockets;
    do {
        sockets = sockets_towards({server.port()}, read_table(), client.pid());
        if (sockets.size() == 1 && sockets.front().state == state)
            break;
        ::sched_yield();
    } while (std::chrono::steady_clock::now() < bound);
    return sockets;
}

std::string connecting_client(const Listener& server) {
    return fmt::format("s = socket.create_connection(('127.0.0.1', {}))\n"
                       "print(s.fileno(), flush=True)\n"
                       "time.sleep(1000)\n",
                       server.port());
}

} // namespace

TEST_CASE("ESTABLISHED and CLOSE_WAIT are seen with what lies unread", "[observe][proc]") {
    SocketTable (*const read_table)() = GENERATE(&read_socket_table, &read_socket_table_from_proc);
    const Listener server;
    const Client client(connecting_client(server));
    process::UniqueFd connection = server.accept();
    REQUIRE(connection);

    auto sockets = sockets_once(client, server, "ESTABLISHED", read_table);
    REQUIRE(sockets.size() == 1);
    CHECK(sockets[0].state == "ESTABLISHED");
    CHECK(std::to_string(sockets[0].fd) == client.first_line());
    CHECK(sockets[0].pid == client.pid());
    CHECK(sockets[0].peer_port == server.port());
    CHECK(sockets[0].receive_queue == 0);

    REQUIRE(::send(connection.get(), "hello", 5, 0) == 5);
    connection.reset();
    sockets = sockets_once(client, server, "CLOSE_WAIT", read_table);
    REQUIRE(sockets.size() == 1);
    CHECK(sockets[0].state == "CLOSE_WAIT");
    CHECK(sockets[0].receive_queue == 5); // the FIN is not counted
    CHECK(sockets[0].send_queue == 0);

    CHECK(sockets_towards({1}, read_table(), client.pid()).empty());
    CHECK_FALSE(read_table().any_towards({1}));
}

TEST_CASE("a connect that nobody answers is SYN_SENT", "[observe][proc]") {
    const Listener server;
    // Its queue is full after eleven: nobody accepts.
    const Client client(fmt::format("c = []\n"
                                    "for i in range(11): c.append(socket.create_connection(('127.0.0.1', {0})))\n"
                                    "s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', {0}))\n"
                                    "print(s.fileno(), flush=True); time.sleep(1000)\n",
                                    server.port()));
    const auto sockets = sockets_towards({server.port()}, read_socket_table(), client.pid());
    CHECK(sockets.size() == 12);
    const auto waiting = std::find_if(sockets.begin(), sockets.end(),
                                      [](const SocketState& socket) { return socket.state == "SYN_SENT"; });
    REQUIRE(waiting != sockets.end());
    CHECK(std::to_string(waiting->fd) == client.first_line());
    CHECK(waiting->send_queue == 0);
}

TEST_CASE("IPv6 sockets are in the table too", "[observe][proc]") {
    const Client client("l = socket.socket(socket.AF_INET6)\n"
                        "try: l.bind(('::1', 0))\n"
                        "except OSError: print('none', flush=True); time.sleep(1000)\n"
                        "l.listen(); s = socket.create_connection(l.getsockname()[:2])\n"
                        "print(l.getsockname()[1], flush=True); time.sleep(1000)\n");
    if (client.first_line() == "none")
        return;
    const auto port = static_cast<std::uint16_t>(std::stoi(client.first_line()));
    CHECK(sockets_towards({port}, read_socket_table(), client.pid()).size() == 1);
    CHECK(sockets_towards({port}, read_socket_table_from_proc(), client.pid()).size() == 1);
}

TEST_CASE("a snapshot adds up what all processes use", "[observe][snapshot]") {
    const Listener server;
    const Client client(connecting_client(server));
    const Client spinning("print('go', flush=True)\nwhile True: pass");
    const Snapshot first = take_snapshot({client.pid(), spinning.pid(), 0x3ffffffe}, {server.port()},
                                         read_socket_table(), Instant{Duration{7}}, "sample", false);
    CHECK(first.at == Instant{Duration{7}});
    CHECK(first.reason == "sample");
    CHECK(first.processes == 2);
    CHECK(first.sockets.size() == 1);
    CHECK(first.threads.empty());
    CHECK(first.rss > 2'000'000);
    CHECK(first.peak_rss >= first.rss);
    CHECK(first.descriptors >= 7);
    CHECK(first.cpu > Duration{1000});

    Snapshot later;
    do
        later = take_snapshot({client.pid(), spinning.pid()}, {server.port()}, read_socket_table(), Instant{},
                              "patience is over", true);
    while (later.cpu < first.cpu + Duration{20'000}); // it spins: this ends
    CHECK(later.threads.size() == 2);
    CHECK(later.run_delay >= first.run_delay);
}

TEST_CASE("200 processes are sampled quickly", "[!benchmark][observe][snapshot]") {
    const Listener server;
    const Client client(connecting_client(server));
    const std::vector<pid_t> pids{client.pid()};
    for (const bool threads : {false, true}) {
        const auto start = std::chrono::steady_clock::now();
        const SocketTable table = read_socket_table();
        const std::chrono::duration<double, std::milli> for_table = std::chrono::steady_clock::now() - start;
        for (int i = 0; i < 200; ++i)
            take_snapshot(pids, {server.port()}, table, Instant{}, "sample", threads);
        const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
        WARN(fmt::format("threads {}: table of {} {:.2f} ms, each of 200 snapshots {:.3f} ms", threads,
                         table.rows().size(), for_table.count(), (spent - for_table).count() / 200));
    }
}

} // namespace postfault::observe
