#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <string>
#include <vector>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view article = "220 0 <1@x>\r\na\r\n.\r\n";

Policy policy() {
    Policy policy;
    policy.limits.set_all(10s);
    return policy;
}

struct News {
    explicit News(std::optional<Login> login = {}, Afterwards afterwards = Afterwards::quit)
        : conversation(task, policy(), std::move(login), afterwards), dialogue(conversation) {}

    Dialogue& opened() { return dialogue.server("200 hi\r\n").client("MODE READER\r\n").server("200 reader\r\n"); }

    Dialogue& asked() {
        return opened().client("GROUP misc.test\r\n").server("211 1 1 1 misc.test\r\n").client("ARTICLE <1@x>\r\n");
    }

    // Done with the first article, and idle.
    Dialogue& rested() { return asked().server(article).client(""); }

    ReadTask task{{"misc.test", "<1@x>"}};
    ReadTask next{{"misc.test", "<2@x>"}};
    NewsConversation conversation;
    Dialogue dialogue;
};

const Login login{"reader", "secret"};

} // namespace

TEST_CASE("news: log-in happens when it is asked for, and then the command is said again", "[refclient][news]") {
    struct Place {
        const char* command;
        void (*reach)(News& news);
    };

    for (const Place& place :
         {Place{"MODE READER\r\n", [](News& news) { news.dialogue.server("200 hi\r\n").client("MODE READER\r\n"); }},
          Place{"GROUP misc.test\r\n", [](News& news) { news.opened().client("GROUP misc.test\r\n"); }},
          Place{"ARTICLE <1@x>\r\n", [](News& news) { news.asked(); }}}) {
        CAPTURE(place.command);
        News news{login};
        place.reach(news);
        news.dialogue.server("480 who are you\r\n")
            .client("AUTHINFO USER reader\r\n")
            .server("381 and?\r\n")
            .client("AUTHINFO PASS secret\r\n")
            .server("281 welcome\r\n")
            .client(place.command);
        CHECK_FALSE(news.conversation.finished());
    }
}

TEST_CASE("news: a user who needs no password is not asked for one", "[refclient][news]") {
    News news{login};
    news.asked()
        .server("480 who are you\r\n")
        .client("AUTHINFO USER reader\r\n")
        .server("281 welcome\r\n")
        .client("ARTICLE <1@x>\r\n")
        .server(article)
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "3 octets", Ending::said_goodbye);
}

