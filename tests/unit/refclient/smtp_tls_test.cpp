#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

using namespace refclient;
using namespace std::chrono_literals;

namespace {

Policy policy_with(TlsMode mode) {
    Policy policy;
    policy.limits.set_all(10s);
    policy.tls = mode;
    return policy;
}

struct SecureSend {
    explicit SecureSend(const Policy& policy = policy_with(TlsMode::starttls))
        : conversation({"me", "a@example", {"b@example"}, "x"}, policy), dialogue(conversation) {}

    Dialogue& greeted() { return dialogue.server("220 hi\r\n").client("EHLO me\r\n"); }

    Dialogue& asked() { return greeted().server("250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n").client("STARTTLS\r\n"); }

    SendConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("tls: after the handshake the session starts anew and forgets what it had learnt", "[refclient][tls]") {
    SecureSend send;
    send.asked().server("220 go\r\n").client("");
    send.dialogue.handshake().client("EHLO me\r\n").server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n");
}

TEST_CASE("tls: STARTTLS is not asked for twice", "[refclient][tls]") {
    SecureSend send;
    send.asked().server("220 go\r\n").handshake().client("EHLO me\r\n");
    send.dialogue.server("250-mx\r\n250 starttls\r\n").client("MAIL FROM:<a@example>\r\n");
}

TEST_CASE("tls: without STARTTLS in the list there is no mail", "[refclient][tls]") {
    SecureSend send;
    send.greeted().server("250-mx\r\n250 SIZE\r\n").client("QUIT\r\n").server("221 bye\r\n");
    send.dialogue.ends(Outcome::temp, "does not offer STARTTLS", Ending::said_goodbye);
}

TEST_CASE("tls: a server that only knows HELO gets no mail", "[refclient][tls]") {
    SecureSend send;
    send.greeted().server("502 what\r\n").client("HELO me\r\n").server("250 mx\r\n").client("QUIT\r\n");
    send.dialogue.server("221 bye\r\n").ends(Outcome::temp, "does not offer STARTTLS", Ending::said_goodbye);
}

TEST_CASE("tls: a refused STARTTLS is temporary or permanent by its code, and never ignored", "[refclient][tls]") {
    SecureSend later;
    later.asked().server("454 4.7.0 not now\r\n").client("QUIT\r\n").server("221 bye\r\n");
    later.dialogue.ends(Outcome::temp, "the reply to STARTTLS was 454 4.7.0 not now", Ending::said_goodbye);
    SecureSend never;
    never.asked().server("502 5.5.1 what\r\n").client("QUIT\r\n").server("221 bye\r\n");
    never.dialogue.ends(Outcome::perm, "the reply to STARTTLS was 502 5.5.1 what", Ending::said_goodbye);
    SecureSend odd;
    odd.asked().server("250 ok\r\n").client("QUIT\r\n").server("221 bye\r\n");
    odd.dialogue.ends(Outcome::temp, "which cannot come here", Ending::said_goodbye);
}

TEST_CASE("tls: anything in the clear behind the 220 ends the connection", "[refclient][tls]") {
    SecureSend send;
    send.asked().server("220 go\r\n250-AUTH PLAIN\r\n250 x\r\n");
    send.dialogue.ends(Outcome::temp, "sent more in the clear", Ending::gave_up);
}

TEST_CASE("tls: the handshake has one limit, and every failure of it is named", "[refclient][tls]") {
    SecureSend slow;
    slow.asked().server("220 go\r\n").wait(9s);
    CHECK_FALSE(slow.conversation.finished());
    slow.dialogue.wait(1s).ends(Outcome::temp, "timed out after 10 s waiting for the TLS handshake", Ending::timed_out);
    SecureSend bad;
    bad.asked().server("220 go\r\n").no_handshake("certificate has expired");
    bad.dialogue.ends(Outcome::temp, "the TLS handshake failed: certificate has expired", Ending::gave_up);
    SecureSend cut;
    cut.asked().server("220 go\r\n").end_of_stream();
    cut.dialogue.ends(Outcome::temp, "closed the connection instead of the TLS handshake", Ending::peer_closed);
    SecureSend reset;
    reset.asked().server("220 go\r\n").reset();
    reset.dialogue.ends(Outcome::temp, "while waiting for the TLS handshake", Ending::transport_error);
}

TEST_CASE("tls: implicit TLS comes before the greeting, and STARTTLS is then not asked for", "[refclient][tls]") {
    SecureSend send{policy_with(TlsMode::implicit)};
    CHECK(send.conversation.securing());
    CHECK(send.conversation.deadline() == Instant{} + 10s);
    send.dialogue.wait(5s).handshake();
    CHECK(send.conversation.deadline() == Instant{} + 15s);
    send.dialogue.server("220 hi\r\n").client("EHLO me\r\n").server("250-mx\r\n250 STARTTLS\r\n");
    send.dialogue.client("MAIL FROM:<a@example>\r\n");
}

TEST_CASE("tls: the defects of the upgrade are values of the policy", "[refclient][tls]") {
    Policy policy = policy_with(TlsMode::starttls);
    policy.tls_refused = TlsRefused::go_on_in_the_clear;
    SecureSend downgraded{policy};
    downgraded.asked().server("454 not now\r\n").client("MAIL FROM:<a@example> SIZE=3\r\n");
    SecureSend stripped{policy};
    stripped.greeted().server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n");

    policy = policy_with(TlsMode::starttls);
    policy.clear_behind_tls = ClearBehindTls::read_as_if_secure;
    SecureSend injected{policy};
    injected.asked().server("220 go\r\n250-mx\r\n250 SIZE\r\n").handshake();
    injected.dialogue.client("EHLO me\r\nMAIL FROM:<a@example> SIZE=3\r\n");

    policy = policy_with(TlsMode::starttls);
    policy.after_tls = AfterTls::go_on;
    SecureSend remembering{policy};
    remembering.asked().server("220 go\r\n").handshake().client("MAIL FROM:<a@example> SIZE=3\r\n");
}
