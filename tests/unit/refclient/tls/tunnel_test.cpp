#include "client_under_test/conversation/send_conversation.hpp"
#include "client_under_test/driver/tunnel.hpp"
#include "tests/support/tls_mail_server.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using namespace refclient;
using namespace refclient::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view letter = "Subject: secret\r\n\r\nbody\r\n";

Policy policy_with(TlsMode mode) {
    Policy policy;
    policy.limits.set_all(10s);
    policy.tls = mode;
    policy.channel.ca_file = trusted_root().file();
    return policy;
}

// One message by way of a tunnel to a server, on a clock moved by hand.
struct Line {
    explicit Line(const Policy& with, SSL_CTX& context = good_context())
        : policy(with), server(policy.tls == TlsMode::implicit, context),
          conversation({"me", "a@example", {"b@example"}, letter}, policy), tunnel(conversation, policy) {}

    explicit Line(TlsMode mode) : Line(policy_with(mode)) {}

    // Until nobody has anything to say. The client gets `piece` octets at a time and no more than `room` in all.
    void run(std::size_t piece = std::string::npos, std::size_t room = std::string::npos) {
        if (!std::exchange(connected, true))
            tunnel.on_connected("localhost", now);
        for (bool moved = true; moved;) {
            std::string theirs = server.take_output();
            sent += theirs.size();
            theirs.resize(std::min(theirs.size(), room - std::min(room, received)));
            received += theirs.size();
            for (std::size_t at = 0; at < theirs.size(); at += std::min(piece, theirs.size()))
                tunnel.on_bytes(std::string_view{theirs}.substr(at, piece), now);
            moved = !theirs.empty() || write();
        }
    }

    bool write() {
        const std::string ours{tunnel.pending_output()};
        tunnel.on_written(ours.size(), now);
        server.on_bytes(ours);
        return !ours.empty();
    }

    void wait() {
        if (const auto deadline = tunnel.deadline())
            now = *deadline;
        tunnel.on_time(now);
        write();
    }

    void ends(Outcome outcome, std::string_view why) {
        REQUIRE(tunnel.finished());
        CHECK(to_text(conversation.result().outcome) == to_text(outcome));
        CHECK_THAT(conversation.result().text, Catch::Contains(std::string{why}));
    }

    Policy policy;
    TlsMailServer server;
    SendConversation conversation;
    Tunnel tunnel;
    Instant now{};
    bool connected = false;
    std::size_t sent = 0;     // by the server
    std::size_t received = 0; // by the client
};

bool shows_message(const std::string& octets) {
    return octets.find("MAIL") != std::string::npos || octets.find("secret") != std::string::npos;
}

constexpr std::array modes{TlsMode::starttls, TlsMode::implicit};

} // namespace

TEST_CASE("tunnel: a message goes out inside TLS, and the end is said in TLS", "[refclient][tls]") {
    for (const TlsMode mode : modes)
        for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::string::npos}) {
            Line line{mode};
            line.run(piece);
            line.ends(Outcome::ok, "250 stored");
            CHECK(line.server.stored == 1);
            CHECK(line.server.client_said_close());
            CHECK_FALSE(shows_message(line.server.in_the_clear));
            CHECK(line.server.commands == (mode == TlsMode::implicit ? "EHLO MAIL RCPT DATA QUIT "
                                                                     : "EHLO STARTTLS EHLO MAIL RCPT DATA QUIT "));
        }
}

TEST_CASE("tunnel: a connection that rests goes on when the next message is there", "[refclient][tls]") {
    for (const TlsMode mode : {TlsMode::none, TlsMode::implicit}) {
        Line line{mode};
        line.conversation.keep(true);
        line.run();
        REQUIRE(line.conversation.resting());
        line.conversation.start({"me", "a@example", {"b@example"}, letter}, line.now);
        line.tunnel.on_woken(line.now);
        line.run();
        CHECK(line.server.stored == 2);
        line.conversation.leave(line.now);
        line.tunnel.on_woken(line.now);
        line.run();
        line.ends(Outcome::ok, "250 stored");
    }
}

TEST_CASE("tunnel: without TLS octets pass as they are", "[refclient][tls]") {
    Line line{TlsMode::none};
    line.run();
    line.ends(Outcome::ok, "250 stored");
    CHECK(shows_message(line.server.in_the_clear));
    CHECK_FALSE(line.server.secure());
}

TEST_CASE("tunnel: a reply may be spread over any number of records that arrive together", "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.server.records_of_one = true;
    line.run();
    line.ends(Outcome::ok, "250 stored");

    Policy once = policy_with(TlsMode::implicit);
    once.channel.decoding = tls::Decoding::one_record_for_each_arrival;
    Line stuck{once};
    stuck.server.records_of_one = true;
    stuck.run();
    CHECK_FALSE(stuck.tunnel.finished());
    stuck.wait();
    stuck.ends(Outcome::temp, "timed out");
}

TEST_CASE("tunnel: the whole handshake has one limit, and whatever happens in it is a failure with a name",
          "[refclient][tls]") {
    // Signatures differ in length from one handshake to the next.
    constexpr std::size_t leeway = 16;
    std::size_t octets = 0;
    for (std::size_t cut = 0; cut == 0 || cut + leeway < octets; cut += 7) {
        Line stalled{TlsMode::implicit};
        stalled.run(1, cut);
        if (stalled.server.secure())
            break;
        octets = stalled.sent;
        CAPTURE(cut, octets);
        REQUIRE_FALSE(stalled.tunnel.finished());
        CHECK(stalled.tunnel.deadline() == Instant{} + 10s);
        stalled.wait();
        stalled.ends(Outcome::temp, "timed out after 10 s waiting for the TLS handshake");
        CHECK(stalled.server.stored == 0);

        Line ended{TlsMode::implicit};
        ended.run(1, cut);
        ended.tunnel.on_end_of_stream(ended.now);
        ended.ends(Outcome::temp, "closed the connection instead of the TLS handshake");

        Line reset{TlsMode::implicit};
        reset.run(1, cut);
        reset.tunnel.on_transport_error("Connection reset by peer", reset.now);
        reset.ends(Outcome::temp, "Connection reset by peer while waiting for the TLS handshake");
    }
    CHECK(octets > 500);
}

