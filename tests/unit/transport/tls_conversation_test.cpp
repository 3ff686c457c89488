#include "fakeserver/protocol/nntp/service.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/transport/tls_channel.hpp"
#include "tests/support/virtual_wire.hpp"
#include "tests/unit/tls/tls_client.hpp"

#include <ctime>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Faults under TLS: a whole conversation in memory, with OpenSSL's client at the other end.
using namespace postfault;
using namespace std::chrono_literals;

namespace {

using Ops = std::vector<std::string>;

tls::Authority& authority() {
    static tls::Authority the_one(std::time(nullptr));
    return the_one;
}

scenario::Fault at(std::string_view place, std::initializer_list<std::string_view> actions,
                   scenario::Protocol protocol = scenario::Protocol::smtp) {
    scenario::Fault result;
    result.at = *scenario::parse_point(place, protocol);
    for (const std::string_view text : actions) {
        const auto action = scenario::parse_action(text);
        INFO(action.problem());
        REQUIRE(action);
        result.actions.push_back(*action);
    }
    return result;
}

class Meeting {
public:
    Meeting(scenario::Tls tls, std::vector<scenario::Fault> faults,
            scenario::Protocol protocol = scenario::Protocol::smtp)
        : client(authority()) {
        scenario_.protocol = protocol;
        scenario_.server.tls = tls;
        scenario_.faults = std::move(faults);
        if (protocol == scenario::Protocol::smtp) {
            protocol::smtp::Settings settings;
            settings.hostname = "mx";
            settings.extensions = {"SIZE 1000"};
            settings.starttls = tls == scenario::Tls::starttls;
            service_ = std::make_unique<protocol::smtp::Service>(settings);
        } else {
            protocol::nntp::Settings settings;
            settings.hostname = "news";
            settings.starttls = tls == scenario::Tls::starttls;
            service_ = std::make_unique<protocol::nntp::Service>(settings);
        }
        session_ = service_->open();
        fault::Occasion occasion;
        occasion.limit = 2s;
        occasion.open_channel = [] { return std::make_unique<transport::TlsChannel>(authority()); };
        conversation_.emplace(scenario_, *session_, std::move(occasion));
    }

    // What the server does now, without the steps that it merely takes.
    Ops take() {
        Ops ops;
        while (const auto op = conversation_->next_op()) {
            if (const auto* send = std::get_if<wire::Send>(&*op))
                sent += send->bytes;
            if (!std::holds_alternative<wire::Took>(*op))
                ops.push_back(test::describe(*op));
        }
        for (fault::TlsNews& some : conversation_->take_tls_news())
            news.push_back(some.subject);
        heard += conversation_->take_heard();
        return ops;
    }

    Ops connect() {
        conversation_->on_connected();
        return take();
    }

    Ops plain(std::string_view bytes) {
        conversation_->on_bytes(bytes);
        return take();
    }

    Ops say(std::string_view text) { return plain(client.seal(text)); }

    // The client's side of the handshake against what the server has sent so far; what the server did at last.
    Ops shake_hands() {
        Ops last;
        for (int turn = 0; turn < 4; ++turn) {
            result = client.shake_hands();
            if (const std::string bytes = client.take_output(); !bytes.empty())
                last = plain(bytes);
            client.on_bytes(take_sent());
        }
        return last;
    }

    std::string take_sent() { return std::exchange(sent, {}); }

    // What the client can read of what was sent; one line for each record.
    std::vector<std::string> read() {
        client.on_bytes(take_sent());
        std::vector<std::string> texts;
        for (std::string text = client.read(); !text.empty(); text = client.read())
            texts.push_back(text);
        return texts;
    }

    fault::Conversation& conversation() { return *conversation_; }

    const protocol::Service& service() const { return *service_; }

    test::TlsClient client;
    std::string sent;
    std::vector<std::string> news;
    std::string heard;
    int result = 0;

private:
    scenario::Scenario scenario_;
    std::unique_ptr<protocol::Service> service_;
    std::unique_ptr<protocol::Session> session_;
    std::optional<fault::Conversation> conversation_;
};

// Under TLS and past the greeting.
Meeting implicit(std::vector<scenario::Fault> faults) { return {scenario::Tls::implicit, std::move(faults)}; }

Meeting& greeted(Meeting& meeting) {
    meeting.connect();
    meeting.shake_hands();
    REQUIRE(meeting.result == 1);
    meeting.read();
    return meeting;
}

const Ops ehlo_reply{R"(send TLS of "250-mx\r\n250 SIZE 1000\r\n" ends EHLO)"};

} // namespace

