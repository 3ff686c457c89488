#include "tests/unit/transport/loopback.hpp"

#include <string>

namespace postfault::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view to_data = "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
constexpr std::string_view letter = "Subject: x\r\n\r\none\r\n.\r\n";

} // namespace

TEST_CASE("A healthy server serves a message over real sockets", "[transport]") {
    Loopback net({});
    PlainClient& client = net.connect();
    client.say(std::string(to_data) + std::string(letter) + "QUIT\r\n");
    REQUIRE(net.await([&] { return client.end().has_value(); }));
    CHECK(*client.end() == asio::error::eof);
    CHECK(client.heard().find("221 2.0.0 Bye\r\n") != std::string::npos);
    CHECK(net.stored() == 1);
    client.close();
    REQUIRE(net.await(Kind::server_closed));
    CHECK(net.count(Kind::client_fin) == 1);
    CHECK(net.count(Kind::stored) == 1);
    CHECK(net.server().all_ended());
}

namespace {

// A client that writes as long as it can and reads only when it is told to, with buffers of its own that are small.
class DeafClient {
public:
    explicit DeafClient(Loopback& net) : net_(net), socket_(net.context()) {
        socket_.open(tcp::v4());
        socket_.set_option(asio::socket_base::send_buffer_size(4096));
        socket_.set_option(asio::socket_base::receive_buffer_size(4096));
        socket_.connect(net.server().address());
        socket_.non_blocking(true);
    }

    // Until that many octets have gone, or until there is no room for so long that there never will be.
    std::size_t write(std::size_t octets) {
        const std::string command = "NOOP and something to say\r\n";
        std::size_t gone = 0;
        for (int without_room = 0; gone < octets && without_room < 20;) {
            error_code error;
            const std::string_view rest = std::string_view(command).substr(gone % command.size());
            const std::size_t count = socket_.write_some(asio::buffer(rest.data(), rest.size()), error);
            gone += count;
            without_room = count > 0 ? 0 : without_room + 1;
            net_.context().restart();
            net_.context().run_for(count > 0 ? 0ms : 20ms);
        }
        return gone;
    }

    std::size_t read() {
        error_code error;
        return socket_.read_some(asio::buffer(buffer_), error);
    }

    tcp::socket& socket() { return socket_; }

private:
    Loopback& net_;
    tcp::socket socket_;
    std::array<char, 65536> buffer_{};
};

std::uint64_t received_by(const Loopback& net) {
    std::uint64_t octets = 0;
    for (const journal::Event& event : net.events())
        if (event.kind == Kind::received)
            octets += event.count;
    return octets;
}

constexpr std::size_t much = std::size_t{256} << 10;

} // namespace

TEST_CASE("A server takes what comes while its replies wait, unless its buffer is small", "[transport][buffer]") {
    const bool small = GENERATE(true, false);
    CAPTURE(small);
    Loopback net({}, false, 1, small ? std::optional<std::uint32_t>(4096) : std::nullopt);
    DeafClient client(net);
    const std::size_t gone = client.write(much);
    if (!small) {
        CHECK(gone >= much);
        return;
    }
    CHECK(gone < much / 2);
    CHECK(received_by(net) < gone);
    const std::size_t answered = net.count(Kind::reply_sent);
    // It goes on as soon as its replies are taken.
    std::size_t taken = 0;
    CHECK(net.await([&] {
        taken += client.read();
        return received_by(net) == gone;
    }));
    CHECK(taken > 0);
    CHECK(net.count(Kind::reply_sent) > answered);
}

TEST_CASE("A small buffer does not hide that the client has left", "[transport][buffer]") {
    Loopback net({}, false, 1, 4096);
    DeafClient client(net);
    const std::size_t gone = client.write(much);
    REQUIRE(gone < much);
    client.socket().shutdown(tcp::socket::shutdown_send);
    net.others_are_served();
    CHECK(net.count(Kind::client_fin) == 0);
    net.server().resume_reading();
    CHECK(net.await(Kind::client_fin));
    CHECK(received_by(net) >= gone);
}

