#include "client_under_test/tls/channel.hpp"
#include "tests/support/tls_server.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace refclient::tls;
using namespace refclient::test;
using State = Channel::State;

namespace {

Settings settings_for(const std::string& host = "localhost") { return {host, trusted_root().file()}; }

std::string take_output(Channel& channel) {
    std::string output{channel.pending_output()};
    channel.on_written(output.size());
    return output;
}

// Carries octets until nobody has more to say; the server's in pieces of at most so many.
void exchange(Channel& channel, TlsServer& server, std::size_t piece = std::string::npos) {
    for (bool moved = true; moved;) {
        const std::string ours = take_output(channel);
        server.on_bytes(ours);
        const std::string theirs = server.take_output();
        for (std::size_t at = 0; at < theirs.size(); at += std::min(piece, theirs.size()))
            channel.on_bytes(std::string_view{theirs}.substr(at, piece));
        moved = !ours.empty() || !theirs.empty();
    }
}

struct Line {
    explicit Line(SSL_CTX& context = good_context(), const Settings& settings = settings_for())
        : server(context), channel(settings) {}

    Line& open() {
        exchange(channel, server);
        REQUIRE(channel.trouble() == "");
        REQUIRE(channel.established());
        return *this;
    }

    // All that the server has to say, at once.
    void deliver() { channel.on_bytes(server.take_output()); }

    TlsServer server;
    Channel channel;
};

// Why a server with this context is not believed.
std::string refusal(SSL_CTX& context, const Settings& settings = settings_for()) {
    Line line{context, settings};
    exchange(line.channel, line.server);
    CHECK_FALSE(line.channel.established());
    CHECK(line.channel.state() == State::failed);
    CHECK_FALSE(line.server.established());
    return line.channel.trouble();
}

std::string refusal(const Names& names, const Settings& settings = settings_for()) {
    return refusal(*make_context(names), settings);
}

} // namespace

TEST_CASE("channel: text goes through in both directions, whatever the pieces", "[refclient][tls]") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
            const ServerContext context = make_context({}, trusted_root(), version);
            Line line{*context};
            exchange(line.channel, line.server, piece);
            REQUIRE(line.channel.established());
            CHECK_THAT(line.channel.description(),
                       Catch::StartsWith(version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
            line.server.say("220 hi\r\n");
            line.channel.write("EHLO me\r\n");
            exchange(line.channel, line.server, piece);
            CHECK(line.channel.take_plaintext() == "220 hi\r\n");
            CHECK(line.channel.take_plaintext().empty());
            CHECK(line.server.take_heard() == "EHLO me\r\n");
        }
}

TEST_CASE("channel: the handshake is not over before its last octet has come", "[refclient][tls]") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const ServerContext context = make_context({}, trusted_root(), version);
        // In TLS 1.2 the server has the last word, in 1.3 the client.
        const int flights = version == TLS1_2_VERSION ? 2 : 1;
        for (std::size_t cut = 0;; ++cut) {
            CAPTURE(version, cut);
            Line line{*context};
            std::string flight;
            for (int i = 0; i < flights; ++i) {
                line.server.on_bytes(take_output(line.channel));
                flight = line.server.take_output();
                if (i + 1 < flights)
                    line.channel.on_bytes(flight);
            }
            // A 1.3 server's tickets and the like only follow on the client's last word.
            if (cut >= flight.size()) { // signatures differ in length
                line.channel.on_bytes(flight);
                CHECK(line.channel.established());
                break;
            }
            line.channel.on_bytes(std::string_view{flight}.substr(0, cut));
            REQUIRE_FALSE(line.channel.established());
            REQUIRE(line.channel.state() == State::handshaking);
            line.channel.write("QUIT\r\n"); // too early: must go nowhere
            line.channel.close();
            REQUIRE(line.channel.pending_output().empty());
        }
    }
}

