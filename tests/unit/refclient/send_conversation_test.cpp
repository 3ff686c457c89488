#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <functional>
#include <random>
#include <vector>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view message = "Subject: x\n\n.hidden\nend";
constexpr std::string_view wire = "Subject: x\r\n\r\n..hidden\r\nend\r\n.\r\n";

Policy policy_with(Duration limit) {
    Policy policy;
    policy.limits.set_all(limit);
    return policy;
}

struct Send {
    explicit Send(std::vector<std::string> to = {"b@example"}, std::string_view text = message,
                  const Policy& policy = policy_with(10s))
        : conversation({"me", "a@example", std::move(to), text}, policy), dialogue(conversation) {}

    Dialogue& greeted() { return dialogue.server("220 hi\r\n").client("EHLO me\r\n"); }

    Dialogue& mailing() { return greeted().server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n"); }

    Dialogue& recipient() { return mailing().server("250 ok\r\n").client("RCPT TO:<b@example>\r\n"); }

    Dialogue& data() { return recipient().server("250 ok\r\n").client("DATA\r\n"); }

    Dialogue& sent() { return data().server("354 go\r\n").client(wire); }

    Dialogue& taken() { return sent().server("250 2.0.0 queued\r\n").client("QUIT\r\n"); }

    SendConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("send: a message is handed over step by step", "[refclient][send]") {
    Send send;
    send.taken().server("221 bye\r\n").ends(Outcome::ok, "250 2.0.0 queued", Ending::said_goodbye);
}

TEST_CASE("send: size and 8-bit content are announced to servers that offer to hear it", "[refclient][send]") {
    Send send{{"b@example"}, "caf\xc3\xa9\n"};
    send.greeted()
        .server("250-mx\r\n250-size 100000\r\n250 8BITMIME\r\n")
        .client("MAIL FROM:<a@example> SIZE=7 BODY=8BITMIME\r\n");
}

TEST_CASE("send: 8-bit content does not go to a server that did not offer to take it", "[refclient][send]") {
    Send send{{"b@example"}, "caf\xc3\xa9\n"};
    send.greeted()
        .server("250-mx\r\n250 SIZE\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .ends(Outcome::perm, "8BITMIME", Ending::said_goodbye);
}

TEST_CASE("send: nothing is said before the whole greeting", "[refclient][send]") {
    Send send;
    send.dialogue.client("")
        .server("220-a\r\n")
        .client("")
        .server("220-b\r\n220 c")
        .client("")
        .server("\r\n")
        .client("EHLO me\r\n");
}

TEST_CASE("send: HELO follows where EHLO is unknown and nowhere else", "[refclient][send]") {
    for (const char* reply : {"500 what\r\n", "502 no\r\n", "504 no\r\n"}) {
        Send send;
        send.greeted().server(reply).client("HELO me\r\n").server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n");
    }
    for (const char* reply : {"451 later\r\n", "550 no\r\n", "554 no\r\n", "501 no\r\n"}) {
        Send send;
        send.greeted().server(reply).client("QUIT\r\n");
    }
    Send send;
    send.greeted().server("421 too busy\r\n").client("").ends(Outcome::temp, "421 too busy", Ending::dismissed);
}

TEST_CASE("send: a refusal counts by its code, and QUIT is said", "[refclient][send]") {
    struct Phase {
        const char* name;
        std::function<Dialogue&(Send&)> reach;
    };

    const std::vector<Phase> phases{
        {"greeting", [](Send& send) -> Dialogue& { return send.dialogue; }},
        {"EHLO", [](Send& send) -> Dialogue& { return send.greeted(); }},
        {"MAIL", [](Send& send) -> Dialogue& { return send.mailing(); }},
        {"RCPT", [](Send& send) -> Dialogue& { return send.recipient(); }},
        {"DATA", [](Send& send) -> Dialogue& { return send.data(); }},
        {"message", [](Send& send) -> Dialogue& { return send.sent(); }},
    };
    for (const Phase& phase : phases) {
        CAPTURE(phase.name);
        {
            Send send; // the text says the opposite of the code
            phase.reach(send)
                .server("450 5.0.0 permanent success\r\n")
                .client("QUIT\r\n")
                .server("221 bye\r\n")
                .ends(Outcome::temp, "450 5.0.0 permanent", Ending::said_goodbye);
        }
        {
            Send send;
            phase.reach(send)
                .server("550-4.0.0 try again\r\n550 later\r\n")
                .client("QUIT\r\n")
                .server("221 bye\r\n")
                .ends(Outcome::perm, "550 4.0.0 try again / later", Ending::said_goodbye);
        }
        {
            Send send;
            phase.reach(send)
                .server("421 closing\r\n")
                .client("")
                .ends(Outcome::temp, "421 closing", Ending::dismissed);
        }
        const bool after_dot = std::string_view{phase.name} == "message";
        {
            Send send;
            phase.reach(send)
                .server("350 what\r\n")
                .client("QUIT\r\n")
                .server("221 bye\r\n")
                .ends(after_dot ? Outcome::uncertain : Outcome::temp, "350 what", Ending::said_goodbye);
        }
        for (const char* garbage : {"hello\r\n", "250-a\r\n251 b\r\n", "999 x\r\n"}) {
            CAPTURE(garbage);
            Send send;
            Dialogue& dialogue = phase.reach(send).server(garbage);
            const bool greeting = std::string_view{phase.name} == "greeting";
            dialogue.client(greeting ? "" : "QUIT\r\n")
                .ends(after_dot ? Outcome::uncertain : Outcome::temp, "instead of",
                      greeting ? Ending::gave_up : Ending::said_goodbye);
        }
        {
            Send send;
            phase.reach(send).server("25").end_of_stream().ends(after_dot ? Outcome::uncertain : Outcome::temp,
                                                                "closed the connection", Ending::peer_closed);
        }
        {
            Send send;
            phase.reach(send).reset().ends(after_dot ? Outcome::uncertain : Outcome::temp, "reset by peer",
                                           Ending::transport_error);
        }
        {
            Send send;
            phase.reach(send).wait(9s).client("").wait(1s).ends(after_dot ? Outcome::uncertain : Outcome::temp,
                                                                "timed out after 10 s", Ending::timed_out);
        }
        {
            // The whole reply must come within the limit: octets that drip in do not prolong it.
            Send send;
            Dialogue& dialogue = phase.reach(send);
            for (const char* octet : {"2", "5", "0", "-", "a"})
                dialogue.server(octet).wait(2s);
            dialogue.ends(after_dot ? Outcome::uncertain : Outcome::temp, "timed out", Ending::timed_out);
        }
        {
            // Nor do whole lines of a reply that never ends.
            Send send;
            Dialogue& dialogue = phase.reach(send);
            for (int i = 0; i < 5; ++i)
                dialogue.server("250-more\r\n").wait(2s);
            dialogue.ends(after_dot ? Outcome::uncertain : Outcome::temp, "timed out", Ending::timed_out);
        }
        {
            Send send;
            phase.reach(send).server("250-" + std::string(5000, 'a'));
            CHECK(send.conversation.result().text.find("longer than 4096") != std::string::npos);
        }
        {
            Send send;
            Dialogue& dialogue = phase.reach(send);
            for (int i = 0; i < 1001; ++i)
                dialogue.server("250-a\r\n");
            CHECK(send.conversation.result().text.find("more than 1000 lines") != std::string::npos);
        }
    }
}

TEST_CASE("send: each wait has its own limit and a long session is no fault", "[refclient][send]") {
    std::vector<std::string> to(20, "b@example");
    Send send{to};
    send.greeted().wait(9s).server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n").wait(9s).server("250 ok\r\n");
    for (int i = 0; i < 20; ++i)
        send.dialogue.client("RCPT TO:<b@example>\r\n").wait(9s).server("250 ok\r\n");
    send.dialogue.client("DATA\r\n")
        .wait(9s)
        .server("354 go\r\n")
        .client(wire)
        .wait(9s)
        .server("250 ok\r\n")
        .client("QUIT\r\n")
        .wait(9s)
        .server("221 bye\r\n")
        .ends(Outcome::ok, "250 ok", Ending::said_goodbye);
    CHECK(send.dialogue.now() > Instant{200s});
}

TEST_CASE("send: no message without 354", "[refclient][send]") {
    for (const char* reply : {"250 ok\r\n", "220 ok\r\n", "300 go\r\n", "355 go\r\n", "450 no\r\n"}) {
        Send send;
        send.data().server(reply).client("QUIT\r\n");
    }
}

TEST_CASE("send: the message goes to the recipients that were accepted", "[refclient][send]") {
    Send send{{"b@example", "c@example", "d@example"}};
    send.recipient()
        .server("250 ok\r\n")
        .client("RCPT TO:<c@example>\r\n")
        .server("550 unknown\r\n")
        .client("RCPT TO:<d@example>\r\n")
        .server("452 later\r\n")
        .client("DATA\r\n")
        .server("354 go\r\n")
        .client(wire)
        .server("250 queued\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n");
    send.dialogue.ends(Outcome::perm, "taken for 1 of 3 recipients", Ending::said_goodbye);
    send.dialogue.ends(Outcome::perm, "c@example: 550 unknown; d@example: 452 later", Ending::said_goodbye);
}

TEST_CASE("send: without any recipient there is no DATA", "[refclient][send]") {
    Send hopeless{{"b@example", "c@example"}};
    hopeless.recipient()
        .server("550 no\r\n")
        .client("RCPT TO:<c@example>\r\n")
        .server("553 no\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .ends(Outcome::perm, "no recipient accepted", Ending::said_goodbye);
    Send hope{{"b@example", "c@example"}};
    hope.recipient()
        .server("550 no\r\n")
        .client("RCPT TO:<c@example>\r\n")
        .server("450 no\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .ends(Outcome::temp, "no recipient accepted", Ending::said_goodbye);
}

TEST_CASE("send: 552 for one recipient too many is temporary", "[refclient][send]") {
    Send send{{"b@example", "c@example"}};
    send.recipient()
        .server("250 ok\r\n")
        .client("RCPT TO:<c@example>\r\n")
        .server("552 too many\r\n")
        .client("DATA\r\n")
        .server("354 go\r\n")
        .client(wire)
        .server("250 ok\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .ends(Outcome::temp, "552 too many", Ending::said_goodbye);
}

TEST_CASE("send: a surplus reply never counts as the answer to a later command", "[refclient][send]") {
    Send send;
    send.greeted()
        .server("250 mx\r\n250 extra\r\n")
        .client("QUIT\r\n")
        .ends(Outcome::temp, "more than was asked for", Ending::said_goodbye);
    Send after_go_ahead;
    after_go_ahead.data()
        .server("354 go\r\n250 ok\r\n")
        .client("")
        .ends(Outcome::temp, "in the middle of the message", Ending::gave_up);
    Send after_final;
    after_final.sent()
        .server("250 queued\r\n250 extra\r\n")
        .client("QUIT\r\n")
        .ends(Outcome::ok, "250 queued", Ending::said_goodbye);
}

TEST_CASE("send: an unasked 421 is understood and nothing more is said", "[refclient][send]") {
    for (const char* split : {"250 mx\r\n421 bye\r\n", "250 mx\r\n4", "250 mx\r\n421 b"}) {
        CAPTURE(split);
        const std::string_view whole = "250 mx\r\n421 bye\r\n";
        Send send;
        send.greeted()
            .server(split)
            .server(whole.substr(std::string_view{split}.size()))
            .client("")
            .ends(Outcome::temp, "421 bye", Ending::dismissed);
    }
}

TEST_CASE("send: a refusal in the middle of the message stops it", "[refclient][send]") {
    const std::string large(100000, 'a');
    Send send{{"b@example"}, large};
    send.data().server("354 go\r\n");
    const std::size_t block = send.conversation.pending_output().size();
    REQUIRE(block > 0);
    send.conversation.on_written(block, send.dialogue.now());
    REQUIRE_FALSE(send.conversation.pending_output().empty());
    send.dialogue.server("552 5.3.4 too")
        .server(" big\r\n")
        .client("")
        .ends(Outcome::perm, "552 5.3.4 too big", Ending::gave_up);
}

TEST_CASE("send: a server that takes no more of the message is left at the limit for one block", "[refclient][send]") {
    const std::string large(100000, 'a');
    Send send{{"b@example"}, large};
    send.data().server("354 go\r\n").wait(9s);
    send.conversation.on_written(16000, send.dialogue.now());
    send.dialogue.wait(9s);
    CHECK_FALSE(send.conversation.finished());
    send.conversation.on_written(1, send.dialogue.now()); // not worth mentioning
    send.dialogue.wait(1s).ends(Outcome::temp, "take the next block", Ending::timed_out);
}

TEST_CASE("send: a slow reader is waited for as long as it goes on", "[refclient][send]") {
    const std::string large(2000000, 'a');
    Send send{{"b@example"}, large};
    send.data().server("354 go\r\n");
    while (send.conversation.deadline() && !send.conversation.pending_output().empty()) {
        send.dialogue.wait(5s);
        send.conversation.on_written(send.conversation.pending_output().size(), send.dialogue.now());
    }
    CHECK(send.dialogue.now() > Instant{500s});
    send.dialogue.wait(5s).server("250 ok\r\n").client("QUIT\r\n");
}

TEST_CASE("send: what leaves the system's buffer is progress, also after the last octet was written",
          "[refclient][send]") {
    Send send;
    send.sent();
    std::size_t left = 3000;
    send.conversation.on_backlog(left, send.dialogue.now());
    for (; left > 0; left -= 1000) {
        send.dialogue.wait(9s);
        send.conversation.on_backlog(left - 1000, send.dialogue.now());
    }
    CHECK_FALSE(send.conversation.finished());
    send.conversation.on_backlog(0, send.dialogue.now()); // no change, no progress
    send.dialogue.wait(10s).ends(Outcome::uncertain, "the end of the message", Ending::timed_out);
}

TEST_CASE("send: until the last octet of the terminator has left, a lost connection is temporary",
          "[refclient][send]") {
    for (std::size_t written = 0; written <= wire.size(); ++written) {
        CAPTURE(written);
        Send send;
        send.data().server("354 go\r\n");
        if (written > 0)
            send.conversation.on_written(written, send.dialogue.now());
        send.dialogue.reset();
        CHECK(send.conversation.result().outcome == (written == wire.size() ? Outcome::uncertain : Outcome::temp));
    }
}

TEST_CASE("send: nothing that happens to QUIT changes the result", "[refclient][send]") {
    const std::vector<std::pair<Ending, std::function<void(Dialogue&)>>> fates{
        {Ending::said_goodbye, [](Dialogue& dialogue) { dialogue.server("500 what\r\n"); }},
        {Ending::said_goodbye, [](Dialogue& dialogue) { dialogue.server("421 bye\r\n"); }},
        {Ending::said_goodbye, [](Dialogue& dialogue) { dialogue.server("garbage\r\n"); }},
        {Ending::peer_closed, [](Dialogue& dialogue) { dialogue.server("221 b").end_of_stream(); }},
        {Ending::transport_error, [](Dialogue& dialogue) { dialogue.reset(); }},
        {Ending::timed_out, [](Dialogue& dialogue) { dialogue.wait(10s); }},
    };
    for (const auto& [ending, fate] : fates) {
        Send send;
        fate(send.taken());
        send.dialogue.ends(Outcome::ok, "250 2.0.0 queued", ending);
    }
    // The connection breaks before QUIT could be written.
    Send send;
    send.sent().server("250 queued\r\n").reset().ends(Outcome::ok, "250 queued", Ending::transport_error);
}

TEST_CASE("send: a conversation without limits on reading waits for ever, but still bounds its writing",
          "[refclient][send][defects]") {
    Policy policy = policy_with(10s);
    find_defect("no_read_timeout")->plant(policy);
    Send send{{"b@example"}, message, policy};
    send.greeted().wait(100h);
    CHECK_FALSE(send.conversation.finished());
    send.dialogue.server("250 mx\r\n")
        .client("MAIL FROM:<a@example>\r\n")
        .server("250 ok\r\n")
        .client("RCPT TO:<b@example>\r\n")
        .server("250 ok\r\n")
        .client("DATA\r\n")
        .server("354 go\r\n")
        .wait(10s)
        .ends(Outcome::temp, "next block", Ending::timed_out);
}

TEST_CASE("send: any split of what the server says gives the same conversation", "[refclient][send]") {
    const auto play = [](const std::function<std::size_t()>& piece) {
        Send send{{"b@example", "c@example"}};
        std::string said;
        for (const std::string_view reply :
             {"220-a\r\n220 b\r\n", "250-mx\r\n250-SIZE\r\n250 HELP\r\n", "250 ok\r\n", "250\r\n",
              "550-no\r\n550 such\r\n", "354 go\r\n", "250 queued\r\n", "221 bye\r\n"})
            for (std::string_view rest = reply; !rest.empty();) {
                const std::size_t count = std::min(piece(), rest.size());
                send.dialogue.server(rest.substr(0, count));
                rest.remove_prefix(count);
                said += send.dialogue.heard();
            }
        REQUIRE(send.conversation.finished());
        return said + send.conversation.result().text;
    };
    const std::string whole = play([] { return std::size_t{1000}; });
    for (std::size_t size = 1; size < 30; ++size)
        CHECK(play([&] { return size; }) == whole);
    for (unsigned seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        CHECK(play([&] { return std::size_t{1 + random() % 9}; }) == whole);
    }
}

TEST_CASE("send: events after the end change nothing", "[refclient][send]") {
    Send send;
    send.dialogue.reset();
    const Result before = send.conversation.result();
    send.dialogue.server("220 hi\r\n").end_of_stream().wait(1h).client("");
    send.conversation.on_written(10, send.dialogue.now());
    CHECK(send.conversation.result() == before);
}

TEST_CASE("send: addresses and names cannot smuggle in commands", "[refclient][send]") {
    CHECK(is_address("a@example"));
    for (const char* text : {"", "a b", "a\r\nRSET", "a>b", "<a", "caf\xc3\xa9"})
        CHECK_FALSE(is_address(text));
    CHECK_FALSE(is_word("a b"));
    CHECK(is_word("<id@x>"));
}
