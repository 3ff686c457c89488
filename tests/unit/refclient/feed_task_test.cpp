#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/feed_task.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <string>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view article = "Message-ID: <1@x>\n\n.\nbye";
constexpr std::string_view wire = "Message-ID: <1@x>\r\n\r\n..\r\nbye\r\n.\r\n";

struct Feed {
    explicit Feed(bool answer_lost = false, const Policy& policy = limited())
        : task(article, policy), conversation(task, policy), dialogue(conversation) {
        if (answer_lost)
            task.before_repeat({Outcome::uncertain, "lost"});
    }

    static Policy limited() {
        Policy policy;
        policy.limits.set_all(10s);
        return policy;
    }

    // A server that streams, and one that does not.
    Dialogue& streaming() {
        return dialogue.server("200 hi\r\n").client("MODE STREAM\r\n").server("203 ok\r\n").client("CHECK <1@x>\r\n");
    }

    Dialogue& plain() {
        return dialogue.server("200 hi\r\n").client("MODE STREAM\r\n").server("500 what\r\n").client("IHAVE <1@x>\r\n");
    }

    Dialogue& taken() {
        return streaming().server("238 <1@x> send it\r\n").client("TAKETHIS <1@x>\r\n" + std::string{wire});
    }

    // Says so and leaves.
    void left_with(Outcome outcome, std::string_view why) {
        dialogue.client("QUIT\r\n").server("205 bye\r\n").ends(outcome, why, Ending::said_goodbye);
    }

    FeedTask task;
    NewsConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("feed: an article is checked and taken by a server that streams", "[refclient][feed]") {
    Feed feed;
    feed.taken().server("239 <1@x>\r\n");
    feed.left_with(Outcome::ok, "239 <1@x>");
}

TEST_CASE("feed: a server that does not stream is offered the article by IHAVE", "[refclient][feed]") {
    Feed feed;
    feed.plain().server("335 go\r\n").client(wire).server("235 thanks\r\n");
    feed.left_with(Outcome::ok, "235 thanks");
    Feed odd;
    odd.dialogue.server("200 hi\r\n").client("MODE STREAM\r\n").server("205 bye\r\n");
    odd.left_with(Outcome::temp, "205 bye");
}

TEST_CASE("feed: what an offer is answered decides", "[refclient][feed]") {
    struct Case {
        const char* reply;
        Outcome outcome;
    };

    for (const Case& each :
         {Case{"431 <1@x>", Outcome::temp}, Case{"438 <1@x>", Outcome::perm}, Case{"500 what", Outcome::perm},
          Case{"403 trouble", Outcome::temp}, Case{"239 <1@x>", Outcome::temp}}) {
        CAPTURE(each.reply);
        Feed feed;
        feed.streaming().server(std::string{each.reply} + "\r\n");
        feed.left_with(each.outcome, each.reply);
    }
    for (const Case& each :
         {Case{"435 no", Outcome::perm}, Case{"436 later", Outcome::temp}, Case{"437 never", Outcome::perm},
          Case{"500 what", Outcome::perm}, Case{"240 ok", Outcome::temp}}) {
        CAPTURE(each.reply);
        Feed feed;
        feed.plain().server(std::string{each.reply} + "\r\n");
        feed.left_with(each.outcome, each.reply);
    }
}

TEST_CASE("feed: what an article is answered decides", "[refclient][feed]") {
    struct Case {
        const char* reply;
        Outcome outcome;
    };

    for (const Case& each :
         {Case{"439 <1@x>", Outcome::perm}, Case{"500 what", Outcome::perm}, Case{"238 <1@x>", Outcome::uncertain}}) {
        CAPTURE(each.reply);
        Feed feed;
        feed.taken().server(std::string{each.reply} + "\r\n");
        feed.left_with(each.outcome, each.reply);
    }
    for (const Case& each :
         {Case{"436 later", Outcome::temp}, Case{"437 never", Outcome::perm}, Case{"240 ok", Outcome::uncertain}}) {
        CAPTURE(each.reply);
        Feed feed;
        feed.plain().server("335 go\r\n").client(wire).server(std::string{each.reply} + "\r\n");
        feed.left_with(each.outcome, each.reply);
    }
}

TEST_CASE("feed: a reply about another article is believed in nothing", "[refclient][feed]") {
    for (const char* reply : {"238 <2@x>", "438 <2@x>", "431 <2@x>", "238"}) {
        CAPTURE(reply);
        Feed feed;
        feed.streaming().server(std::string{reply} + "\r\n");
        feed.left_with(Outcome::temp, "cannot come here");
    }
    for (const char* reply : {"239 <2@x>", "439 <2@x>", "239"}) {
        CAPTURE(reply);
        Feed feed;
        feed.taken().server(std::string{reply} + "\r\n");
        feed.dialogue.client("QUIT\r\n").server("205 bye\r\n");
        CHECK(feed.conversation.result().outcome != Outcome::ok);
        CHECK(feed.conversation.result().outcome != Outcome::perm);
    }
}

TEST_CASE("feed: after a lost answer 'not wanted' means that it has arrived", "[refclient][feed]") {
    Feed checked{true};
    checked.streaming().server("438 <1@x>\r\n");
    checked.left_with(Outcome::ok, "arrived already");
    Feed offered{true};
    offered.plain().server("435 no\r\n");
    offered.left_with(Outcome::ok, "arrived already");
    Feed sent{true};
    sent.plain().server("335 go\r\n").client(wire).server("437 duplicate\r\n");
    sent.left_with(Outcome::ok, "arrived already");
}

TEST_CASE("feed: no answer leaves it open", "[refclient][feed]") {
    Feed streamed;
    streamed.taken().end_of_stream().ends(Outcome::uncertain, "closed", Ending::peer_closed);
    Feed silent;
    silent.taken().wait(10s).ends(Outcome::uncertain, "timed out", Ending::timed_out);
    Feed plain;
    plain.plain().server("335 go\r\n").client(wire).reset().ends(Outcome::uncertain, "reset", Ending::transport_error);
    Feed dismissed;
    dismissed.taken().server("400 full\r\n").client("").ends(Outcome::temp, "400 full", Ending::dismissed);
}

TEST_CASE("feed: who goes by the order of replies believes the wrong one", "[refclient][feed][defects]") {
    Policy policy = Feed::limited();
    find_defect("stream_reply_by_order_only")->plant(policy);
    Feed feed{false, policy};
    feed.taken().server("239 <2@x>\r\n");
    feed.left_with(Outcome::ok, "239 <2@x>");
}
