#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/post_task.hpp"
#include "tests/unit/refclient/dialogue.hpp"

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view article = "Message-ID: <1@x>\n\n.\nbye";
constexpr std::string_view wire = "Message-ID: <1@x>\r\n\r\n..\r\nbye\r\n.\r\n";

struct Post {
    Post() : conversation(task, policy()), dialogue(conversation) {}

    static Policy policy() {
        Policy policy;
        policy.limits.set_all(10s);
        return policy;
    }

    Dialogue& greeted() { return dialogue.server("200 hi\r\n").client("MODE READER\r\n"); }

    Dialogue& posting() { return greeted().server("201 reader\r\n").client("POST\r\n"); }

    Dialogue& sent() { return posting().server("340 go\r\n").client(wire); }

    PostTask task{article};
    NewsConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("post: an article is handed over step by step", "[refclient][post]") {
    Post post;
    post.sent()
        .server("240 thanks\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "240 thanks", Ending::said_goodbye);
}

TEST_CASE("post: a server that does not know MODE READER may take the article", "[refclient][post]") {
    for (const char* reply : {"500 what\r\n", "501 what\r\n", "503 no\r\n"}) {
        Post post;
        post.greeted().server(reply).client("POST\r\n");
    }
    Post post;
    post.greeted().server("502 not you\r\n").client("").ends(Outcome::perm, "502 not you", Ending::dismissed);
}

TEST_CASE("post: a greeting that refuses ends the matter", "[refclient][post]") {
    Post later;
    later.dialogue.server("400 later\r\n").client("").ends(Outcome::temp, "400 later", Ending::dismissed);
    Post never;
    never.dialogue.server("502 never\r\n").client("").ends(Outcome::perm, "502 never", Ending::dismissed);
}

TEST_CASE("post: no article without 340", "[refclient][post]") {
    struct Case {
        const char* reply;
        Outcome outcome;
    };

    for (const Case& each :
         {Case{"440 no posting\r\n", Outcome::perm}, Case{"480 who are you\r\n", Outcome::temp},
          Case{"240 ok\r\n", Outcome::temp}, Case{"503 no\r\n", Outcome::temp}, Case{"335 go\r\n", Outcome::temp}}) {
        CAPTURE(each.reply);
        Post post;
        post.posting()
            .server(each.reply)
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(each.outcome, std::string_view{each.reply}.substr(0, 3), Ending::said_goodbye);
    }
    Post silent;
    silent.posting().wait(10s).ends(Outcome::temp, "the reply to POST", Ending::timed_out);
    Post goodbye;
    goodbye.posting()
        .server("400 shutting down\r\n")
        .client("")
        .ends(Outcome::temp, "400 shutting down", Ending::dismissed);
}

TEST_CASE("post: what comes after the article decides", "[refclient][post]") {
    Post refused;
    refused.sent()
        .server("441 435 duplicate\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::perm, "441 435", Ending::said_goodbye);
    Post lost;
    lost.sent().server("240 th").end_of_stream().ends(Outcome::uncertain, "closed the connection", Ending::peer_closed);
    Post reset;
    reset.sent().reset().ends(Outcome::uncertain, "reset", Ending::transport_error);
    Post silent;
    silent.sent().wait(10s).ends(Outcome::uncertain, "timed out", Ending::timed_out);
    Post wrong;
    wrong.sent()
        .server("205 bye\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::uncertain, "205 bye", Ending::said_goodbye);
    Post goodbye;
    goodbye.sent().server("400 full\r\n").client("").ends(Outcome::temp, "400 full", Ending::dismissed);
}

TEST_CASE("post: QUIT is bounded and changes nothing", "[refclient][post]") {
    Post post;
    post.sent()
        .server("240 thanks\r\n")
        .client("QUIT\r\n")
        .wait(10s)
        .ends(Outcome::ok, "240 thanks", Ending::timed_out);
}

namespace {

// The second attempt, after the answer to the first one was lost.
struct PostAgain : Post {
    PostAgain() { task.before_repeat({Outcome::uncertain, "lost"}); }

    Dialogue& looking() { return greeted().server("200 reader\r\n").client("STAT <1@x>\r\n"); }

    Dialogue& sent_again() {
        return looking().server("430 no\r\n").client("POST\r\n").server("340 go\r\n").client(wire);
    }
};

} // namespace

TEST_CASE("post: after a lost answer the article is looked for, and not posted again if it is there",
          "[refclient][post]") {
    PostAgain post;
    post.looking()
        .server("223 0 <1@x>\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "posted already", Ending::said_goodbye);
}

TEST_CASE("post: after a lost answer an article that is not there is posted under the same message-id",
          "[refclient][post]") {
    for (const char* reply : {"430 no\r\n", "500 what\r\n", "503 no\r\n"}) {
        PostAgain post;
        post.looking()
            .server(reply)
            .client("POST\r\n")
            .server("340 go\r\n")
            .client(wire)
            .server("240 thanks\r\n")
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(Outcome::ok, "240 thanks", Ending::said_goodbye);
    }
    PostAgain odd;
    odd.looking().server("220 0 <1@x>\r\n").client("QUIT\r\n").server("205 bye\r\n");
    odd.dialogue.ends(Outcome::temp, "220", Ending::said_goodbye);
}

TEST_CASE("post: a refusal of the second copy is looked into before it is believed", "[refclient][post]") {
    for (const char* reply : {"441 435 duplicate\r\n", "441 failed\r\n", "435 duplicate\r\n"}) {
        CAPTURE(reply);
        PostAgain there;
        there.sent_again()
            .server(reply)
            .client("STAT <1@x>\r\n")
            .server("223 0 <1@x>\r\n")
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(Outcome::ok, "posted already", Ending::said_goodbye);
    }
    PostAgain not_there;
    not_there.sent_again()
        .server("441 bad header\r\n")
        .client("STAT <1@x>\r\n")
        .server("430 no\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::perm, "441 bad header", Ending::said_goodbye);
    PostAgain odd;
    odd.sent_again().server("441 bad header\r\n").client("STAT <1@x>\r\n").server("335 go\r\n").client("QUIT\r\n");
}

TEST_CASE("post: after any other failure nothing is looked for", "[refclient][post]") {
    Post post;
    post.task.before_repeat({Outcome::temp, "refused"});
    post.posting();
}

TEST_CASE("post: a client that posts again under a new name has two articles there", "[refclient][post][defects]") {
    Policy policy = Post::policy();
    find_defect("nntp_repost_new_id")->plant(policy);
    PostTask task{article, policy};
    task.before_repeat({Outcome::uncertain, "lost"});
    NewsConversation conversation{task, policy};
    Dialogue{conversation}
        .server("200 hi\r\n")
        .client("MODE READER\r\n")
        .server("200 reader\r\n")
        .client("POST\r\n")
        .server("340 go\r\n")
        .client("Message-ID: <again.1@x>\r\n\r\n..\r\nbye\r\n.\r\n")
        .server("441 435 duplicate\r\n")
        .client("QUIT\r\n");
    CHECK(conversation.result().outcome == Outcome::perm);
}

TEST_CASE("post: a client that takes 340 for granted sends the article after any reply", "[refclient][post][defects]") {
    Policy policy = Post::policy();
    find_defect("body_without_354")->plant(policy);
    for (const char* reply : {"440 no posting\r\n", "240 fine\r\n"}) {
        CAPTURE(reply);
        PostTask task{article, policy};
        NewsConversation conversation{task, policy};
        Dialogue{conversation}
            .server("200 hi\r\n")
            .client("MODE READER\r\n")
            .server("200 reader\r\n")
            .client("POST\r\n")
            .server(reply)
            .client(wire);
    }
}
