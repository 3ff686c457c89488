#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

using namespace refclient;
using namespace std::chrono_literals;

namespace {

Policy policy_with(TlsMode mode = TlsMode::none) {
    Policy policy;
    policy.limits.set_all(10s);
    policy.tls = mode;
    policy.login = Login{"a", "b"};
    return policy;
}

struct LoggedSend {
    explicit LoggedSend(const Policy& policy = policy_with())
        : conversation({"me", "a@example", {"b@example"}, "x"}, policy), dialogue(conversation) {
        conversation.set_trace([this](char, std::string_view line) { trace += std::string{line} + "\n"; });
    }

    Dialogue& greeted(std::string_view capabilities) {
        return dialogue.server("220 hi\r\n").client("EHLO me\r\n").server(capabilities);
    }

    Dialogue& plain() { return greeted("250-mx\r\n250 AUTH PLAIN\r\n").client("AUTH PLAIN AGEAYg==\r\n"); }

    Dialogue& login() { return greeted("250-mx\r\n250 AUTH LOGIN\r\n").client("AUTH LOGIN\r\n"); }

    std::string trace;
    SendConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("log-in: goes before the message", "[refclient][sasl]") {
    LoggedSend send;
    send.plain().server("235 2.7.0 ok\r\n").client("MAIL FROM:<a@example>\r\n");
    CHECK(send.trace.find("AGEAYg==") == std::string::npos);
    CHECK(send.trace.find("AUTH PLAIN [hidden]\n") != std::string::npos);
}

TEST_CASE("log-in: challenges are answered one by one, and no secret is shown", "[refclient][sasl]") {
    LoggedSend send;
    send.login().server("334 VXNlcm5hbWU6\r\n").client("YQ==\r\n").server("334 UGFzc3dvcmQ6\r\n").client("Yg==\r\n");
    CHECK(send.trace.find("YQ==") == std::string::npos);
    CHECK(send.trace.find("Yg==") == std::string::npos);
    send.dialogue.server("535 5.7.8 no\r\n").client("QUIT\r\n").server("221 bye\r\n");
    send.dialogue.ends(Outcome::perm, "the reply to AUTH was 535 5.7.8 no", Ending::said_goodbye);
}

TEST_CASE("log-in: one try, and its refusal is temporary or permanent by the code", "[refclient][sasl]") {
    LoggedSend later;
    later.plain().server("454 4.7.0 later\r\n").client("QUIT\r\n").server("221 bye\r\n");
    later.dialogue.ends(Outcome::temp, "the reply to AUTH was 454 4.7.0 later", Ending::said_goodbye);
    LoggedSend closing;
    closing.plain().server("421 4.3.2 closing\r\n");
    closing.dialogue.ends(Outcome::temp, "the reply to AUTH was 421 4.3.2 closing", Ending::dismissed);
    LoggedSend odd;
    odd.plain().server("354 go\r\n").client("QUIT\r\n");
    LoggedSend cut;
    cut.plain().server("535 5.7.8 no\r\n").client("QUIT\r\n").end_of_stream();
    cut.dialogue.ends(Outcome::perm, "535 5.7.8 no", Ending::peer_closed);
    LoggedSend silent;
    silent.login().server("334 VXNlcm5hbWU6\r\n").client("YQ==\r\n").wait(10s);
    silent.dialogue.ends(Outcome::temp, "waiting for the reply to AUTH", Ending::timed_out);
}

TEST_CASE("log-in: endless or senseless challenges are cancelled", "[refclient][sasl]") {
    LoggedSend endless;
    endless.plain()
        .server("334 \r\n")
        .client("*\r\n")
        .server("501 cancelled\r\n")
        .client("QUIT\r\n")
        .server("221 x\r\n");
    endless.dialogue.ends(Outcome::temp, "the log-in was cancelled", Ending::said_goodbye);
    LoggedSend senseless;
    senseless.login().server("334 Username:\r\n").client("*\r\n").server("235 welcome\r\n").client("QUIT\r\n");
    senseless.dialogue.server("221 x\r\n").ends(Outcome::temp, "the log-in was cancelled", Ending::said_goodbye);
    LoggedSend many_lines;
    many_lines.login().server("334-VXNlcm5hbWU6\r\n334 VXNlcm5hbWU6\r\n").client("*\r\n");

    Policy policy = policy_with();
    policy.challenges = sasl::Challenges::are_answered_for_ever;
    LoggedSend looping{policy};
    looping.login();
    for (int i = 0; i < 50; ++i)
        looping.dialogue.server("334 VXNlcm5hbWU6\r\n").client(i == 0 ? "YQ==\r\n" : "Yg==\r\n");
}

TEST_CASE("log-in: without a common mechanism there is no mail", "[refclient][sasl]") {
    for (const char* capabilities : {"250 mx\r\n", "250-mx\r\n250 AUTH GSSAPI\r\n", "250-mx\r\n250 AUTH\r\n"}) {
        LoggedSend send;
        send.greeted(capabilities).client("QUIT\r\n").server("221 bye\r\n");
        send.dialogue.ends(Outcome::temp, "the server offers none", Ending::said_goodbye);
    }
    LoggedSend helo;
    helo.greeted("502 what\r\n").client("HELO me\r\n").server("250 mx\r\n").client("QUIT\r\n");
}

TEST_CASE("log-in: the list that counts is the one inside TLS", "[refclient][sasl][tls]") {
    LoggedSend send{policy_with(TlsMode::starttls)};
    send.greeted("250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n").client("STARTTLS\r\n").server("220 go\r\n");
    send.dialogue.handshake().client("EHLO me\r\n").server("250-mx\r\n250 AUTH LOGIN\r\n").client("AUTH LOGIN\r\n");

    Policy policy = policy_with(TlsMode::starttls);
    policy.after_tls = AfterTls::go_on;
    LoggedSend remembering{policy};
    remembering.greeted("250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n").client("STARTTLS\r\n").server("220 go\r\n");
    remembering.dialogue.handshake().client("AUTH PLAIN AGEAYg==\r\n");
}

TEST_CASE("log-in: nothing of it is said in the clear where TLS was asked for", "[refclient][sasl][tls]") {
    LoggedSend send{policy_with(TlsMode::starttls)};
    send.greeted("250-mx\r\n250 AUTH PLAIN\r\n").client("QUIT\r\n");
    Policy policy = policy_with(TlsMode::starttls);
    policy.tls_refused = TlsRefused::go_on_in_the_clear;
    LoggedSend downgraded{policy};
    downgraded.plain();
}

TEST_CASE("log-in: SCRAM is not over before the server has proved itself", "[refclient][sasl]") {
    const auto begin = [](LoggedSend& send) {
        send.greeted("250-mx\r\n250 AUTH PLAIN SCRAM-SHA-256\r\n");
        CHECK_THAT(send.dialogue.heard(), Catch::StartsWith("AUTH SCRAM-SHA-256 "));
        send.dialogue.server("235 2.7.0 welcome\r\n");
    };
    LoggedSend send;
    begin(send);
    send.dialogue.client("QUIT\r\n").server("221 bye\r\n");
    send.dialogue.ends(Outcome::temp, "did not prove that it knows the password", Ending::said_goodbye);
    Policy policy = policy_with();
    policy.server_proof = sasl::ServerProof::is_taken_for_granted;
    LoggedSend trusting{policy};
    begin(trusting);
    trusting.dialogue.client("MAIL FROM:<a@example>\r\n");
}

TEST_CASE("log-in: a client that tries again after a refusal", "[refclient][sasl][defects]") {
    Policy policy = policy_with();
    policy.repeats_of_refused_log_in = 1;
    LoggedSend send{policy};
    send.plain().server("535 no\r\n").client("AUTH PLAIN AGEAYg==\r\n").server("535 no\r\n").client("QUIT\r\n");
}
