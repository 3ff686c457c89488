#include "fakeserver/base/base64.hpp"
#include "fakeserver/protocol/smtp/service.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace postfault;
using namespace postfault::protocol;

namespace {

// The replies of a server that wants a log-in, and what is told of the commands.
class LogIn {
public:
    explicit LogIn(bool needs_tls = false) {
        smtp::Settings settings;
        settings.extensions = {};
        settings.mechanisms = {sasl::Mechanism::plain, sasl::Mechanism::login};
        settings.account = {"tim", "secret"};
        settings.log_in_needs_tls = needs_tls;
        service = std::make_unique<smtp::Service>(settings);
        session = service->open();
        session->on_connected();
        say("EHLO a\r\n");
    }

    std::string say(std::string_view bytes, const std::string& instead = "") {
        session->on_bytes(bytes);
        std::string last;
        while (const auto step = session->next_step()) {
            if (step->kind == Step::Kind::received) {
                told += step->text + "|";
                if (!instead.empty() && step->subject == "AUTH")
                    session->answer_with(instead);
            }
            if (step->kind == Step::Kind::reply)
                last = step->text;
        }
        return last;
    }

    std::unique_ptr<smtp::Service> service;
    std::unique_ptr<Session> session;
    std::string told;
};

const std::string good = to_base64(std::string("\0tim\0secret", 11));

} // namespace

TEST_CASE("AUTH is offered, wanted before MAIL, and taken once", "[smtp][auth]") {
    LogIn server;
    CHECK(server.say("EHLO a\r\n") == "250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n");
    CHECK(server.say("MAIL FROM:<a@b>\r\n").starts_with("530 "));
    CHECK(server.say("AUTH PLAIN " + good + "\r\n").starts_with("235 "));
    CHECK(server.say("AUTH PLAIN " + good + "\r\n").starts_with("503 "));
    CHECK(server.say("MAIL FROM:<a@b>\r\n").starts_with("250 "));
}

TEST_CASE("challenges are answered line by line, and nothing secret is told", "[smtp][auth]") {
    LogIn server;
    CHECK(server.say("AUTH LOGIN\r\n") == "334 VXNlcm5hbWU6\r\n");
    CHECK(server.say(to_base64("tim") + "\r\n") == "334 UGFzc3dvcmQ6\r\n");
    CHECK(server.say(to_base64("secret") + "\r\n").starts_with("235 "));
    server.say("AUTH PLAIN " + good + "\r\n");
    CHECK(server.told == "|EHLO a|AUTH LOGIN|***|***|AUTH PLAIN ***|");
}

TEST_CASE("what is wrong with a log-in has its code", "[smtp][auth]") {
    LogIn server;
    CHECK(server.say("AUTH PLAIN " + to_base64(std::string("\0tim\0x", 6)) + "\r\n").starts_with("535 "));
    CHECK(server.say("AUTH DIGEST-MD5\r\n").starts_with("504 "));
    CHECK(server.say("AUTH\r\n").starts_with("501 "));
    CHECK(server.say("AUTH PLAIN !!\r\n").starts_with("501 "));
    CHECK(server.say("AUTH LOGIN\r\n*\r\n").starts_with("501 "));
    CHECK(server.say("AUTH LOGIN\r\n!!\r\n").starts_with("501 "));
    CHECK(server.say("NOOP\r\n").starts_with("250 ")); // the exchange is over
}

TEST_CASE("a challenge in place of the reply keeps the exchange going", "[smtp][auth]") {
    LogIn server;
    const std::string again = "334 Zm9v\r\n";
    CHECK(server.say("AUTH PLAIN " + good + "\r\n", again) == again);
    for (int turn = 0; turn < 3; ++turn)
        CHECK(server.say(good + "\r\n", again) == again);
    CHECK(server.say("*\r\n").starts_with("501 "));
    CHECK(server.say("MAIL FROM:<a@b>\r\n").starts_with("530 "));
}

TEST_CASE("where TLS is to come first, a log-in waits for it and is forgotten by it", "[smtp][auth]") {
    LogIn server(true);
    CHECK(server.say("EHLO a\r\n") == "250 mail.example.test\r\n");
    CHECK(server.say("AUTH PLAIN " + good + "\r\n").starts_with("530 "));
    server.session->on_secured();
    CHECK(server.say("EHLO a\r\n") == "250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n");
    CHECK(server.say("AUTH PLAIN " + good + "\r\n").starts_with("235 "));
}