TEST_CASE("tunnel: without the server's certificate there is no mail", "[refclient][tls]") {
    const ServerContext other = make_context({.alternative = "DNS:other.example"});
    for (const TlsMode mode : modes) {
        Line line{policy_with(mode), *other};
        line.run();
        line.ends(Outcome::temp, "the TLS handshake failed: the server's certificate is not to be trusted");
        CHECK(line.server.stored == 0);
        CHECK_FALSE(line.server.secure());
        CHECK(line.server.commands == (mode == TlsMode::implicit ? "" : "EHLO STARTTLS "));

        Policy careless = policy_with(mode);
        careless.channel.verification = tls::Verification::chain_only;
        Line fooled{careless, *other};
        fooled.run();
        fooled.ends(Outcome::ok, "250 stored");
    }
}

TEST_CASE("tunnel: clear text where TLS should begin is no TLS", "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.tunnel.on_connected("localhost", line.now);
    line.tunnel.on_bytes("220 test\r\n", line.now);
    line.ends(Outcome::temp, "what the server sent is not TLS");
}

TEST_CASE("tunnel: clear text behind the reply to STARTTLS never counts as said inside TLS", "[refclient][tls]") {
    Line line{TlsMode::starttls};
    line.server.starttls_reply = "220 go\r\n550 go away\r\n";
    line.run();
    line.ends(Outcome::temp, "sent more in the clear");
    CHECK_FALSE(line.server.secure());

    Policy trusting = policy_with(TlsMode::starttls);
    trusting.clear_behind_tls = ClearBehindTls::read_as_if_secure;
    Line fooled{trusting};
    fooled.server.starttls_reply = "220 go\r\n550 go away\r\n";
    fooled.run();
    fooled.ends(Outcome::perm, "550 go away");
}

TEST_CASE("tunnel: the end inside TLS is an end, and the end of the connection alone is a cut", "[refclient][tls]") {
    Line whole{TlsMode::implicit};
    whole.run();
    const std::size_t octets = whole.sent;
    const std::size_t farewell = 31 + 24; // records with "221 bye" and with close_notify, or a little less
    bool uncertain = false;
    for (std::size_t cut = octets - 3 * farewell; cut < octets; ++cut) {
        CAPTURE(cut, octets);
        Line line{TlsMode::implicit};
        line.run(1, cut);
        line.tunnel.on_end_of_stream(line.now);
        REQUIRE(line.tunnel.finished());
        const Outcome outcome = line.conversation.result().outcome;
        CHECK((outcome != Outcome::ok || line.server.stored == 1));
        if (outcome == Outcome::uncertain) {
            uncertain = true;
            line.ends(Outcome::uncertain, "the connection was cut");
        }
    }
    CHECK(uncertain);
}

TEST_CASE("tunnel: a reply that was cut in the middle of a line is none", "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.server.dot_reply = "250 sto";
    line.run();
    CHECK_FALSE(line.tunnel.finished());
    line.tunnel.on_end_of_stream(line.now);
    line.ends(Outcome::uncertain, "the connection was cut");

    Policy trusting = policy_with(TlsMode::implicit);
    trusting.cut = TlsCut::is_an_end;
    Line fooled{trusting};
    fooled.server.dot_reply = "250 sto";
    fooled.run();
    fooled.tunnel.on_end_of_stream(fooled.now);
    fooled.ends(Outcome::ok, "250 sto");
}

TEST_CASE("tunnel: close_notify from the server ends the conversation though the connection stays",
          "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.server.hello_secure = "";
    line.run();
    CHECK_FALSE(line.tunnel.finished());
    line.server.say_close();
    line.run();
    line.ends(Outcome::temp, "closed the connection instead of the reply to EHLO");
}

TEST_CASE("tunnel: after 221 the client closes without waiting, whatever the server does", "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.server.closes_after_quit = false;
    line.run();
    line.ends(Outcome::ok, "250 stored");
    CHECK(line.server.client_said_close());

    Policy patient = policy_with(TlsMode::implicit);
    patient.tls_close = TlsClose::waits_for_the_server;
    Line waiting{patient};
    waiting.server.closes_after_quit = false;
    waiting.run();
    CHECK(waiting.server.client_said_close());
    CHECK_FALSE(waiting.tunnel.finished());
    CHECK_FALSE(waiting.tunnel.deadline());
    waiting.server.say_close();
    waiting.run();
    waiting.ends(Outcome::ok, "250 stored");
    Line polite{patient};
    polite.run();
    polite.ends(Outcome::ok, "250 stored");
}

TEST_CASE("tunnel: broken records end the conversation with what had been said before them", "[refclient][tls]") {
    Line line{TlsMode::implicit};
    line.server.hello_secure = "";
    line.run();
    line.tunnel.on_bytes(std::string{"\x17\x03\x03\x00\x20", 5}.append(32, 'x'), line.now);
    line.ends(Outcome::temp, "TLS broke");
    CHECK_FALSE(line.tunnel.pending_output().empty()); // why
}