TEST_CASE("news: 480 after a log-in means that the rights are not enough", "[refclient][news]") {
    News news{login};
    news.asked()
        .server("480 who are you\r\n")
        .client("AUTHINFO USER reader\r\n")
        .server("381 and?\r\n")
        .client("AUTHINFO PASS secret\r\n")
        .server("281 welcome\r\n")
        .client("ARTICLE <1@x>\r\n")
        .server("480 who are you\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::perm, "not enough", Ending::said_goodbye);
}

TEST_CASE("news: without a log-in 480 is a refusal that somebody can do something about", "[refclient][news]") {
    News news;
    news.asked()
        .server("480 who are you\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::temp, "480 who", Ending::said_goodbye);
}

TEST_CASE("news: a refused log-in is told, and not tried again", "[refclient][news]") {
    for (const char* reply : {"481 wrong", "482 order", "502 no"}) {
        CAPTURE(reply);
        News news{login};
        news.asked()
            .server("480 who are you\r\n")
            .client("AUTHINFO USER reader\r\n")
            .server("381 and?\r\n")
            .client("AUTHINFO PASS secret\r\n")
            .server(std::string{reply} + "\r\n")
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(Outcome::perm, reply, Ending::said_goodbye);
    }
}

TEST_CASE("news: the password is only sent after 381", "[refclient][news]") {
    struct Case {
        const char* reply;
        Outcome outcome;
    };

    for (const Case& each :
         {Case{"483 not in the clear", Outcome::perm}, Case{"481 no", Outcome::perm}, Case{"500 what", Outcome::perm},
          Case{"403 trouble", Outcome::temp}, Case{"340 go", Outcome::temp}, Case{"200 ok", Outcome::temp}}) {
        CAPTURE(each.reply);
        News news{login};
        news.asked()
            .server("480 who are you\r\n")
            .client("AUTHINFO USER reader\r\n")
            .server(std::string{each.reply} + "\r\n")
            .client("QUIT\r\n")
            .server("205 bye\r\n")
            .ends(each.outcome, each.reply, Ending::said_goodbye);
    }
    News news{login};
    news.asked()
        .server("480 who are you\r\n")
        .client("AUTHINFO USER reader\r\n")
        .server("381 and?\r\n")
        .client("AUTHINFO PASS secret\r\n")
        .server("335 go\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::temp, "335 go", Ending::said_goodbye);
}

TEST_CASE("news: the password is not shown", "[refclient][news]") {
    std::string shown;
    News news{login};
    news.conversation.set_trace([&](char, std::string_view line) { shown += std::string{line} + "\n"; });
    news.asked()
        .server("480 who are you\r\n")
        .server("381 and?\r\n")
        .client("AUTHINFO USER reader\r\nAUTHINFO PASS secret\r\n");
    CHECK_THAT(shown, Catch::Contains("AUTHINFO USER reader"));
    CHECK_THAT(shown, !Catch::Contains("secret"));
}

TEST_CASE("news: a connection that is kept takes the next task without a new opening", "[refclient][news]") {
    News news{{}, Afterwards::rest};
    news.rested();
    CHECK(news.conversation.resting());
    CHECK_FALSE(news.conversation.finished());
    CHECK_FALSE(news.conversation.deadline());
    CHECK(news.conversation.result() == Result{Outcome::ok, "3 octets"});
    news.conversation.assign(news.next, Afterwards::quit, news.dialogue.now());
    news.dialogue.client("ARTICLE <2@x>\r\n")
        .server("220 0 <2@x>\r\nbb\r\n.\r\n")
        .client("QUIT\r\n")
        .server("205 bye\r\n")
        .ends(Outcome::ok, "4 octets", Ending::said_goodbye);
}

TEST_CASE("news: a refusal leaves the connection fit for the next task", "[refclient][news]") {
    News news{{}, Afterwards::rest};
    news.asked().server("430 no such article\r\n").client("");
    CHECK(news.conversation.resting());
    CHECK(news.conversation.result().outcome == Outcome::perm);
}

TEST_CASE("news: a reply that cannot come here ends a connection that was to be kept", "[refclient][news]") {
    News news{{}, Afterwards::rest};
    news.asked().server("211 1 1 1 misc.test\r\n").client("QUIT\r\n");
    CHECK_FALSE(news.conversation.resting());
}

TEST_CASE("news: another group is selected first", "[refclient][news]") {
    News news{{}, Afterwards::rest};
    news.rested();
    ReadTask other{{"misc.other", "7"}};
    news.conversation.assign(other, Afterwards::quit, news.dialogue.now());
    news.dialogue.client("GROUP misc.other\r\n").server("211 1 7 7 misc.other\r\n").client("ARTICLE 7\r\n");
}

TEST_CASE("news: the end of an idle connection is noticed at once and changes no result", "[refclient][news]") {
    News closed{{}, Afterwards::rest};
    closed.rested().end_of_stream().ends(Outcome::ok, "3 octets", Ending::peer_closed);
    News reset{{}, Afterwards::rest};
    reset.rested().reset().ends(Outcome::ok, "3 octets", Ending::transport_error);
    News dismissed{{}, Afterwards::rest};
    dismissed.rested().server("400 idle\r\n").ends(Outcome::ok, "3 octets", Ending::dismissed);
}

TEST_CASE("news: what an idle connection says unasked is never the answer to the next command", "[refclient][news]") {
    News whole{{}, Afterwards::rest};
    whole.rested().server("220 0 <2@x>\r\n").client("QUIT\r\n");
    CHECK_FALSE(whole.conversation.resting());

    News half{{}, Afterwards::rest};
    half.rested().server("22");
    half.conversation.assign(half.next, Afterwards::rest, half.dialogue.now());
    half.dialogue.client("QUIT\r\n");

    News garbage{{}, Afterwards::rest};
    garbage.rested().server("hello\r\n").client("QUIT\r\n");
    CHECK_FALSE(garbage.conversation.resting());

    // The one thing that may come: the server's notice that it closes, here in two pieces around our command.
    News notice{{}, Afterwards::rest};
    notice.rested().server("40");
    notice.conversation.assign(notice.next, Afterwards::rest, notice.dialogue.now());
    notice.dialogue.server("0 idle\r\n").ends(Outcome::temp, "400 idle", Ending::dismissed);
    CHECK(notice.conversation.unanswered());
}

TEST_CASE("news: a task that was never answered on an idle connection is known as such", "[refclient][news]") {
    News gone{{}, Afterwards::rest};
    gone.rested();
    CHECK_FALSE(gone.conversation.unanswered());
    gone.conversation.assign(gone.next, Afterwards::rest, gone.dialogue.now());
    gone.dialogue.client("ARTICLE <2@x>\r\n").end_of_stream().ends(Outcome::temp, "closed", Ending::peer_closed);
    CHECK(gone.conversation.unanswered());

    News answered{{}, Afterwards::rest};
    answered.rested();
    answered.conversation.assign(answered.next, Afterwards::rest, answered.dialogue.now());
    answered.dialogue.client("ARTICLE <2@x>\r\n").server("220 0 <2@x>\r\n").end_of_stream();
    CHECK_FALSE(answered.conversation.unanswered());

    News fresh;
    fresh.asked().end_of_stream();
    CHECK_FALSE(fresh.conversation.unanswered());
}

TEST_CASE("news: a connection that rests can be left with QUIT", "[refclient][news]") {
    News news{{}, Afterwards::rest};
    news.rested();
    news.conversation.leave(news.dialogue.now());
    news.dialogue.client("QUIT\r\n").server("205 bye\r\n").ends(Outcome::ok, "3 octets", Ending::said_goodbye);
    News busy;
    busy.asked();
    busy.conversation.leave(busy.dialogue.now());
    busy.conversation.assign(busy.next, Afterwards::rest, busy.dialogue.now());
    busy.dialogue.client("");
}

TEST_CASE("news: a client with a log-in loop never stops logging in", "[refclient][news][defects]") {
    Policy policy;
    find_defect("auth_loop")->plant(policy);
    ReadTask task{{"", "<1@x>"}};
    NewsConversation conversation{task, policy, login};
    Dialogue dialogue{conversation};
    dialogue.server("200 hi\r\n").client("MODE READER\r\n").server("200 reader\r\n").client("ARTICLE <1@x>\r\n");
    for (int i = 0; i < 100; ++i)
        dialogue.server("480 who are you\r\n")
            .client("AUTHINFO USER reader\r\n")
            .server("281 welcome\r\n")
            .client("ARTICLE <1@x>\r\n");
    CHECK_FALSE(conversation.finished());
}

TEST_CASE("news: a client with classes confused gives up where it should not, and the other way round",
          "[refclient][news][defects]") {
    Policy policy;
    find_defect("class_confusion")->plant(policy);
    CHECK(policy.news.refusal_means(403) == Outcome::perm);
    CHECK(policy.news.refusal_means(502) == Outcome::temp);
    CHECK(Policy{}.news.refusal_means(403) == Outcome::temp);
    CHECK(Policy{}.news.refusal_means(502) == Outcome::perm);
    CHECK(Policy{}.news.refusal_means(499) == Outcome::temp);
    CHECK(Policy{}.news.refusal_means(599) == Outcome::perm);
}