TEST_CASE("channel: a handshake with one wrong octet never succeeds", "[refclient][tls]") {
    std::size_t size = 0;
    for (std::size_t at = 0; at == 0 || at < size; at += 3) {
        Line line;
        line.server.on_bytes(take_output(line.channel));
        std::string flight = line.server.take_output();
        size = flight.size();
        flight[at % size] = static_cast<char>(flight[at % size] ^ 1);
        line.channel.on_bytes(flight);
        exchange(line.channel, line.server);
        CAPTURE(at, line.channel.trouble());
        CHECK_FALSE(line.channel.established());
    }
}

TEST_CASE("channel: all that has come is decoded at once, over as many records as it fills", "[refclient][tls]") {
    Line line;
    line.open();
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        line.server.say("250-" + std::to_string(i) + "\r\n");
        expected += "250-" + std::to_string(i) + "\r\n";
    }
    line.deliver();
    CHECK(line.channel.take_plaintext() == expected);
    const std::string large(100'000, 'x');
    line.server.say(large);
    line.deliver();
    CHECK(line.channel.take_plaintext() == large);
}

TEST_CASE("channel: a client that looks once leaves the rest in the library", "[refclient][tls][defects]") {
    Settings settings = settings_for();
    settings.decoding = Decoding::one_record_for_each_arrival;
    Line line{good_context(), settings};
    line.open();
    line.server.say("250-a\r\n");
    line.server.say("250 b\r\n");
    line.deliver();
    CHECK(line.channel.take_plaintext() == "250-a\r\n");
}

TEST_CASE("channel: the end of the server's text is told from the end of the connection", "[refclient][tls]") {
    Line line;
    line.open();
    line.server.say("221 bye\r\n");
    line.server.say_close();
    const std::string octets = line.server.take_output();
    line.channel.on_bytes(std::string_view{octets}.substr(0, octets.size() - 1));
    CHECK(line.channel.state() == State::open); // a TCP end here would be a cut
    CHECK(line.channel.take_plaintext() == "221 bye\r\n");
    line.channel.on_bytes(std::string_view{octets}.substr(octets.size() - 1));
    CHECK(line.channel.state() == State::ended);
    line.channel.on_bytes("anything at all");
    CHECK(line.channel.state() == State::ended);
    CHECK(line.channel.take_plaintext().empty());
}

TEST_CASE("channel: our close is said once, and the server's is not waited for", "[refclient][tls]") {
    Line line;
    line.open();
    line.channel.write("QUIT\r\n");
    line.channel.close();
    line.channel.close();
    CHECK(line.channel.state() == State::open);
    line.server.on_bytes(take_output(line.channel));
    CHECK(line.server.take_heard() == "QUIT\r\n");
    CHECK(line.server.client_said_close());
    CHECK(line.channel.pending_output().empty());
}

TEST_CASE("channel: an alert and a broken record end it, and what came before stays good", "[refclient][tls]") {
    Line line;
    line.open();
    line.server.say("250 ok\r\n");
    std::string octets = line.server.take_output();
    octets.append("\x17\x03\x03\x00\x20", 5).append(32, 'x');
    line.channel.on_bytes(octets);
    CHECK(line.channel.state() == State::failed);
    CHECK(line.channel.take_plaintext() == "250 ok\r\n");
    CHECK_THAT(line.channel.trouble(), Catch::Contains("mac"));
    CHECK_FALSE(line.channel.pending_output().empty()); // our alert
    line.channel.write("MAIL");
    line.channel.close();
    const std::string alert = take_output(line.channel);
    line.channel.on_bytes("more");
    CHECK(line.channel.pending_output().empty());
}

TEST_CASE("channel: what is no TLS is called so", "[refclient][tls]") {
    Channel channel{settings_for()};
    channel.on_bytes("220 mail.example ESMTP\r\n");
    CHECK(channel.state() == State::failed);
    CHECK_THAT(channel.trouble(), Catch::Contains("not TLS"));
    Channel alerted{settings_for()};
    alerted.on_bytes(std::string_view{"\x15\x03\x03\x00\x02\x02\x28", 7});
    CHECK_THAT(alerted.trouble(), Catch::Contains("alert \"handshake failure\""));
}