TEST_CASE("implicit TLS: the greeting comes when the handshake is over", "[tls][conversation]") {
    Meeting meeting = implicit({});
    CHECK(meeting.connect().empty());
    const Ops last = meeting.shake_hands();
    CHECK(last == Ops{R"(send TLS of "220 mx ESMTP postfault\r\n" ends greeting)"});
    CHECK(meeting.news == Ops{"begins", "ClientHello", "established"});
    CHECK(meeting.client.read() == "220 mx ESMTP postfault\r\n");
    CHECK(meeting.say("EHLO c\r\n") == ehlo_reply);
    CHECK(meeting.heard == "EHLO c\r\n");
    CHECK(meeting.read() == Ops{"250-mx\r\n250 SIZE 1000\r\n"});
}

TEST_CASE("a whole message goes through under TLS", "[tls][conversation]") {
    Meeting meeting = implicit({});
    greeted(meeting);
    meeting.say("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    meeting.say("Subject: x\r\n\r\nhi\r\n.\r\n");
    CHECK(meeting.service().stored().size() == 1);
    CHECK(meeting.say("QUIT\r\n") == Ops{R"(send TLS of "221 Bye\r\n" ends QUIT)", R"(send TLS of "")", "fin"});
    meeting.read();
    CHECK(meeting.client.end == SSL_ERROR_ZERO_RETURN);
}

TEST_CASE("STARTTLS: in the clear before, forgotten and secured after", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::starttls, {});
    meeting.connect();
    CHECK(meeting.plain("EHLO c\r\n") == Ops{R"(send "250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n" ends EHLO)"});
    CHECK(meeting.plain("STARTTLS\r\n") == Ops{R"(send "220 Ready to start TLS\r\n" ends STARTTLS)"});
    meeting.take_sent();
    CHECK(meeting.shake_hands().empty());
    REQUIRE(meeting.result == 1);
    // Nothing of before is known any more, and STARTTLS is gone.
    CHECK(meeting.say("MAIL FROM:<a@b>\r\n") == Ops{R"(send TLS of "503 EHLO or HELO first\r\n" ends MAIL)"});
    CHECK(meeting.say("EHLO c\r\n") == ehlo_reply);
    CHECK(meeting.say("STARTTLS\r\n") == Ops{R"(send TLS of "503 TLS is up already\r\n" ends STARTTLS)"});
}

TEST_CASE("STARTTLS of news", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::starttls, {}, scenario::Protocol::nntp);
    meeting.connect();
    meeting.plain("CAPABILITIES\r\n");
    CHECK(meeting.take_sent().find("STARTTLS\r\n") != std::string::npos);
    CHECK(meeting.plain("STARTTLS\r\n") == Ops{R"(send "382 Continue with TLS negotiation\r\n" ends STARTTLS)"});
    meeting.take_sent();
    meeting.shake_hands();
    REQUIRE(meeting.result == 1);
    CHECK(meeting.say("STARTTLS\r\n") ==
          Ops{R"(send TLS of "502 STARTTLS is not possible any more\r\n" ends STARTTLS)"});
    meeting.read();
    meeting.say("CAPABILITIES\r\n");
    CHECK(meeting.read().front().find("STARTTLS") == std::string::npos);
}

TEST_CASE("what was sent in the clear behind STARTTLS is never carried out", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::starttls, {});
    meeting.connect();
    CHECK(meeting.plain("EHLO c\r\nSTARTTLS\r\nMAIL FROM:<evil@x>\r\nRSET\r\n").size() == 2);
    meeting.take_sent();
    meeting.shake_hands();
    REQUIRE(meeting.result == 1);
    CHECK(meeting.read().empty());
    CHECK(meeting.say("NOOP\r\n") == Ops{R"(send TLS of "250 Ok\r\n" ends NOOP)"});
}

