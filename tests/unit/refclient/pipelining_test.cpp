#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <catch2/catch.hpp>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view message = "Subject: x\n\nend\n";
constexpr std::string_view wire = "Subject: x\r\n\r\nend\r\n.\r\n";
constexpr std::string_view group = "MAIL FROM:<a@example>\r\nRCPT TO:<b@example>\r\nRCPT TO:<c@example>\r\nDATA\r\n";

Policy policy_with(const char* defect = nullptr) {
    Policy policy;
    policy.limits.set_all(10s);
    if (defect != nullptr)
        find_defect(defect)->plant(policy);
    return policy;
}

struct Relay {
    explicit Relay(const Policy& policy = policy_with(), SendStyle style = {true, std::nullopt})
        : conversation({"me", "a@example", {"b@example", "c@example"}, message}, policy, style),
          dialogue(conversation) {}

    Dialogue& greeted(std::string_view offers = "250-mx\r\n250 PIPELINING\r\n") {
        return dialogue.server("220 hi\r\n").client("EHLO me\r\n").server(offers);
    }

    SendConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("pipelining: one group asks for everything, and each reply counts", "[refclient][pipelining]") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        CAPTURE(piece);
        Relay relay;
        relay.greeted().client(group).pieces_of(piece).server(
            "250-mail\r\n250 ok\r\n250 ok\r\n550-no such\r\n550 user\r\n354 go\r\n");
        relay.dialogue.client(wire).server("250 queued\r\n").client("QUIT\r\n").server("221 bye\r\n");
        relay.dialogue.ends(Outcome::perm, "taken for 1 of 2 recipients (250 queued); not for c@example: 550 no such",
                            Ending::said_goodbye);
        REQUIRE(relay.conversation.refusals().size() == 1);
        CHECK(relay.conversation.refusals()[0].recipient == "c@example");
    }
}

TEST_CASE("pipelining: command by command where it is not offered", "[refclient][pipelining]") {
    Relay relay;
    relay.greeted("250-mx\r\n250 SIZE\r\n").client("MAIL FROM:<a@example> SIZE=19\r\n");
    relay.dialogue.server("250 ok\r\n").client("RCPT TO:<b@example>\r\n");
}

TEST_CASE("pipelining: a server that asks for a message for nobody gets an empty one", "[refclient][pipelining]") {
    Relay relay;
    relay.greeted().client(group).server("250 ok\r\n550 no\r\n450 no\r\n354 go\r\n").client(".\r\n");
    relay.dialogue.server("554 nobody\r\n").client("QUIT\r\n").server("221 bye\r\n");
    relay.dialogue.ends(Outcome::temp, "no recipient accepted: b@example: 550 no; c@example: 450 no",
                        Ending::said_goodbye);
}

TEST_CASE("pipelining: the replies behind a refused sender are read, and mean nothing", "[refclient][pipelining]") {
    for (const char* end : {"503 no\r\n503 no\r\n503 no\r\n", "503 no\r\n503 no\r\n354 go\r\n"}) {
        CAPTURE(end);
        Relay relay;
        relay.greeted().client(group).server("550 5.7.1 not from you\r\n").client("").server(end);
        if (std::string_view{end}.ends_with("354 go\r\n"))
            relay.dialogue.client(".\r\n").server("250 ok\r\n");
        relay.dialogue.client("QUIT\r\n").server("221 bye\r\n");
        relay.dialogue.ends(Outcome::perm, "the reply to MAIL was 550 5.7.1", Ending::said_goodbye);
    }
}

TEST_CASE("pipelining: DATA refused after recipients were accepted", "[refclient][pipelining]") {
    Relay relay;
    relay.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n451 no room\r\n").client("QUIT\r\n");
    relay.dialogue.server("221 bye\r\n").ends(Outcome::temp, "the reply to DATA was 451", Ending::said_goodbye);
}

TEST_CASE("pipelining: one reply too few costs the limit, and no reply is taken for another",
          "[refclient][pipelining]") {
    Relay relay;
    relay.greeted()
        .client(group)
        .server("250 ok\r\n250 ok\r\n250 ok\r\n")
        .wait(9s)
        .client("")
        .wait(1s)
        .ends(Outcome::temp, "waiting for the reply to DATA", Ending::timed_out);
    // Each reply has the whole limit.
    Relay slow;
    slow.greeted().client(group);
    for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"})
        slow.dialogue.wait(9s).server(reply);
    slow.dialogue.client(wire);
}

