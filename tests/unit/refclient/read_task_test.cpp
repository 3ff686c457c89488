#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <fmt/format.h>

#include <functional>
#include <random>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view block = "From: a@example\r\n\r\n..dot\r\ntext.\r\n.\r\n";
constexpr std::string_view text = "From: a@example\r\n\r\n.dot\r\ntext.\r\n";

Policy policy_with(Duration limit) {
    Policy policy;
    policy.limits.set_all(limit);
    return policy;
}

struct Read {
    explicit Read(const Policy& policy = policy_with(10s), std::string group = {})
        : task({std::move(group), "<1@x>"}), conversation(task, policy), dialogue(conversation) {}

    Dialogue& asked() {
        return dialogue.server("200 hi\r\n")
            .client("MODE READER\r\n")
            .server("200 reader\r\n")
            .client("ARTICLE <1@x>\r\n");
    }

    Dialogue& reading() { return asked().server("220 0 <1@x>\r\n"); }

    ReadTask task;
    NewsConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("read: an article is fetched", "[refclient][read]") {
    Read read;
    read.reading()
        .server(block)
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "32 octets", Ending::said_goodbye);
    CHECK(read.task.article() == text);
}

TEST_CASE("read: a group is selected first", "[refclient][read]") {
    Read read{policy_with(10s), "misc.test"};
    read.dialogue.server("201 hi\r\n")
        .client("MODE READER\r\n")
        .server("500 what\r\n")
        .client("GROUP misc.test\r\n")
        .server("211 1 1 1 misc.test\r\n")
        .client("ARTICLE <1@x>\r\n");
    Read missing{policy_with(10s), "misc.test"};
    missing.dialogue.server("201 hi\r\n")
        .client("MODE READER\r\n")
        .server("500 what\r\n")
        .client("GROUP misc.test\r\n")
        .server("411 no such group\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::perm, "411 no such group", Ending::said_goodbye);
}

TEST_CASE("read: codes are told apart", "[refclient][read]") {
    struct Case {
        int code;
        Outcome outcome;
    };

    for (const Case& each :
         {Case{430, Outcome::perm}, Case{423, Outcome::perm}, Case{403, Outcome::temp}, Case{451, Outcome::temp},
          Case{480, Outcome::temp}, Case{499, Outcome::temp}, Case{502, Outcome::perm}, Case{503, Outcome::temp},
          Case{505, Outcome::perm}, Case{223, Outcome::temp}, Case{340, Outcome::temp}}) {
        CAPTURE(each.code);
        Read read;
        read.asked()
            .server(std::to_string(each.code) + " text\r\n")
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(each.outcome, std::to_string(each.code), Ending::said_goodbye);
        CHECK(read.task.article().empty());
    }
    Read missing;
    missing.asked()
        .server("430 nope\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::perm, "no such article", Ending::said_goodbye);
    Read goodbye;
    goodbye.asked().server("400 idle\r\n").client("").ends(Outcome::temp, "400 idle", Ending::dismissed);
}

TEST_CASE("read: a part of an article never passes as whole", "[refclient][read]") {
    for (std::size_t cut = 0; cut < block.size(); ++cut) {
        CAPTURE(cut);
        Read closed;
        closed.reading()
            .server(block.substr(0, cut))
            .end_of_stream()
            .ends(Outcome::temp, "closed the connection", Ending::peer_closed);
        CHECK(closed.task.article().empty());
        Read reset;
        reset.reading().server(block.substr(0, cut)).reset().ends(Outcome::temp, "reset", Ending::transport_error);
        CHECK(reset.task.article().empty());
        Read silent;
        silent.reading().server(block.substr(0, cut)).wait(10s).ends(Outcome::temp, "timed out", Ending::timed_out);
        CHECK(silent.task.article().empty());
    }
}

TEST_CASE("read: any split of what the server says gives the same article", "[refclient][read]") {
    const std::string all = fmt::format("220 0 <1@x>\r\n{}", block);
    for (unsigned seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        Read read;
        read.asked();
        for (std::string_view rest = all; !rest.empty();) {
            const std::size_t count = std::min<std::size_t>(seed == 0 ? 1 : 1 + random() % 12, rest.size());
            read.dialogue.server(rest.substr(0, count));
            rest.remove_prefix(count);
        }
        read.dialogue.client("QUIT\r\n").server("205 bye\r\n");
        CHECK(read.task.article() == text);
    }
}

TEST_CASE("read: slow but steady is fine, single octets are not", "[refclient][read]") {
    Read slow;
    slow.reading();
    for (int i = 0; i < 50; ++i)
        slow.dialogue.wait(5s).server(std::string(2048, 'a'));
    slow.dialogue.server("\r\n.\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "102402 octets", Ending::said_goodbye);

    Read lines;
    lines.reading();
    for (int i = 0; i < 50; ++i)
        lines.dialogue.wait(9s).server("short\r\n");
    CHECK_FALSE(lines.conversation.finished());

    Read drip;
    drip.reading();
    const Instant start = drip.dialogue.now();
    while (!drip.conversation.finished())
        drip.dialogue.server("a").wait(5s);
    CHECK(drip.dialogue.now() - start <= 15s);
    drip.dialogue.ends(Outcome::temp, "the rest of article <1@x>", Ending::timed_out);
}

TEST_CASE("read: endless articles and lines are dropped at once", "[refclient][read]") {
    Policy policy = policy_with(10s);
    policy.caps.article = 10000;
    policy.caps.article_line = 2000;
    Read body{policy};
    body.reading();
    for (int i = 0; i < 1000; ++i)
        body.dialogue.server("a line of text\r\n");
    body.dialogue.client("").ends(Outcome::temp, "an article longer than 10000 octets", Ending::gave_up);
    Read line{policy};
    line.reading();
    for (int i = 0; i < 1000; ++i)
        line.dialogue.server("a piece of a line");
    line.dialogue.client("").ends(Outcome::temp, "an article line longer than 2000 octets", Ending::gave_up);
}

TEST_CASE("read: an article that was not asked for is not taken", "[refclient][read]") {
    Read other;
    other.asked()
        .server("220 0 <2@x>\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::temp, "220 0 <2@x>", Ending::said_goodbye);
    for (const char* reply : {"220 0\r\n", "220 7 <1@x> here\r\n", "220 article <follows\r\n"}) {
        CAPTURE(reply);
        Read right;
        right.asked().server(std::string{reply} + "a\r\n.\r\n").client("QUIT\r\n");
        CHECK(right.task.article() == "a\r\n");
    }
}

TEST_CASE("read: octets after the article do not become the answer to QUIT", "[refclient][read]") {
    Read read;
    read.reading()
        .server(fmt::format("{}more\r\n.\r\n", block))
        .client("QUIT\r\n")
        .ends(Outcome::ok, "32 octets", Ending::said_goodbye);
}

TEST_CASE("read: a client without read limits waits for ever inside an article", "[refclient][read][defects]") {
    Policy policy = policy_with(10s);
    find_defect("no_read_timeout")->plant(policy);
    Read read{policy};
    read.reading().server("half a line").wait(100h);
    CHECK_FALSE(read.conversation.finished());
}

TEST_CASE("read: a client that trusts any end takes a part for the whole", "[refclient][read][defects]") {
    Policy policy = policy_with(10s);
    find_defect("nntp_partial_article_ok")->plant(policy);
    Read cut{policy};
    cut.reading().server("From: a\r\n\r\nhalf").end_of_stream();
    CHECK(cut.conversation.result().outcome == Outcome::ok);
    CHECK(cut.task.article() == "From: a\r\n\r\nhalf");
    Read dot{policy};
    dot.reading().server("From: a\r\n\r\nThe first.\r\n");
    CHECK(dot.task.article() == "From: a\r\n\r\nThe first.\r\n");
    Read whole{policy};
    whole.reading().server(block).client("QUIT\r\n");
    CHECK(whole.task.article() == text);
}

TEST_CASE("read: a client that stops behind =yend loses step", "[refclient][read][defects]") {
    constexpr std::string_view binary = "=ybegin line=128 size=1 name=a\r\nx\r\n=yend size=1\r\nmore\r\n.\r\n";
    Read right;
    right.reading().server(binary).client("QUIT\r\n");
    CHECK_THAT(right.task.article(), Catch::EndsWith("more\r\n"));
    Policy policy = policy_with(10s);
    find_defect("nntp_stop_at_yend")->plant(policy);
    Read wrong{policy};
    wrong.reading().server(binary);
    CHECK_THAT(wrong.task.article(), Catch::EndsWith("=yend size=1\r\n"));
}

TEST_CASE("read: a client that wants the terminator in one read waits for it for ever if it comes in two",
          "[refclient][read][defects]") {
    Policy policy = policy_with(10s);
    find_defect("nntp_terminator_in_one_read")->plant(policy);
    Read whole{policy};
    whole.reading().server(block).client("QUIT\r\n");
    CHECK(whole.task.article() == text);
    for (std::size_t rest = 1; rest < 5; ++rest) {
        CAPTURE(rest);
        const std::string_view wire{block};
        Read split{policy};
        split.reading().server(wire.substr(0, wire.size() - rest)).server(wire.substr(wire.size() - rest));
        CHECK(split.conversation.pending_output().empty()); // no QUIT: it waits
        CHECK(split.task.article().empty());
    }
}

TEST_CASE("read: a client that takes any refusal for 'missing' gives up for good", "[refclient][read][defects]") {
    Policy policy = policy_with(10s);
    find_defect("nntp_4xx_is_missing_article")->plant(policy);
    for (const char* reply : {"403 trouble", "480 who", "400 bye", "502 no"}) {
        CAPTURE(reply);
        ReadTask task{{"", "<1@x>"}, policy};
        NewsConversation conversation{task, policy, Login{"reader", "secret"}};
        Dialogue dialogue{conversation};
        dialogue.server("200 hi\r\n")
            .client("MODE READER\r\n")
            .server("200 reader\r\n")
            .client("ARTICLE <1@x>\r\n")
            .server(std::string{reply} + "\r\n")
            .client("QUIT\r\n");
        CHECK_THAT(conversation.result().text, Catch::Contains("no such article"));
        CHECK(conversation.result().outcome == Outcome::perm);
    }
}
