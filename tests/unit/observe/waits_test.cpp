#include "harness/observe/waits.hpp"
#include "tests/unit/observe/support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <string>

#include <sched.h>

namespace postfault::observe {

namespace {

// The client has said that it is about to wait; look until the kernel says that it does.
ThreadWait wait_of(const Client& client, const std::string& call) {
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    ThreadWait last;
    while (std::chrono::steady_clock::now() < bound) {
        for (ThreadWait& wait : read_waits(client.pid())) {
            last = wait;
            if (wait.call.find(call) != std::string::npos)
                return wait;
        }
        ::sched_yield();
    }
    FAIL(fmt::format("the last call seen is '{}', state {}", last.call, last.state));
    return last;
}

std::string connected(const Listener& server) {
    return fmt::format("s = socket.create_connection(('127.0.0.1', {}))\n", server.port());
}

constexpr const char* ready = "print(s.fileno(), flush=True)\n";

} // namespace

TEST_CASE("a plain recv has no timeout", "[observe][waits]") {
    const Listener server;
    const Client client(connected(server) + ready + "s.recv(1)");
    const ThreadWait wait = wait_of(client, "recvfrom");
    CHECK(wait.call == "recvfrom(fd " + client.first_line() + ")");
    CHECK(wait.timeout == "no timeout");
    CHECK(wait.state == 'S');
    CHECK(wait.command.starts_with("python"));
    CHECK(wait.pid == client.pid());
}

TEST_CASE("the timeout of a socket option is seen", "[observe][waits]") {
    const Listener server;
    const std::string set = "import struct\n"
                            "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 100, 0))\n";
    const Client client(connected(server) + set + ready + "s.recv(1)");
    CHECK(wait_of(client, "recvfrom").timeout == "100.000 s");
}

TEST_CASE("the timeout of poll is seen", "[observe][waits]") {
    const Listener server;
    const Client client(connected(server) + ready + "p = select.poll(); p.register(s); p.modify(s, 1); p.poll(77000)");
    const ThreadWait wait = wait_of(client, "poll");
    CHECK(wait.call == "poll(fd " + client.first_line() + ")");
    CHECK(wait.timeout == "77.000 s");
}

TEST_CASE("the timeout of select is seen, and its absence", "[observe][waits]") {
    const Listener server;
    const Client limited(connected(server) + ready + "select.select([s], [], [], 33.5)");
    ThreadWait wait = wait_of(limited, "select("); // pselect on some machines
    CHECK(wait.call.find("select(fd " + limited.first_line() + ")") != std::string::npos);
    CHECK(wait.timeout == "33.500 s");
    const Client endless(connected(server) + ready + "select.select([s], [], [])");
    wait = wait_of(endless, "select(");
    CHECK(wait.timeout == "no timeout");
}

TEST_CASE("epoll without limit is told, and a timerfd in it is found", "[observe][waits]") {
    const Listener server;
    const std::string loop = "e = select.epoll(); e.register(s, 1)\n";
    const Client endless(connected(server) + loop + "print(e.fileno(), flush=True); e.poll()");
    const ThreadWait wait = wait_of(endless, "epoll_wait");
    CHECK(wait.call == "epoll_wait(epoll fd " + endless.first_line() + ")");
    CHECK(wait.timeout == "no timeout");

    const std::string timer = "import ctypes, struct\n"
                              "libc = ctypes.CDLL(None)\n"
                              "t = libc.timerfd_create(1, 0)\n"
                              "libc.timerfd_settime(t, 0, struct.pack('llll', 0, 0, 1000, 0), None)\n"
                              "e.register(t, 1)\n"
                              "print(t, flush=True)\n";
    const Client limited(connected(server) + loop + timer + "e.poll()");
    const std::string text = wait_of(limited, "epoll_wait").timeout;
    CHECK((text.starts_with("99") || text.starts_with("1000.000")));
    CHECK(text.ends_with(" s left (timer fd " + limited.first_line() + ")"));
}

TEST_CASE("a caught SIGALRM may hide a timeout", "[observe][waits]") {
    const Listener server;
    const Client client(connected(server) + "signal.signal(signal.SIGALRM, lambda *_: None)\n" + ready + "s.recv(1)");
    CHECK(wait_of(client, "recvfrom").timeout == "no timeout visible (SIGALRM is caught)");
}

TEST_CASE("a blocked write is told from a read", "[observe][waits]") {
    const Listener server;
    const Client client(connected(server) + ready + "s.sendall(b'x' * 100000000)");
    const process::UniqueFd connection = server.accept();
    const ThreadWait wait = wait_of(client, "sendto");
    CHECK(wait.call == "sendto(fd " + client.first_line() + ")");
    CHECK(wait.timeout == "no timeout");
}

TEST_CASE("every thread is looked at", "[observe][waits]") {
    const Listener server;
    const Client client(connected(server) +
                        "threading.Thread(target=lambda: s.recv(1)).start()\n"
                        "threading.Thread(target=lambda: time.sleep(500)).start()\n" +
                        ready + "threading.Event().wait(1000)");
    CHECK(wait_of(client, "recvfrom").tid != client.pid());
    const ThreadWait sleeper = wait_of(client, "clock_nanosleep");
    CHECK((sleeper.timeout.starts_with("500.000 s") || sleeper.timeout.starts_with("499.")));
    const ThreadWait main = wait_of(client, "futex");
    CHECK(main.tid == client.pid());
    CHECK((main.timeout.starts_with("99") || main.timeout.starts_with("1000.000")));
    CHECK(main.timeout.ends_with(" s left"));
}

TEST_CASE("a running thread waits for nothing", "[observe][waits]") {
    const Client client("print('go', flush=True)\nwhile True: pass");
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    ThreadWait wait;
    do {
        const auto waits = read_waits(client.pid());
        REQUIRE(waits.size() == 1);
        wait = waits.front();
    } while (!wait.call.empty() && std::chrono::steady_clock::now() < bound);
    CHECK(wait.call == "");
    CHECK(wait.timeout == "");
    CHECK(wait.state == 'R');
}

TEST_CASE("a process that is gone has no waits", "[observe][waits]") { CHECK(read_waits(0x3ffffffe).empty()); }

} // namespace postfault::observe
