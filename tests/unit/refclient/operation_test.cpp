#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "client_under_test/driver/clock.hpp"
#include "client_under_test/driver/operation.hpp"
#include "client_under_test/driver/resolver.hpp"
#include "client_under_test/driver/socket.hpp"
#include "tests/unit/refclient/listening_port.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

void serve_until_data(int descriptor) {
    say(descriptor, "220 hi\r\n");
    for (const char* reply : {"250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) {
        if (!hear(descriptor, "\r\n"))
            return;
        say(descriptor, reply);
    }
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
        ++count;
    return count;
}

Policy policy_with(Duration limit) {
    Policy policy;
    policy.limits.set_all(limit);
    return policy;
}

Result send_message(const Port& port, std::string_view message, const Policy& policy) {
    SendConversation conversation{{"me", "a@example", {"b@example"}, message}, policy};
    return run(conversation, port.endpoint(), policy);
}

} // namespace

TEST_CASE("driver: a message is sent over a real connection, which is closed in order", "[refclient][driver]") {
    const Port port{true};
    Seen seen = Seen::nothing;
    std::thread server{[&] {
        const int client = port.accept();
        serve_until_data(client);
        hear(client, "\r\n.\r\n");
        say(client, "250 queued\r\n");
        hear(client, "QUIT\r\n");
        say(client, "221 bye\r\n"); // and keeps the connection open: closing is the client's turn
        seen = watch(client);
        ::close(client);
    }};
    const Result result = send_message(port, "Subject: x\n\nbody\n", policy_with(5s));
    server.join();
    CHECK(result == Result{Outcome::ok, "250 queued"});
    CHECK(seen == Seen::fin);
}

TEST_CASE("driver: the system's buffers are as small as the policy wants them", "[refclient][driver]") {
    const Port port{true};
    const auto found = resolve(port.endpoint(), 5s);
    const Address& address = std::get<std::vector<Address>>(found).front();
    const auto octets = [&](int option, std::optional<std::size_t> buffers) {
        Socket socket;
        REQUIRE(start_connect(socket, address, buffers) == 0);
        int value = 0;
        socklen_t length = sizeof value;
        REQUIRE(::getsockopt(socket.descriptor(), SOL_SOCKET, option, &value, &length) == 0);
        return value;
    };
    for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
        CHECK(octets(option, 4096) <= 4 * 4096); // Linux doubles it
        CHECK(octets(option, 4096) < octets(option, std::nullopt));
    }
    CHECK_FALSE(Policy{}.socket_buffers);
    Policy policy;
    find_defect("pipeline_write_all_first")->plant(policy);
    CHECK(policy.socket_buffers == 16384U);
}

TEST_CASE("driver: a refused connection is told at once", "[refclient][driver]") {
    const Port port{false};
    const Instant start = now();
    const Result result = send_message(port, "x", policy_with(10s));
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("Connection refused"));
    CHECK(now() - start < 5s);
}

TEST_CASE("driver: a name is looked up, and each of its addresses may be tried", "[refclient][driver]") {
    const Port port{true};
    SendConversation conversation{{"me", "a@example", {"b@example"}, "x"}, policy_with(100ms)};
    // ::1 refuses where it exists, 127.0.0.1 is silent.
    const Result result = run(conversation, {"localhost", port.endpoint().port}, policy_with(100ms));
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("the greeting"));
}

TEST_CASE("driver: a silent server costs one limit and no socket", "[refclient][driver]") {
    const Port port{true};
    const std::size_t before = open_descriptors();
    const Instant start = now();
    const Result result = send_message(port, "x", policy_with(150ms));
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("timed out after 150 ms waiting for the greeting"));
    CHECK(now() - start >= 150ms);
    CHECK(open_descriptors() == before);
    const int client = port.accept();
    CHECK(watch(client) == Seen::fin);
    ::close(client);
}

TEST_CASE("driver: the leaking specimen returns the same error and keeps its socket", "[refclient][driver][defects]") {
    const Port port{true};
    Policy policy = policy_with(100ms);
    find_defect("leak_socket_on_timeout")->plant(policy);
    const std::size_t before = open_descriptors();
    const Result result = send_message(port, "x", policy);
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("timed out"));
    CHECK(open_descriptors() == before + 1);
    const int client = port.accept();
    CHECK(watch(client, 200ms) == Seen::nothing);
    ::close(client);
}

TEST_CASE("driver: a peer that stops reading is left at the limit, and sees it at once", "[refclient][driver]") {
    const Port port{true, 4096};
    const std::string large(std::size_t{16} << 20U, 'a');
    bool told = false;
    std::thread server{[&] {
        const int client = port.accept();
        serve_until_data(client);
        // A server that does not read sees a reset, but would not see a FIN behind megabytes of unread message.
        pollfd polled{client, 0, 0};
        told = ::poll(&polled, 1, 5000) == 1 && (polled.revents & (POLLERR | POLLHUP)) != 0;
        ::close(client);
    }};
    const Result result = send_message(port, large, policy_with(300ms));
    server.join();
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("take the next block"));
    CHECK(told);
}