TEST_CASE("fin reaches the client as an end of stream, and the server closes once the client has", "[transport]") {
    Loopback net({fault("EHLO", {"fin"})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await([&] { return client.end().has_value(); }));
    CHECK(*client.end() == asio::error::eof);
    CHECK(net.count(Kind::server_fin) == 1);
    // What comes now is read and dropped, so that the end stays a FIN.
    client.say("NOOP\r\n");
    net.others_are_served();
    CHECK(net.count(Kind::server_closed) == 0);
    CHECK(net.count(Kind::command) == 1);
    client.close();
    REQUIRE(net.await(Kind::server_closed));
    CHECK(net.count(Kind::client_fin) == 1);
    CHECK(net.count(Kind::client_reset) == 0);
}

TEST_CASE("reset reaches the client as a reset", "[transport]") {
    for (const char* at : {"connect", "greeting", "EHLO", "EHLO reply@3", "EHLO done"}) {
        CAPTURE(at);
        Loopback net({fault(at, {"reset"})});
        PlainClient& client = net.connect();
        client.say("EHLO c\r\n");
        REQUIRE(net.await([&] { return client.end().has_value(); }));
        CHECK(*client.end() == asio::error::connection_reset);
        CHECK(net.count(Kind::server_reset) == 1);
        CHECK(net.count(Kind::server_fin) == 0);
        CHECK(net.server().all_ended());
    }
}

TEST_CASE("half-close ends our side only, whatever the client does with its own", "[transport]") {
    Loopback net({fault("DATA done", {"half-close"})});
    PlainClient& client = net.connect();
    client.say(to_data);
    REQUIRE(net.await([&] { return client.end().has_value(); }));
    CHECK(*client.end() == asio::error::eof);
    client.say(letter);
    REQUIRE(net.await(Kind::stored));
    client.fin();
    REQUIRE(net.await(Kind::client_fin));
    net.others_are_served();
    CHECK(net.count(Kind::server_closed) == 0);
    CHECK(net.stored() == 1);
}

TEST_CASE("drip sends in order and never ahead of its pace", "[transport]") {
    Loopback net({fault("greeting", {"drip 10B/20ms"})});
    PlainClient& client = net.connect();
    REQUIRE(net.await(Kind::reply_sent));
    const std::string greeting = "220 mail.example.test ESMTP postfault\r\n"; // 38 octets
    REQUIRE(net.await([&] { return client.heard().size() >= greeting.size(); }));
    CHECK(client.heard() == greeting);
    const Instant fired = net.find(Kind::fault_fired).at;
    int piece = 0;
    std::uint64_t octets = 0;
    for (const journal::Event& event : net.events())
        if (event.kind == Kind::sent) {
            // A late timer may bring pieces together; none is ever early.
            CHECK(event.last >= fired + (octets / 10) * 20ms);
            octets += event.count;
            ++piece;
        }
    CHECK(piece >= 2);
    CHECK(octets == greeting.size());
    CHECK(net.find(Kind::reply_sent).at >= fired + 60ms);
}

TEST_CASE("A delay is never cut short by octets that come", "[transport]") {
    Loopback net({fault("EHLO", {"delay 60ms"})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await(Kind::fault_fired));
    for (int i = 0; i < 5; ++i) {
        client.say("NOOP\r\n");
        net.context().run_one_for(5ms);
    }
    REQUIRE(net.await([&] { return net.count(Kind::reply_sent) >= 7; }));
    Instant replied{};
    for (const journal::Event& event : net.events())
        if (event.kind == Kind::reply_sent && event.subject == "EHLO")
            replied = event.at;
    CHECK(replied >= net.find(Kind::fault_fired).at + 60ms);
}

TEST_CASE("The client's FIN and RST are seen during an endless stall, and end the connection", "[transport]") {
    SECTION("FIN") {
        Loopback net({fault("EHLO", {"stall"})});
        PlainClient& client = net.connect();
        client.say("EHLO c\r\n");
        REQUIRE(net.await(Kind::fault_fired));
        // A close with unread input would be a reset.
        REQUIRE(net.await([&] { return client.heard().find('\n') != std::string::npos; }));
        client.close();
        REQUIRE(net.await(Kind::server_closed));
        CHECK(net.count(Kind::client_fin) == 1);
        CHECK(net.server().all_ended());
    }
    SECTION("RST") {
        Loopback net({fault("greeting", {"stall"})});
        PlainClient& client = net.connect();
        REQUIRE(net.await(Kind::fault_fired));
        client.reset();
        REQUIRE(net.await(Kind::server_closed));
        CHECK(net.count(Kind::client_reset) == 1);
        CHECK(net.count(Kind::client_fin) == 0);
    }
}

TEST_CASE("A QUIT that comes during a stall is on record", "[transport]") {
    Loopback net({fault("EHLO", {"stall"})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await(Kind::fault_fired));
    CHECK(net.count(Kind::unread_quit) == 0);
    client.say("QUIT\r\n");
    REQUIRE(net.await(Kind::unread_quit));
    client.close();
    REQUIRE(net.await(Kind::client_fin));
    CHECK(net.count(Kind::command) == 1);
}

TEST_CASE("A deaf server sees the client's FIN only when it is made to listen again", "[transport]") {
    Loopback net({fault("EHLO", {"deaf"}, scenario::Selector{1, 1, 1})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await(Kind::reading_stopped));
    client.say("NOOP\r\n");
    client.fin();
    net.others_are_served();
    CHECK(net.count(Kind::client_fin) == 0);
    CHECK(net.count(Kind::command) == 1);
    net.server().resume_reading();
    REQUIRE(net.await(Kind::client_fin));
    CHECK(net.count(Kind::reading_resumed) == 1);
}

TEST_CASE("deaf for a time ends by itself", "[transport]") {
    Loopback net({fault("EHLO", {"deaf 50ms"})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await(Kind::reading_stopped));
    client.say("QUIT\r\n");
    REQUIRE(net.await([&] { return client.end().has_value(); }));
    CHECK(net.find(Kind::reading_resumed).at >= net.find(Kind::reading_stopped).at + 50ms);
}

TEST_CASE("A flood ends with the client that it is for", "[transport]") {
    Loopback net({fault("EHLO", {"flood 1GiB"})});
    PlainClient& client = net.connect();
    client.say("EHLO c\r\n");
    REQUIRE(net.await([&] { return client.heard().size() > 1'000'000; }));
    CHECK(client.heard().find("250-flood\r\n250-flood\r\n") != std::string::npos);
    client.reset();
    REQUIRE(net.await(Kind::server_closed));
    CHECK(net.count(Kind::client_reset) == 1);
    CHECK(net.count(Kind::client_fin) == 0);
    // The reply behind the flood never left.
    CHECK(net.count(Kind::reply_sent) == 1);
}

TEST_CASE("Each connection gets the faults that are meant for it", "[transport]") {
    Loopback net({fault("greeting", {"reply 421 first"}, scenario::Selector{1, 1, 1}),
                  fault("greeting", {"reply 421 odd"}, scenario::Selector{3, std::nullopt, 2})});
    std::vector<std::string> greetings;
    for (int i = 0; i < 5; ++i) {
        PlainClient& client = net.connect();
        REQUIRE(net.await([&] { return client.heard().find('\n') != std::string::npos; }));
        greetings.push_back(client.heard().substr(0, 7));
    }
    CHECK(greetings == std::vector<std::string>{"421 fir", "220 mai", "421 odd", "220 mai", "421 odd"});
    CHECK(net.find(Kind::fault_fired, 3).count == 1);
}

TEST_CASE("A disarmed server is healthy", "[transport]") {
    Loopback net({fault("greeting", {"stall"}), fault("connect", {"refuse"}, scenario::Selector{2, 2, 1})});
    net.connect();
    REQUIRE(net.await(Kind::fault_fired));
    net.server().disarm();
    PlainClient& second = net.connect();
    REQUIRE(net.await([&] { return second.heard().starts_with("220 "); }));
    CHECK(net.count(Kind::fault_fired, 2) == 0);
}

TEST_CASE("a rule that the client breaks is noted, with the octets and their place", "[transport]") {
    Loopback net({fault("greeting", {"stall"})});
    net.connect().say("EHLO c\r\n");
    REQUIRE(net.await(Kind::violation));
    CHECK(net.find(Kind::violation).subject == "talks before the greeting");
    CHECK(net.find(Kind::violation).text == "EHLO c\r\n");
    CHECK(net.find(Kind::violation).count == 0);
}

TEST_CASE("a client that answers before the server knows that its own words have left breaks no rule", "[transport]") {
    for (int again = 0; again < 100; ++again) {
        Loopback net({});
        PlainClient& client = net.connect();
        for (const char* line : {"EHLO c\r\n", "NOOP\r\n", "VRFY a\r\n", "QUIT\r\n"}) {
            const std::size_t heard = client.heard().size();
            REQUIRE(net.await([&] { return client.heard().size() > heard; }));
            client.say(line);
        }
        REQUIRE(net.await([&] { return client.end().has_value(); }));
        CHECK(net.count(Kind::violation) == 0);
    }
}

} // namespace postfault::test
