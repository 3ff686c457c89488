#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/driver/clock.hpp"
#include "client_under_test/driver/mail_client.hpp"
#include "tests/unit/refclient/listening_port.hpp"

#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view message = "Subject: x\r\n\r\nbody\r\n";

struct Relay {
    explicit Relay(unsigned retries = 0, const char* defect = nullptr) {
        policy.limits.set_all(5s);
        policy.retry.more = retries;
        policy.retry.first_pause = 1s;
        policy.retry.after = RetryAfter::any_failure;
        if (defect != nullptr)
            find_defect(defect)->plant(policy);
    }

    // The server runs while the client does what it is asked for; pauses take no time.
    void meet(const std::function<void()>& serve, const std::function<void(MailClient&)>& work) {
        MailSettings settings;
        settings.server = port.endpoint();
        settings.server.addresses = addresses;
        settings.pause = [this](Duration pause) { pauses.push_back(pause); };
        MailClient client{settings, policy};
        std::thread server{serve};
        work(client);
        server.join();
    }

    int accept() const {
        const int client = port.accept();
        say(client, "220 hi\r\n");
        hear(client, "EHLO me\r\n");
        say(client, "250 mx\r\n");
        return client;
    }

    // Up to DATA, each recipient with this reply.
    static void envelope(int client, const std::vector<const char*>& replies = {"250 ok\r\n"}) {
        hear(client, "MAIL FROM:<a@example>\r\n");
        say(client, "250 ok\r\n");
        for (const char* reply : replies) {
            hear(client, "@example>\r\n");
            say(client, reply);
        }
    }

    static void message_taken(int client) {
        hear(client, "DATA\r\n");
        say(client, "354 go\r\n");
        hear(client, "\r\n.\r\n");
        say(client, "250 queued\r\n");
    }

    static void end(int client) {
        hear(client, "QUIT\r\n");
        say(client, "221 bye\r\n");
        ::close(client);
    }

    static SendRequest to(std::vector<std::string> recipients = {"b@example"}) {
        return {"me", "a@example", std::move(recipients), message};
    }

    Port port{true};
    std::vector<std::string> addresses; // the port has one; empty = that
    Policy policy;
    std::vector<Duration> pauses;
};

} // namespace

TEST_CASE("mail client: several messages go over one connection", "[refclient][driver]") {
    Relay relay;
    relay.meet(
        [&] {
            const int client = relay.accept();
            for (int i = 0; i < 3; ++i) {
                Relay::envelope(client);
                Relay::message_taken(client);
            }
            Relay::end(client);
        },
        [&](MailClient& client) {
            for (int i = 0; i < 3; ++i)
                CHECK(client.send(Relay::to(), i < 2) == Result{Outcome::ok, "250 queued"});
        });
    CHECK(relay.pauses.empty());
}

TEST_CASE("mail client: what may pass is tried again after growing pauses, and not for ever", "[refclient][driver]") {
    Relay relay{2};
    relay.meet(
        [&] {
            for (int i = 0; i < 3; ++i) {
                const int client = relay.accept();
                hear(client, "MAIL FROM:<a@example>\r\n");
                say(client, "451 later\r\n");
                if (i < 2)
                    Relay::end(client); // nobody keeps a connection through a pause
                else
                    ::close(client);
            }
        },
        [&](MailClient& client) { CHECK(client.send(Relay::to(), true).outcome == Outcome::temp); });
    CHECK(relay.pauses == std::vector<Duration>{1s, 2s});
}

TEST_CASE("mail client: what will not pass is tried once", "[refclient][driver]") {
    Relay relay{5};
    relay.meet(
        [&] {
            const int client = relay.accept();
            hear(client, "MAIL FROM:<a@example>\r\n");
            say(client, "550 no\r\n");
            Relay::end(client);
        },
        [&](MailClient& client) { CHECK(client.send(Relay::to(), false).outcome == Outcome::perm); });
    CHECK(relay.pauses.empty());
}

TEST_CASE("mail client: only the recipients that may still get it are tried again", "[refclient][driver]") {
    Relay relay{3};
    relay.meet(
        [&] {
            const int first = relay.accept();
            Relay::envelope(first, {"250 ok\r\n", "550 nobody\r\n", "452 too many\r\n"});
            Relay::message_taken(first);
            Relay::end(first);
            const int second = relay.accept();
            hear(second, "MAIL FROM:<a@example>\r\n");
            say(second, "250 ok\r\n");
            CHECK(hear(second, "RCPT TO:<d@example>\r\n"));
            say(second, "250 ok\r\n");
            Relay::message_taken(second);
            Relay::end(second);
        },
        [&](MailClient& client) {
            const Result result = client.send(Relay::to({"b@example", "c@example", "d@example"}), false);
            CHECK(result.outcome == Outcome::perm);
            CHECK_THAT(result.text, Catch::Contains("not for 1 of the recipients, such as c@example: 550 nobody"));
        });
    CHECK(relay.pauses == std::vector<Duration>{1s});
}

TEST_CASE("mail client: what a lost reply left open stays so if nothing better comes", "[refclient][driver]") {
    Relay relay{1};
    relay.meet(
        [&] {
            const int first = relay.accept();
            Relay::envelope(first);
            hear(first, "DATA\r\n");
            say(first, "354 go\r\n");
            hear(first, "\r\n.\r\n");
            ::close(first);
            const int second = relay.accept();
            hear(second, "MAIL FROM:<a@example>\r\n");
            say(second, "451 later\r\n");
            Relay::end(second);
        },
        [&](MailClient& client) { CHECK(client.send(Relay::to(), false).outcome == Outcome::uncertain); });
}

