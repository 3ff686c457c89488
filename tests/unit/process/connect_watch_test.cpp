#include "harness/process/connect_watch.hpp"
#include "harness/process/reap.hpp"
#include "tests/unit/process/support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace postfault::process {

namespace {

class Listener {
public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t length = sizeof(address);
        REQUIRE(::bind(fd_.get(), generic, length) == 0);
        REQUIRE(::listen(fd_.get(), 10) == 0);
        REQUIRE(::getsockname(fd_.get(), generic, &length) == 0);
        port_ = ntohs(address.sin_port);
    }

    std::uint16_t port() const { return port_; }

private:
    UniqueFd fd_;
    std::uint16_t port_ = 0;
};

// False where the system forbids it; the rest of the test has nothing to look at then.
bool watched(Made<Child>& child) {
    REQUIRE(child);
    if (child->connect_watch)
        return true;
    WARN(child->watch_problem);
    CHECK_FALSE(child->watch_problem.empty());
    return false;
}

// Without those of the C library, which asks a name service daemon for users.
std::optional<ConnectAttempt> next_attempt(ConnectWatch& watch) {
    while (wait_readable(watch.fd())) {
        if (auto attempt = watch.next()) {
            if (attempt->address.find("nscd") == std::string::npos)
                return attempt;
            watch.allow(*attempt);
        }
        if (watch.ended())
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("every connect is seen with its port, in order, and goes on", "[process][connect_watch]") {
    const Listener first;
    const Listener second;
    SpawnSpec spec = shell(fmt::format("exec 5<>/dev/tcp/127.0.0.1/{0}; exec 6<>/dev/tcp/127.0.0.1/{1};"
                                       "(exec 7<>/dev/tcp/127.0.0.1/{0}); echo connected",
                                       first.port(), second.port()));
    spec.watch_connects = true;
    auto child = spawn(spec);
    if (!watched(child))
        return;
    ConnectWatch watch(std::move(child->connect_watch));
    std::vector<std::uint16_t> ports;
    std::vector<pid_t> callers;
    while (auto attempt = next_attempt(watch)) {
        CHECK(attempt->family == "inet");
        CHECK(attempt->address == "127.0.0.1");
        ports.push_back(attempt->port);
        callers.push_back(attempt->pid);
        watch.allow(*attempt);
    }
    CHECK(ports == std::vector<std::uint16_t>{first.port(), second.port(), first.port()});
    REQUIRE(callers.size() == 3);
    CHECK(callers[0] == child->pid);
    CHECK(callers[2] != child->pid); // the subshell
    CHECK(read_text(child->out.get()) == "connected\n");
    CHECK(watch.ended());
    REQUIRE(wait_readable(child->pidfd.get()));
    CHECK(try_reap(child->pid)->exit == 0);
}

TEST_CASE("threads, families, datagrams and repeated calls are told apart", "[process][connect_watch]") {
    SpawnSpec spec = command({"python3", "-c",
                              "import socket, threading\n"
                              "def go(family, address):\n"
                              "    with socket.socket(family) as s:\n"
                              "        print(s.connect_ex(address), flush=True)\n"
                              "t = threading.Thread(target=go, args=(socket.AF_INET6, ('::1', 9)))\n"
                              "t.start(); t.join()\n"
                              "go(socket.AF_UNIX, '/not/there')\n"
                              "go(socket.AF_UNIX, '\\0hidden')\n"
                              "with socket.socket(type=socket.SOCK_DGRAM) as s: s.connect(('127.0.0.2', 9))\n"
                              "with socket.socket() as s:\n"
                              "    s.bind(('127.0.0.1', 0)); s.listen()\n"
                              "    c = socket.create_connection(s.getsockname())\n"
                              "    c.connect_ex(s.getsockname())\n"});
    spec.watch_connects = true;
    auto child = spawn(spec);
    if (!watched(child))
        return;
    ConnectWatch watch(std::move(child->connect_watch));
    std::vector<std::string> seen;
    while (auto attempt = next_attempt(watch)) {
        seen.push_back(fmt::format("{} {} {}{}{}{}", attempt->family, attempt->address,
                                   attempt->port > 9 ? "N" : std::to_string(attempt->port),
                                   attempt->tid != attempt->pid ? " thread" : "", attempt->stream ? "" : " datagram",
                                   attempt->again ? " again" : ""));
        CHECK(attempt->pid == child->pid);
        watch.allow(*attempt);
    }
    CHECK(seen == std::vector<std::string>{"inet6 ::1 9 thread", "unix /not/there 0", "unix @hidden 0",
                                           "inet 127.0.0.2 9 datagram", "inet 127.0.0.1 N", "inet 127.0.0.1 N again"});
    REQUIRE(wait_readable(child->pidfd.get()));
    try_reap(child->pid);
}

TEST_CASE("a client killed at the entrance of connect leaves nothing behind", "[process][connect_watch]") {
    const Listener server;
    SpawnSpec spec = shell(fmt::format("exec 5<>/dev/tcp/127.0.0.1/{}", server.port()));
    spec.watch_connects = true;
    {
        // Killed before anybody looked.
        auto child = spawn(spec);
        if (!watched(child))
            return;
        ConnectWatch watch(std::move(child->connect_watch));
        REQUIRE(wait_readable(watch.fd()));
        ::kill(child->pid, SIGKILL);
        REQUIRE(wait_readable(child->pidfd.get()));
        CHECK_FALSE(watch.next().has_value());
        CHECK(try_reap(child->pid)->signal == SIGKILL);
    }
    {
        // Killed while the answer was being thought about.
        auto child = spawn(spec);
        REQUIRE(child);
        ConnectWatch watch(std::move(child->connect_watch));
        const auto attempt = next_attempt(watch);
        REQUIRE(attempt.has_value());
        ::kill(child->pid, SIGKILL);
        REQUIRE(wait_readable(child->pidfd.get()));
        watch.allow(*attempt);
        CHECK_FALSE(watch.next().has_value());
        CHECK(try_reap(child->pid)->signal == SIGKILL);
    }
}

TEST_CASE("a closed watch fails the call instead of holding it for ever", "[process][connect_watch]") {
    const Listener server;
    SpawnSpec spec = shell(fmt::format("exec 5<>/dev/tcp/127.0.0.1/{}", server.port()));
    spec.watch_connects = true;
    auto child = spawn(spec);
    if (!watched(child))
        return;
    {
        ConnectWatch watch(std::move(child->connect_watch));
        REQUIRE(next_attempt(watch).has_value());
    }
    CHECK(read_text(child->err.get()).find("Function not implemented") != std::string::npos);
    REQUIRE(wait_readable(child->pidfd.get()));
    CHECK(try_reap(child->pid)->exit == 1);
}

} // namespace postfault::process