TEST_CASE("driver: a peer that reads slowly is waited for", "[refclient][driver]") {
    const Port port{true, 65536};
    const std::string large(std::size_t{4} << 20U, 'a');
    std::thread server{[&] {
        const int client = port.accept();
        serve_until_data(client);
        std::string end;
        std::vector<char> buffer(std::size_t{256} << 10U);
        while (!end.ends_with("\r\n.\r\n")) {
            pollfd idle{-1, 0, 0}; // the slow reader's pause is what this test is about
            ::poll(&idle, 1, 40);
            const ssize_t count = ::recv(client, buffer.data(), buffer.size(), 0);
            if (count <= 0)
                break;
            end.append(buffer.data(), static_cast<std::size_t>(count));
            end = end.substr(end.size() > 5 ? end.size() - 5 : 0);
        }
        say(client, "250 queued\r\n");
        hear(client, "QUIT\r\n");
        ::close(client);
    }};
    const Instant start = now();
    const Result result = send_message(port, large, policy_with(800ms));
    server.join();
    CHECK(result == Result{Outcome::ok, "250 queued"});
    CHECK(now() - start > 800ms);
}

TEST_CASE("driver: what the server said before it cut the connection is the result", "[refclient][driver]") {
    const Port port{true};
    const std::string large(std::size_t{16} << 20U, 'a');
    std::thread server{[&] {
        const int client = port.accept();
        serve_until_data(client);
        std::array<char, 4096> buffer{};
        static_cast<void>(::recv(client, buffer.data(), buffer.size(), 0));
        say(client, "552 5.3.4 too big\r\n");
        ::close(client); // with unread input: a reset
    }};
    const Result result = send_message(port, large, policy_with(5s));
    server.join();
    CHECK(result.outcome == Outcome::perm);
    CHECK_THAT(result.text, Catch::Contains("552 5.3.4 too big"));
}

TEST_CASE("driver: an endless reply does not hide the deadline or fill the memory", "[refclient][driver]") {
    const Port port{true};
    std::thread server{[&] {
        const int client = port.accept();
        say(client, "200 hi\r\n");
        hear(client, "\r\n");
        say(client, "200 reader\r\n");
        hear(client, "\r\n");
        say(client, "220 0 <1@x>\r\n");
        const std::string line = std::string(70, 'a') + "\r\n";
        while (::send(client, line.data(), line.size(), MSG_NOSIGNAL) > 0) {
        }
        ::close(client);
    }};
    Policy policy = policy_with(5s);
    policy.caps.article = 1000000;
    ReadTask task{{"", "<1@x>"}};
    NewsConversation conversation{task, policy};
    const Result result = run(conversation, port.endpoint(), policy);
    server.join();
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("longer than 1000000 octets"));
}

TEST_CASE("driver: a hundred failures leave no descriptor behind", "[refclient][driver]") {
    const Port refusing{false};
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 100; ++i)
        CHECK(send_message(refusing, "x", policy_with(1s)).outcome == Outcome::temp);
    CHECK(open_descriptors() == before);
}

TEST_CASE("driver: a server's addresses are tried in their order, each with the whole limit",
          "[refclient][driver][defects]") {
    const Port port{true};
    const Endpoint second_works{"mail.example.test", port.endpoint().port, {"127.0.0.9", "127.0.0.1", "127.0.0.8"}};
    Policy policy = policy_with(150ms);
    SendConversation conversation{{"me", "a@example", {"b@example"}, "x"}, policy};
    CHECK_THAT(run(conversation, second_works, policy).text, Catch::Contains("the greeting"));
    ::close(port.accept());

    find_defect("no_address_fallback")->plant(policy);
    SendConversation another{{"me", "a@example", {"b@example"}, "x"}, policy};
    const Result result = run(another, second_works, policy);
    CHECK(result.outcome == Outcome::temp);
    CHECK_THAT(result.text, Catch::Contains("mail.example.test") && Catch::Contains("Connection refused"));
}

TEST_CASE("driver: a route goes on behind the address that was used", "[refclient][driver]") {
    const Port port{true};
    const Endpoint twice{"mail.example.test", port.endpoint().port, {"127.0.0.1", "127.0.0.9", "127.0.0.1"}};
    const Policy policy = policy_with(5s);
    Route route;
    std::vector<Outcome> outcomes;
    do {
        SendConversation conversation{{"me", "a@example", {"b@example"}, "x"}, policy};
        Connection connection{conversation, policy};
        outcomes.push_back(connection.open(twice, route).outcome);
        CHECK_FALSE(connection.timed_out());
    } while (route.goes_on());
    CHECK(outcomes == std::vector<Outcome>{Outcome::ok, Outcome::ok});
    SendConversation conversation{{"me", "a@example", {"b@example"}, "x"}, policy};
    CHECK(Connection{conversation, policy}.open(twice, route).outcome == Outcome::temp);
}