TEST_CASE("mail client: a connection closed while idle is closed in turn, and replaced", "[refclient][driver]") {
    Relay relay;
    Seen seen = Seen::nothing;
    relay.meet(
        [&] {
            const int first = relay.accept();
            Relay::envelope(first);
            Relay::message_taken(first);
            say(first, "421 idle for too long\r\n");
            ::shutdown(first, SHUT_WR);
            seen = watch(first);
            ::close(first);
            const int second = relay.accept();
            Relay::envelope(second);
            Relay::message_taken(second);
            Relay::end(second);
        },
        [&](MailClient& client) {
            CHECK(client.send(Relay::to(), true).outcome == Outcome::ok);
            client.rest(300ms);
            CHECK(client.send(Relay::to(), false).outcome == Outcome::ok);
        });
    CHECK(seen == Seen::fin);
}

TEST_CASE("mail client: a connection found closed by a command costs nothing but a new one",
          "[refclient][driver][defects]") {
    for (const char* defect : {"close_wait_idle", "stale_pool_fails_message"}) {
        CAPTURE(defect);
        const bool fails = std::string_view{defect} == "stale_pool_fails_message";
        Relay relay{0, defect};
        relay.meet(
            [&] {
                const int first = relay.accept();
                Relay::envelope(first);
                Relay::message_taken(first);
                ::close(first);
                if (fails)
                    return;
                const int second = relay.accept();
                Relay::envelope(second);
                Relay::message_taken(second);
                Relay::end(second);
            },
            [&](MailClient& client) {
                CHECK(client.send(Relay::to(), true).outcome == Outcome::ok);
                client.rest(1s);
                CHECK(client.send(Relay::to(), false).outcome == (fails ? Outcome::temp : Outcome::ok));
            });
    }
}

TEST_CASE("mail client: a server that leaves or says nothing is replaced by its next address, without a pause",
          "[refclient][driver][defects]") {
    struct Case {
        const char* said;
        bool closes;
        bool goes_on;
    };

    for (const auto& [said, closes, goes_on] :
         {Case{"421 closing\r\n", true, true}, Case{"", true, true}, Case{"", false, true},
          Case{"451 not now\r\n", true, false}, Case{"554 never\r\n", true, false}}) {
        CAPTURE(said, closes);
        Relay relay;
        relay.policy.limits.set_all(closes ? Duration{5s} : Duration{200ms});
        relay.addresses = {"127.0.0.1", "127.0.0.1"};
        relay.meet(
            [&] {
                const int first = relay.port.accept();
                say(first, said);
                if (closes)
                    ::shutdown(first, SHUT_WR);
                if (goes_on) {
                    const int second = relay.accept();
                    Relay::envelope(second);
                    Relay::message_taken(second);
                    Relay::end(second);
                }
                ::close(first);
            },
            [&](MailClient& client) { CHECK((client.send(Relay::to(), false).outcome == Outcome::ok) == goes_on); });
        CHECK(relay.pauses.empty());
    }
}

TEST_CASE("mail client: when no address works the queue waits, and then begins with the first", "[refclient][driver]") {
    Relay relay{1};
    relay.addresses = {"127.0.0.1", "127.0.0.1"};
    relay.meet(
        [&] {
            for (int i = 0; i < 4; ++i) {
                const int client = relay.port.accept();
                say(client, "421 closing\r\n");
                ::close(client);
            }
        },
        [&](MailClient& client) { CHECK(client.send(Relay::to(), false).outcome == Outcome::temp); });
    CHECK(relay.pauses == std::vector<Duration>{1s});
}

TEST_CASE("mail client: a message whose fate is not known is not offered to the next address at once",
          "[refclient][driver]") {
    Relay relay{1};
    relay.addresses = {"127.0.0.1", "127.0.0.1"};
    relay.meet(
        [&] {
            const int first = relay.accept();
            Relay::envelope(first);
            hear(first, "DATA\r\n");
            say(first, "354 go\r\n");
            hear(first, "\r\n.\r\n");
            ::close(first);
            const int second = relay.accept();
            Relay::envelope(second);
            Relay::message_taken(second);
            Relay::end(second);
        },
        [&](MailClient& client) { CHECK(client.send(Relay::to(), false).outcome == Outcome::ok); });
    CHECK(relay.pauses == std::vector<Duration>{1s});
}

TEST_CASE("mail client: a kept connection that says 421 is followed by a pause, whatever addresses there are",
          "[refclient][driver]") {
    for (const bool several : {false, true}) {
        CAPTURE(several);
        Relay relay{1};
        if (several)
            relay.addresses = {"127.0.0.1", "127.0.0.1"};
        relay.meet(
            [&] {
                const int first = relay.accept();
                Relay::envelope(first);
                Relay::message_taken(first);
                hear(first, "MAIL FROM:<a@example>\r\n");
                say(first, "421 closing\r\n");
                ::close(first);
                const int second = relay.accept();
                Relay::envelope(second);
                Relay::message_taken(second);
                Relay::end(second);
            },
            [&](MailClient& client) {
                CHECK(client.send(Relay::to(), true).outcome == Outcome::ok);
                CHECK(client.send(Relay::to(), false).outcome == Outcome::ok);
            });
        CHECK(relay.pauses == std::vector<Duration>{1s});
    }
}
