#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using Opened = test::Opened<smtp::Service>;

namespace {

smtp::Settings lmtp() {
    smtp::Settings settings;
    settings.lmtp = true;
    settings.recipient_replies["no@b"] = "550 5.1.1 No such user";
    settings.recipient_replies["far@b"] = "251 Will forward";
    settings.delivery_replies["full@b"] = "452 4.2.2 Over quota";
    settings.delivery_replies["odd@b"] = "250 Delivered here";
    return settings;
}

} // namespace

TEST_CASE("recipients get the replies that were ordered, in every transaction", "[smtp][recipients]") {
    smtp::Settings settings = lmtp();
    settings.lmtp = false;
    Opened opened = test::opened_at<smtp::Service>({"EHLO a"}, settings);
    auto talk = opened.talk();
    for (std::size_t count = 1; count < 3; ++count) {
        talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<no@b>", "550 5.1.1 No such user\r\n").ask("DATA", "503");
        talk.ask("RCPT TO:<far@b>", "251 Will forward\r\n").ask("RCPT TO:<full@b>", "250");
        talk.ask("DATA", "354").upload(".\r\n", "250");
        REQUIRE(opened.stored().size() == count);
        CHECK(opened.stored().back()->recipients == std::vector<std::string>{"far@b", "full@b"});
    }
}

TEST_CASE("LMTP greets with LHLO only", "[lmtp]") {
    Opened opened = test::opened<smtp::Service>(lmtp());
    auto talk = opened.talk().connected().reply("greeting", "220 mail.example.test LMTP");
    talk.ask("EHLO a", "500").ask("HELO a", "500").ask("MAIL FROM:<a@b>", "503 LHLO first").ask("LHLO", "501");
    talk.ask("LHLO a", "250-mail.example.test\r\n").ask("MAIL FROM:<a@b> SIZE=1", "250 2.1.0").ask("DATA", "503");
    Opened smtp_server = test::opened_at<smtp::Service>({}, smtp::Settings{});
    smtp_server.talk().ask("LHLO a", "500");
}

TEST_CASE("LMTP replies once for each accepted recipient", "[lmtp]") {
    Opened opened = test::opened_at<smtp::Service>({"LHLO a", "MAIL FROM:<a@b>", "RCPT TO:<full@b>"}, lmtp());
    auto talk = opened.talk().ask("RCPT TO:<no@b>", "550").ask("RCPT TO:<c@d>", "250").ask("RCPT TO:<odd@b>", "250");
    const std::string replies = "452 4.2.2 Over quota\r\n250 2.0.0 Ok, stored as message 1\r\n250 Delivered here\r\n";

    SECTION("after the dot") {
        talk.ask("DATA", "354").client("x\r\n.\r\n").received("dot").received("accepted").reply("accepted", replies);
        CHECK(talk.last().text == replies);
    }
    SECTION("after the last chunk") {
        talk.client("BDAT 1\r\nx").received("BDAT").reply("BDAT", "250").client("BDAT 2 LAST\r\n\r\n").received("BDAT");
        talk.received("dot").received("accepted").reply("accepted", replies);
    }
    SECTION("an order of another class stores nothing, one of the same class does") {
        talk.ask("DATA", "354").client(".\r\n").received("dot").answer_with("451 a\r\n").reply("dot", "451 a\r\n");
        CHECK(opened.stored().empty());
        talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<full@b>", "250").ask("RCPT TO:<c@d>", "250");
        talk.ask("DATA", "354").client(".\r\n").received("dot").answer_with("250 b\r\n").received("accepted");
        REQUIRE(opened.stored().size() == 1);
        CHECK(opened.stored()[0]->recipients == std::vector<std::string>{"c@d"});
        return;
    }
    REQUIRE(opened.stored().size() == 1);
    CHECK(opened.stored()[0]->recipients == std::vector<std::string>{"c@d", "odd@b"});
    talk.nothing().ask("DATA", "503").ask("MAIL FROM:<a@b>", "250");
}

TEST_CASE("an LMTP message that nobody gets is not stored", "[lmtp]") {
    smtp::Settings settings = lmtp();
    settings.max_message_size = 10;
    Opened opened = test::opened_at<smtp::Service>({"LHLO a", "MAIL FROM:<a@b>", "RCPT TO:<full@b>"}, settings);
    auto talk = opened.talk();
    talk.ask("DATA", "354").client(".\r\n").received("dot").reply("dot", "452 4.2.2 Over quota\r\n").nothing();
    talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<c@d>", "250").ask("RCPT TO:<odd@b>", "250").ask("DATA", "354");
    talk.client("more than ten octets\r\n.\r\n").received("dot");
    talk.reply("dot", "552 5.3.4 Message larger than the maximum size\r\n"
                      "552 5.3.4 Message larger than the maximum size\r\n");
    talk.nothing();
    CHECK(opened.stored().empty());
}