TEST_CASE("a reply that is no 220 keeps the connection in the clear", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::starttls, {at("STARTTLS", {"reply 454 4.7.0 not now"})});
    meeting.connect();
    meeting.plain("EHLO c\r\n");
    CHECK(meeting.plain("STARTTLS\r\n") == Ops{"fired 0", R"(send "454 4.7.0 not now\r\n" ends STARTTLS)"});
    CHECK(meeting.plain("NOOP\r\n") == Ops{R"(send "250 Ok\r\n" ends NOOP)"});
    CHECK_FALSE(meeting.conversation().uses_tls());
}

TEST_CASE("lines injected behind the 220 share its segment and TLS begins all the same", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::starttls, {at("STARTTLS", {R"(reply 220 go\r\n250-mx\r\n250 AUTH PLAIN)"})});
    meeting.connect();
    meeting.plain("EHLO c\r\n");
    CHECK(meeting.plain("STARTTLS\r\n") ==
          Ops{"fired 0", R"(send "220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n" ends STARTTLS)"});
    meeting.take_sent();
    meeting.shake_hands();
    CHECK(meeting.result == 1);
}

TEST_CASE("faults in the answer to the ClientHello", "[tls][conversation]") {
    SECTION("stall") {
        Meeting meeting = implicit({at("tls client-hello", {"stall"})});
        meeting.connect();
        CHECK(meeting.shake_hands() == Ops{"fired 0", "pause for ever"});
        CHECK(meeting.conversation().held_for_good());
    }
    SECTION("drip cuts the flight on the wire") {
        Meeting meeting = implicit({at("tls client-hello", {"drip 400B/100ms"})});
        meeting.connect();
        meeting.client.shake_hands();
        const Ops ops = meeting.plain(meeting.client.take_output());
        REQUIRE(ops.size() >= 4);
        CHECK(Ops(ops.begin(), ops.begin() + 4) ==
              Ops{"fired 0", R"(send TLS of "")", "pause 100ms", R"(send TLS of "")"});
        meeting.client.on_bytes(meeting.take_sent());
        CHECK(meeting.client.shake_hands() == 1);
    }
    SECTION("a flight that is never complete") {
        Meeting meeting = implicit({at("tls client-hello reply@-1", {"stall"})});
        meeting.connect();
        meeting.client.shake_hands();
        CHECK(meeting.plain(meeting.client.take_output()) == Ops{R"(send TLS of "")", "fired 0", "pause for ever"});
        meeting.client.on_bytes(meeting.take_sent());
        CHECK(meeting.client.shake_hands() == 0);
    }
    SECTION("fin and cut are the same before there are keys") {
        for (const char* action : {"fin", "cut"}) {
            Meeting meeting = implicit({at("tls client-hello", {action})});
            meeting.connect();
            CHECK(meeting.shake_hands() == Ops{"fired 0", "fin"});
        }
    }
    SECTION("plain text instead of TLS") {
        Meeting meeting = implicit({at("tls client-hello", {"inject 220 mx", "fin"})});
        meeting.connect();
        CHECK(meeting.shake_hands() == Ops{"fired 0", R"(send "220 mx\r\n")", "fin"});
        CHECK(meeting.result == -1);
        CHECK(meeting.client.error == "wrong version number");
    }
    SECTION("an alert ends it") {
        Meeting meeting = implicit({at("tls client-hello", {"alert handshake_failure"})});
        meeting.connect();
        CHECK(meeting.shake_hands() == Ops{"fired 0", R"(send TLS of "")", "fin"});
        CHECK(meeting.client.error == "sslv3 alert handshake failure");
        CHECK(meeting.news == Ops{"begins", "ClientHello", "alert"});
    }
    SECTION("a changed octet") {
        Meeting meeting = implicit({at("tls client-hello", {"flip @300"})});
        meeting.connect();
        meeting.shake_hands();
        CHECK(meeting.result == -1);
    }
    SECTION("a bad certificate is refused, and the server hears why") {
        Meeting meeting = implicit({at("tls client-hello", {"cert expired"})});
        meeting.connect();
        meeting.shake_hands();
        CHECK(meeting.result == -1);
        CHECK(SSL_get_verify_result(meeting.client.ssl()) == X509_V_ERR_CERT_HAS_EXPIRED);
        CHECK(meeting.news == Ops{"begins", "ClientHello", "failed"});
    }
}