TEST_CASE("channel: certificates are believed only if time, chain, name and key are right", "[refclient][tls]") {
    CHECK_THAT(refusal(Names{.from_days = -9, .to_days = -2}), Catch::Contains("has expired"));
    CHECK_THAT(refusal(Names{.from_days = 2, .to_days = 9}), Catch::Contains("not yet valid"));
    CHECK_THAT(refusal(Names{.alternative = "DNS:other.example"}), Catch::Contains("hostname mismatch"));
    // RFC 6125 6.4.4: not the common name, and no name at all is no name.
    CHECK_THAT(refusal(Names{.alternative = "", .common = "localhost"}), Catch::Contains("hostname mismatch"));
    CHECK_THAT(refusal(Names{.alternative = "DNS:127.0.0.1"}, settings_for("127.0.0.1")),
               Catch::Contains("IP address mismatch"));
    const Root stranger{"nobody"};
    CHECK_THAT(refusal(*make_context({}, stranger)), Catch::Contains("certificate"));
    const Key own = make_key();
    CHECK_THAT(refusal(*make_context(*make_certificate({}, *own, nullptr, *own), *own)),
               Catch::Contains("self-signed") || Catch::Contains("self signed"));
    const Key weak = make_weak_key();
    CHECK_THAT(refusal(*make_context(*trusted_root().vouch({}, *weak), *weak)), Catch::Contains("key too"));
    // The root is not the system's.
    CHECK_THAT(refusal(good_context(), {"localhost", ""}), Catch::Contains("not to be trusted"));
}

TEST_CASE("channel: the refused server is told why", "[refclient][tls]") {
    const ServerContext context = make_context({.alternative = "DNS:other.example"});
    Line line{*context};
    line.server.on_bytes(take_output(line.channel));
    line.deliver();
    CHECK(line.channel.state() == State::failed);
    CHECK_FALSE(line.channel.pending_output().empty());
}

TEST_CASE("channel: names and addresses are both checked, and only names are asked for", "[refclient][tls]") {
    Line named{good_context(), settings_for("LOCALHOST")};
    named.open();
    CHECK(named.server.asked_name() == "LOCALHOST");
    Line numbered{good_context(), settings_for("127.0.0.1")};
    numbered.open();
    CHECK(numbered.server.asked_name().empty());
    const ServerContext wild = make_context({.alternative = "DNS:*.example.test"});
    Line{*wild, settings_for("mail.example.test")}.open();
    CHECK_THAT(refusal(*wild, settings_for("a.b.example.test")), Catch::Contains("hostname mismatch"));
}

TEST_CASE("channel: what careless clients believe", "[refclient][tls][defects]") {
    const ServerContext other = make_context({.alternative = "DNS:other.example"});
    Settings careless = settings_for();
    careless.verification = Verification::chain_only;
    Line{*other, careless}.open();
    CHECK_THAT(refusal(Names{.from_days = -9, .to_days = -2}, careless), Catch::Contains("has expired"));
    careless.verification = Verification::none;
    const Root stranger{"nobody"};
    const ServerContext unknown = make_context({.from_days = -9, .to_days = -2}, stranger);
    Line{*unknown, careless}.open();
}

TEST_CASE("channel: a file without certificates is refused by name", "[refclient][tls]") {
    CHECK(trouble_with_ca_file(trusted_root().file()).empty());
    CHECK_THAT(trouble_with_ca_file("/nowhere/ca.pem"), Catch::Contains("/nowhere/ca.pem"));
    CHECK_FALSE(trouble_with_ca_file("/dev/null").empty());
    Channel channel{{"localhost", "/nowhere/ca.pem"}};
    CHECK(channel.state() == State::failed);
    CHECK_THAT(channel.trouble(), Catch::Contains("cannot set up TLS"));
    CHECK(channel.pending_output().empty());
    channel.on_bytes("x");
    channel.close();
    CHECK(channel.pending_output().empty());
}