TEST_CASE("pipelining: one reply too many leads to no success", "[refclient][pipelining]") {
    Relay shifted;
    shifted.greeted()
        .client(group)
        .server("250 ok\r\n250 surplus\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        .client("QUIT\r\n");
    shifted.dialogue.ends(Outcome::temp, "the reply to DATA was 250", Ending::said_goodbye);
    Relay behind;
    behind.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 surplus\r\n").client("");
    behind.dialogue.ends(Outcome::temp, "in the middle of the message", Ending::gave_up);
}

TEST_CASE("pipelining: 421 in the middle of a group ends it", "[refclient][pipelining]") {
    Relay relay;
    relay.greeted()
        .client(group)
        .server("250 ok\r\n250 ok\r\n421 closing\r\n")
        .client("")
        .ends(Outcome::temp, "421 closing", Ending::dismissed);
}

TEST_CASE("pipelining: what cannot come in a group ends it without a wait for the rest", "[refclient][pipelining]") {
    Relay relay;
    relay.greeted().client(group).server("250 ok\r\n354 what\r\n").client("QUIT\r\n");
    relay.dialogue.ends(Outcome::temp, "the reply to RCPT was 354", Ending::said_goodbye);
}

TEST_CASE("pipelining: the client listens while it writes a group", "[refclient][pipelining][defects]") {
    Relay right;
    right.greeted();
    REQUIRE_FALSE(right.conversation.pending_output().empty());
    CHECK(right.conversation.listens());
    Relay wrong{policy_with("pipeline_write_all_first")};
    wrong.greeted();
    CHECK_FALSE(wrong.conversation.listens());
    wrong.dialogue.client(group);
    CHECK(wrong.conversation.listens());
}

TEST_CASE("pipelining: a client that looks at the last status alone sends a message to nobody",
          "[refclient][pipelining][defects]") {
    Relay relay{policy_with("pipeline_last_status_only")};
    relay.greeted().client(group).server("250 ok\r\n550 no\r\n550 no\r\n354 go\r\n").client(wire);
}

TEST_CASE("keeping: a connection serves one message after the other", "[refclient][keeping]") {
    Relay relay;
    relay.conversation.keep(true);
    relay.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").client(wire);
    relay.dialogue.server("250 first\r\n").client("");
    REQUIRE(relay.conversation.resting());
    CHECK(relay.conversation.result() == Result{Outcome::ok, "250 first"});
    CHECK_FALSE(relay.conversation.deadline());

    relay.conversation.start({"me", "", {"d@example"}, message}, relay.dialogue.now());
    relay.dialogue.client("MAIL FROM:<>\r\nRCPT TO:<d@example>\r\nDATA\r\n").server("250 ok\r\n250 ok\r\n354 go\r\n");
    relay.conversation.keep(false);
    relay.dialogue.client(wire).server("250 second\r\n").client("QUIT\r\n").server("221 bye\r\n");
    relay.dialogue.ends(Outcome::ok, "250 second", Ending::said_goodbye);
}

TEST_CASE("keeping: an open transaction is reset before the next", "[refclient][keeping]") {
    Relay relay;
    relay.conversation.keep(true);
    relay.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n452 no room\r\n");
    REQUIRE(relay.conversation.resting());
    CHECK(relay.conversation.result().outcome == Outcome::temp);
    relay.conversation.start({"me", "a@example", {"b@example", "c@example"}, message}, relay.dialogue.now());
    CHECK(relay.conversation.unanswered());
    relay.dialogue.client("RSET\r\n").server("250 ok\r\n").client(group);
    CHECK_FALSE(relay.conversation.unanswered());

    Relay refused;
    refused.conversation.keep(true);
    refused.greeted().client(group).server("550 no\r\n503 no\r\n503 no\r\n503 no\r\n");
    REQUIRE(refused.conversation.resting());
    refused.conversation.start({"me", "a@example", {"b@example", "c@example"}, message}, refused.dialogue.now());
    refused.dialogue.client(group); // MAIL was refused, so nothing is open
}

TEST_CASE("keeping: a connection that is out of step is not used on", "[refclient][keeping]") {
    Relay reset_refused;
    reset_refused.conversation.keep(true);
    reset_refused.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n452 no room\r\n");
    reset_refused.conversation.start({"me", "a@example", {"b@example"}, message}, reset_refused.dialogue.now());
    reset_refused.dialogue.client("RSET\r\n").server("503 what\r\n").client("QUIT\r\n").server("221 bye\r\n");
    reset_refused.dialogue.ends(Outcome::temp, "the reply to RSET was 503", Ending::said_goodbye);

    Relay surplus;
    surplus.conversation.keep(true);
    surplus.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").client(wire);
    surplus.dialogue.server("250 queued\r\n250 surplus\r\n").client("QUIT\r\n");
    surplus.dialogue.ends(Outcome::ok, "250 queued", Ending::said_goodbye);
}

TEST_CASE("keeping: after a time-out the connection is dropped, whatever comes late", "[refclient][keeping][defects]") {
    const auto until_dot = [](Relay& relay) {
        relay.conversation.keep(true);
        relay.greeted().client(group).server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").client(wire).wait(10s);
    };
    Relay right;
    until_dot(right);
    right.dialogue.ends(Outcome::uncertain, "timed out", Ending::timed_out);
    Relay wrong{policy_with("reuse_after_timeout")};
    until_dot(wrong);
    CHECK(wrong.conversation.resting());
}

TEST_CASE("chunks: exactly the announced octets, without doubled dots and terminator", "[refclient][chunks]") {
    const std::string text = ".dot\n" + std::string(70000, 'a');
    Policy policy = policy_with();
    SendConversation conversation{{"me", "a@example", {"b@example"}, text}, policy, {true, std::size_t{1}}};
    Dialogue dialogue{conversation};
    dialogue.server("220 hi\r\n").client("EHLO me\r\n").server("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
    dialogue.client("MAIL FROM:<a@example>\r\nRCPT TO:<b@example>\r\n").server("250 ok\r\n250 ok\r\n");
    const std::string whole = ".dot\r\n" + std::string(70000, 'a') + "\r\n";
    dialogue.client("BDAT 65536\r\n" + whole.substr(0, 65536)).server("250 65536 octets\r\n");
    dialogue.client("BDAT 4472 LAST\r\n" + whole.substr(65536)).server("250 queued\r\n").client("QUIT\r\n");
    dialogue.server("221 bye\r\n").ends(Outcome::ok, "250 queued", Ending::said_goodbye);
}

TEST_CASE("chunks: after a refused one there is no other", "[refclient][chunks][defects]") {
    const std::string text(70000, 'a');
    for (const char* defect : {static_cast<const char*>(nullptr), "bdat_after_error"}) {
        SendConversation conversation{
            {"me", "a@example", {"b@example"}, text}, policy_with(defect), {false, std::size_t{1}}};
        Dialogue dialogue{conversation};
        dialogue.server("220 hi\r\n").client("EHLO me\r\n").server("250-mx\r\n250 CHUNKING\r\n");
        dialogue.client("MAIL FROM:<a@example>\r\n").server("250 ok\r\n").client("RCPT TO:<b@example>\r\n");
        dialogue.server("250 ok\r\n").client("BDAT 65536\r\n" + text.substr(0, 65536)).server("452 full\r\n");
        if (defect == nullptr)
            dialogue.client("QUIT\r\n").server("221 bye\r\n").ends(Outcome::temp, "452 full", Ending::said_goodbye);
        else
            CHECK(dialogue.heard().starts_with("BDAT 4466 LAST\r\n"));
    }
}

TEST_CASE("chunks: a lost reply is uncertain after the last one, and temporary before", "[refclient][chunks]") {
    const std::string text(70000, 'a');
    SendConversation conversation{{"me", "a@example", {"b@example"}, text}, policy_with(), {false, std::size_t{1}}};
    Dialogue dialogue{conversation};
    dialogue.server("220 hi\r\n").client("EHLO me\r\n").server("250-mx\r\n250 CHUNKING\r\n").heard();
    dialogue.server("250 ok\r\n").heard();
    dialogue.server("250 ok\r\n").heard();
    SECTION("before") { dialogue.wait(10s).ends(Outcome::temp, "the reply to a chunk", Ending::timed_out); }
    SECTION("after") {
        dialogue.server("250 ok\r\n").heard();
        dialogue.wait(10s).ends(Outcome::uncertain, "the end of the message", Ending::timed_out);
    }
}

TEST_CASE("lmtp: each accepted recipient has a reply of its own", "[refclient][lmtp]") {
    const auto until_dot = [](SendConversation& conversation) {
        Dialogue dialogue{conversation};
        dialogue.server("220 hi\r\n").client("LHLO me\r\n").server("250 mx\r\n").heard();
        dialogue.server("250 ok\r\n").client("RCPT TO:<b@example>\r\n").server("250 ok\r\n");
        dialogue.client("RCPT TO:<c@example>\r\n").server("250 ok\r\n").client("DATA\r\n").server("354 go\r\n");
        dialogue.client(wire);
        return dialogue;
    };
    const SendRequest request{"me", "a@example", {"b@example", "c@example"}, message};
    SECTION("both good") {
        SendConversation conversation{request, policy_with(), {}, Dialect::lmtp};
        until_dot(conversation).server("250 one\r\n").client("").server("250 two\r\n").client("QUIT\r\n");
        CHECK(conversation.result() == Result{Outcome::ok, "250 two"});
    }
    SECTION("mixed, in one piece") {
        SendConversation conversation{request, policy_with(), {}, Dialect::lmtp};
        Dialogue dialogue = until_dot(conversation);
        dialogue.server("452 full\r\n250 two\r\n").client("QUIT\r\n").server("221 bye\r\n");
        dialogue.ends(Outcome::temp, "taken for 1 of 2 recipients (250 two); not for b@example: 452 full",
                      Ending::said_goodbye);
    }
    SECTION("one is missing") {
        SendConversation conversation{request, policy_with(), {}, Dialect::lmtp};
        Dialogue dialogue = until_dot(conversation);
        dialogue.server("250 one\r\n").wait(10s).ends(Outcome::uncertain, "timed out", Ending::timed_out);
    }
    SECTION("a client that reads one only believes it for both") {
        SendConversation conversation{request, policy_with("one_lmtp_reply"), {}, Dialect::lmtp};
        until_dot(conversation).server("250 one\r\n").client("QUIT\r\n");
        CHECK(conversation.result().outcome == Outcome::ok);
    }
    SECTION("there is no HELO") {
        SendConversation conversation{request, policy_with(), {}, Dialect::lmtp};
        Dialogue dialogue{conversation};
        dialogue.server("220 hi\r\n").client("LHLO me\r\n").server("500 what\r\n").client("QUIT\r\n");
    }
}