TEST_CASE("faults when the handshake is over", "[tls][conversation]") {
    SECTION("stall") {
        Meeting meeting = implicit({at("tls done", {"stall"})});
        meeting.connect();
        CHECK(meeting.shake_hands() == Ops{"fired 0", "pause for ever"});
        CHECK(meeting.result == 1);
    }
    SECTION("alert") {
        Meeting meeting = implicit({at("tls done", {"alert access_denied"})});
        meeting.connect();
        CHECK(meeting.shake_hands() == Ops{"fired 0", R"(send TLS of "")", "fin"});
        meeting.read();
        CHECK(meeting.client.error == "tlsv1 alert access denied");
    }
}

TEST_CASE("fin says close_notify, cut does not", "[tls][conversation]") {
    SECTION("fin") {
        Meeting meeting = implicit({at("EHLO reply@5", {"fin"})});
        greeted(meeting);
        CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "250-m")", "fired 0", R"(send TLS of "")", "fin"});
        CHECK(meeting.read() == Ops{"250-m"});
        CHECK(meeting.client.end == SSL_ERROR_ZERO_RETURN);
    }
    SECTION("cut") {
        Meeting meeting = implicit({at("EHLO reply@5", {"cut"})});
        greeted(meeting);
        CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "250-m")", "fired 0", "fin"});
        CHECK(meeting.read() == Ops{"250-m"});
        CHECK(meeting.client.end == SSL_ERROR_WANT_READ);
    }
    SECTION("half-close says close_notify, and TCP stays open") {
        Meeting meeting = implicit({at("EHLO done", {"half-close"})});
        greeted(meeting);
        CHECK(meeting.say("EHLO c\r\n") ==
              Ops{ehlo_reply.front(), "fired 0", R"(send TLS of "")", "half-close without FIN"});
        meeting.read();
        CHECK(meeting.client.end == SSL_ERROR_ZERO_RETURN);
    }
    SECTION("cut in the middle of a record") {
        Meeting meeting = implicit({at("EHLO record@10", {"cut"})});
        greeted(meeting);
        CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "")", "fired 0", "fin"});
        CHECK(meeting.sent.size() == 10);
        CHECK(meeting.read().empty());
    }
}

TEST_CASE("a record that is never complete", "[tls][conversation]") {
    Meeting meeting = implicit({at("EHLO record@-1", {"stall"})});
    greeted(meeting);
    CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "")", "fired 0", "pause for ever"});
    CHECK(meeting.read().empty());
}

TEST_CASE("a record that goes on after a pause is whole", "[tls][conversation]") {
    Meeting meeting = implicit({at("EHLO record@10", {"delay 0.5T"})});
    greeted(meeting);
    CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "")", "fired 0", "pause 1s", ehlo_reply.front()});
    CHECK(meeting.read() == Ops{"250-mx\r\n250 SIZE 1000\r\n"});
}

TEST_CASE("drip cuts records, split makes records", "[tls][conversation]") {
    SECTION("split") {
        Meeting meeting = implicit({at("EHLO", {"split lines"})});
        greeted(meeting);
        meeting.say("EHLO c\r\n");
        CHECK(meeting.read() == Ops{"250-mx\r\n", "250 SIZE 1000\r\n"});
    }
    SECTION("drip: the text shows when its record is whole") {
        Meeting meeting = implicit({at("EHLO", {"drip 40B/1s"})});
        greeted(meeting);
        CHECK(meeting.say("EHLO c\r\n") == Ops{"fired 0", R"(send TLS of "")", "pause 1s", ehlo_reply.front()});
        CHECK(meeting.read() == Ops{"250-mx\r\n250 SIZE 1000\r\n"});
    }
}

