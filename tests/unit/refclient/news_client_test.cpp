#include "client_under_test/conversation/post_task.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "client_under_test/driver/clock.hpp"
#include "client_under_test/driver/news_client.hpp"
#include "tests/unit/refclient/listening_port.hpp"

#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view article = "Message-ID: <1@x>\r\n\r\nbody\r\n";

struct News {
    explicit News(unsigned retries = 0, Duration limit = 5s) {
        policy.limits.set_all(limit);
        policy.retry.more = retries;
        policy.retry.first_pause = 1s;
    }

    // The server runs while the client does what it is asked for; pauses take no time.
    void meet(const std::function<void()>& serve, const std::function<void(NewsClient&)>& work) {
        NewsSettings settings;
        settings.server = port.endpoint();
        settings.pause = [this](Duration pause) { pauses.push_back(pause); };
        NewsClient client{settings, policy};
        std::thread server{serve};
        work(client);
        server.join();
    }

    int accept() const {
        const int client = port.accept();
        say(client, "200 hi\r\n");
        hear(client, "MODE READER\r\n");
        say(client, "200 reader\r\n");
        return client;
    }

    static void send_article(int client) {
        hear(client, "ARTICLE <1@x>\r\n");
        say(client, "220 0 <1@x>\r\na\r\n.\r\n");
    }

    static void end(int client) {
        hear(client, "QUIT\r\n");
        say(client, "205 bye\r\n");
        ::close(client);
    }

    Port port{true};
    Policy policy;
    std::vector<Duration> pauses;
};

} // namespace

TEST_CASE("news client: several articles come over one connection", "[refclient][driver]") {
    News news;
    news.meet(
        [&] {
            const int client = news.accept();
            for (int i = 0; i < 3; ++i)
                News::send_article(client);
            News::end(client);
        },
        [&](NewsClient& client) {
            for (int i = 0; i < 3; ++i) {
                ReadTask task{{"", "<1@x>"}};
                CHECK(client.perform(task, i < 2) == Result{Outcome::ok, "3 octets"});
            }
        });
    CHECK(news.pauses.empty());
}

TEST_CASE("news client: a connection closed while idle is closed in turn, and replaced", "[refclient][driver]") {
    News news;
    Seen seen = Seen::nothing;
    news.meet(
        [&] {
            const int first = news.accept();
            News::send_article(first);
            ::shutdown(first, SHUT_WR);
            seen = watch(first);
            ::close(first);
            const int second = news.accept();
            News::send_article(second);
            News::end(second);
        },
        [&](NewsClient& client) {
            ReadTask first{{"", "<1@x>"}};
            CHECK(client.perform(first, true).outcome == Outcome::ok);
            client.rest(300ms);
            ReadTask second{{"", "<1@x>"}};
            CHECK(client.perform(second, false).outcome == Outcome::ok);
        });
    CHECK(seen == Seen::fin);
}

TEST_CASE("news client: a connection found closed by a command costs nothing but a new one", "[refclient][driver]") {
    News news;
    news.policy.idle = IdleConnection::ignored;
    news.meet(
        [&] {
            const int first = news.accept();
            News::send_article(first);
            ::close(first);
            const int second = news.accept();
            News::send_article(second);
            News::end(second);
        },
        [&](NewsClient& client) {
            ReadTask first{{"", "<1@x>"}};
            CHECK(client.perform(first, true).outcome == Outcome::ok);
            client.rest(1s);
            ReadTask second{{"", "<1@x>"}};
            CHECK(client.perform(second, false).outcome == Outcome::ok);
        });
    CHECK(news.pauses.size() == 1); // between the tasks, none between the connections
}

TEST_CASE("news client: an article whose answer was lost is looked for over a new connection", "[refclient][driver]") {
    News news{1};
    news.meet(
        [&] {
            const int first = news.accept();
            hear(first, "POST\r\n");
            say(first, "340 go\r\n");
            hear(first, "\r\n.\r\n");
            ::close(first);
            const int second = news.accept();
            hear(second, "STAT <1@x>\r\n");
            say(second, "223 0 <1@x>\r\n");
            News::end(second);
        },
        [&](NewsClient& client) {
            PostTask task{article};
            CHECK(client.perform(task, false).outcome == Outcome::ok);
        });
    CHECK(news.pauses == std::vector<Duration>{1s});
}

TEST_CASE("news client: what one attempt left uncertain no later refusal to connect makes sure",
          "[refclient][driver]") {
    News news{1};
    news.meet(
        [&] {
            const int first = news.accept();
            hear(first, "POST\r\n");
            say(first, "340 go\r\n");
            hear(first, "\r\n.\r\n");
            ::close(first);
            const int second = news.port.accept();
            say(second, "400 overloaded\r\n");
            ::close(second);
        },
        [&](NewsClient& client) {
            PostTask task{article};
            const Result result = client.perform(task, false);
            CHECK(result.outcome == Outcome::uncertain);
            CHECK_THAT(result.text, Catch::Contains("400 overloaded"));
        });
}

TEST_CASE("news client: 400 is answered by patience, and by giving up in the end", "[refclient][driver]") {
    News news{2};
    news.meet(
        [&] {
            for (int i = 0; i < 3; ++i) {
                const int client = news.port.accept();
                say(client, "400 overloaded\r\n");
                ::close(client);
            }
        },
        [&](NewsClient& client) {
            ReadTask task{{"", "<1@x>"}};
            CHECK(client.perform(task, false).outcome == Outcome::temp);
        });
    CHECK(news.pauses == std::vector<Duration>{1s, 2s});
}

TEST_CASE("news client: a refused connection is tried again, an unanswered one is not", "[refclient][driver]") {
    const Port refusing{false};
    std::vector<Duration> pauses;
    NewsSettings settings;
    settings.server = refusing.endpoint();
    settings.pause = [&](Duration pause) { pauses.push_back(pause); };
    Policy policy;
    policy.limits.set_all(5s);
    policy.retry.more = 1;
    policy.retry.first_pause = 1s;
    NewsClient client{settings, policy};
    ReadTask task{{"", "<1@x>"}};
    CHECK_THAT(client.perform(task, false).text, Catch::Contains("refused"));
    CHECK(pauses.size() == 1);

    const Port silent{true};
    settings.server = silent.endpoint();
    policy.limits.set_all(50ms);
    NewsClient other{settings, policy};
    CHECK_THAT(other.perform(task, false).text, Catch::Contains("the greeting"));
    CHECK(pauses.size() == 1);
}
