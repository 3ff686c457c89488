#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/read_task.hpp"
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

struct SecureRead {
    explicit SecureRead(const Policy& policy = policy_with(TlsMode::starttls))
        : task({"", "<1@x>"}), conversation(task, policy, Login{"a", "b"}), dialogue(conversation) {}

    Dialogue& asked() { return dialogue.server("200 hi\r\n").client("STARTTLS\r\n"); }

    ReadTask task;
    NewsConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("news tls: STARTTLS comes first, and everything else goes inside", "[refclient][tls]") {
    SecureRead read;
    read.asked().server("382 go\r\n").client("").handshake().client("MODE READER\r\n").server("200 hi\r\n");
    read.dialogue.client("ARTICLE <1@x>\r\n").server("480 log in\r\n").client("AUTHINFO USER a\r\n");
}

TEST_CASE("news tls: without TLS there is no reading, and no log-in whatever the server asks for", "[refclient][tls]") {
    for (const char* refusal : {"580 cannot\r\n", "502 no\r\n", "500 what\r\n", "480 log in first\r\n", "483 no\r\n"}) {
        SecureRead read;
        read.asked().server(refusal).client("QUIT\r\n").server("205 bye\r\n");
        CHECK(read.conversation.result().outcome != Outcome::ok);
    }
    SecureRead odd;
    odd.asked().server("200 ok\r\n").client("QUIT\r\n").server("205 bye\r\n");
    odd.dialogue.ends(Outcome::temp, "which cannot come here", Ending::said_goodbye);
    SecureRead injected;
    injected.asked().server("382 go\r\n200 hi\r\n281 welcome\r\n");
    injected.dialogue.ends(Outcome::temp, "sent more in the clear", Ending::gave_up);
}

TEST_CASE("news tls: implicit TLS comes before the greeting", "[refclient][tls]") {
    SecureRead read{policy_with(TlsMode::implicit)};
    read.dialogue.client("").handshake().server("200 hi\r\n").client("MODE READER\r\n");
}

TEST_CASE("news tls: the defects of the upgrade", "[refclient][tls][defects]") {
    Policy policy = policy_with(TlsMode::starttls);
    policy.tls_refused = TlsRefused::go_on_in_the_clear;
    SecureRead downgraded{policy};
    downgraded.asked().server("580 cannot\r\n").client("MODE READER\r\n");
    policy = policy_with(TlsMode::starttls);
    policy.clear_behind_tls = ClearBehindTls::read_as_if_secure;
    SecureRead injected{policy};
    injected.asked().server("382 go\r\n502 go away\r\n").handshake();
    CHECK(injected.conversation.finished());
}