TEST_CASE("flip changes a record, edit what is in it", "[tls][conversation]") {
    SECTION("flip") {
        Meeting meeting = implicit({at("EHLO", {"flip @8"})});
        greeted(meeting);
        meeting.say("EHLO c\r\n");
        CHECK(meeting.read().empty());
        CHECK(meeting.client.error == "decryption failed or bad record mac");
    }
    SECTION("edit, inject, garbage and flood are under TLS") {
        Meeting meeting = implicit(
            {at("EHLO", {"edit - SIZE"}), at("EHLO done", {"inject 250 more"}), at("NOOP", {"flood 40KiB lines"})});
        greeted(meeting);
        meeting.say("EHLO c\r\n");
        CHECK(meeting.read() == Ops{"250 mx\r\n250 more\r\n"});
        meeting.say("NOOP\r\n");
        std::string all;
        for (const std::string& text : meeting.read())
            all += text;
        CAPTURE(all.substr(0, 40));
        CHECK(all.size() > 40 * 1024);
        CHECK(all.starts_with("250-flood\r\n250-flood\r\n"));
    }
}

TEST_CASE("an alert behind a part of the reply is encrypted and comes last", "[tls][conversation]") {
    Meeting meeting = implicit({at("EHLO reply@3", {"alert internal_error"})});
    greeted(meeting);
    CHECK(meeting.say("EHLO c\r\n") == Ops{R"(send TLS of "250")", "fired 0", R"(send TLS of "")", "fin"});
    CHECK(meeting.read() == Ops{"250"});
    CHECK(meeting.client.error == "tlsv1 alert internal error");
}

TEST_CASE("an alert in front of a stall leaves the connection open", "[tls][conversation]") {
    Meeting meeting = implicit({at("EHLO", {"alert internal_error", "stall"})});
    greeted(meeting);
    CHECK(meeting.say("EHLO c\r\n") == Ops{"fired 0", R"(send TLS of "")", "pause for ever"});
}

TEST_CASE("the client's close_notify is answered, unless a fault holds the server back", "[tls][conversation]") {
    SECTION("healthy") {
        Meeting meeting = implicit({});
        greeted(meeting);
        CHECK(meeting.plain(meeting.client.close()) == Ops{R"(send TLS of "")", "fin"});
        CHECK(meeting.news.back() == "close_notify");
    }
    SECTION("held back") {
        Meeting meeting = implicit({at("EHLO", {"stall"})});
        greeted(meeting);
        meeting.say("EHLO c\r\n");
        CHECK(meeting.plain(meeting.client.seal("QUIT\r\n")).empty());
        CHECK(meeting.heard == "EHLO c\r\nQUIT\r\n");
        CHECK(meeting.conversation().ends_with_quit());
        CHECK(meeting.plain(meeting.client.close()).empty());
        CHECK(meeting.news.back() == "close_notify");
    }
}

TEST_CASE("a client that speaks in the clear where TLS is due is let go", "[tls][conversation]") {
    Meeting meeting = implicit({});
    meeting.connect();
    CHECK(meeting.plain("EHLO c\r\n") == Ops{"fin"});
    CHECK(meeting.news == Ops{"begins", "failed"});
}

TEST_CASE("a server that takes what comes for TLS although nobody asked", "[tls][conversation]") {
    Meeting meeting(scenario::Tls::none, {at("connect", {"tls"})});
    CHECK(meeting.connect() == Ops{"fired 0"});
    meeting.shake_hands();
    CHECK(meeting.result == 1);
    CHECK(meeting.read() == Ops{"220 mx ESMTP postfault\r\n"});
    CHECK(meeting.say("NOOP\r\n") == Ops{R"(send TLS of "250 Ok\r\n" ends NOOP)"});
}

TEST_CASE("a client that floods the handshake has to wait", "[tls][conversation]") {
    Meeting meeting = implicit({at("tls client-hello", {"stall"})});
    meeting.connect();
    meeting.client.shake_hands();
    const std::string hello = meeting.client.take_output();
    meeting.plain(hello);
    CHECK(meeting.conversation().wants_bytes()); // nobody will ever take these
    Meeting late = implicit({at("connect", {"delay 1s"})});
    late.conversation().on_connected();
    for (int turn = 0; turn < 65; ++turn)
        late.conversation().on_bytes(std::string(1 << 20, '\x16'));
    CHECK_FALSE(late.conversation().wants_bytes());
}
