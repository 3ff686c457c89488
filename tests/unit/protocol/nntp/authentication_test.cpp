#include "fakeserver/protocol/nntp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using test::expect;
using Opened = test::Opened<nntp::Service>;

namespace {

nntp::Settings with_users(bool required) {
    nntp::Settings settings;
    settings.passwords = {{"user", "secret"}, {"guest", ""}};
    settings.authentication_required = required;
    return settings;
}

Opened open_at(const std::vector<std::string>& lines, bool required) {
    return test::opened_at<nntp::Service>(lines, with_users(required));
}

} // namespace

TEST_CASE("AUTHINFO takes a user and then a password", "[nntp][authentication]") {
    Opened opened = open_at({}, false);
    auto talk = opened.talk();
    talk.ask("AUTHINFO PASS secret", "482").ask("AUTHINFO USER user", "381").ask("AUTHINFO PASS wrong", "481");
    talk.ask("AUTHINFO PASS secret", "482").ask("AUTHINFO USER nobody", "381").ask("AUTHINFO PASS secret", "481");
    talk.ask("AUTHINFO USER nobody", "381").ask("authinfo user user", "381").ask("authinfo pass secret", "281");
    talk.ask("AUTHINFO USER user", "502").ask("AUTHINFO PASS secret", "502");
    talk.ask("AUTHINFO", "501").ask("AUTHINFO USER", "501").ask("AUTHINFO SASL PLAIN", "501");
    talk.ask("AUTHINFO USER a b", "501").ask("AUTHINFO X Y", "501");
    Opened guest = open_at({"AUTHINFO USER guest"}, true);
    guest.talk().ask("LIST", "215");
}

TEST_CASE("without users AUTHINFO is unknown", "[nntp][authentication]") {
    Opened opened = test::opened_at<nntp::Service>({}, nntp::Settings{});
    CHECK(opened.talk().ask("CAPABILITIES", "101").last().text.find("AUTHINFO") == std::string::npos);
    opened.talk().ask("AUTHINFO USER user", "500");
}

TEST_CASE("where authentication is required nearly everything waits for it", "[nntp][authentication]") {
    Opened opened = open_at({}, true);
    auto talk = opened.talk();
    for (const char* line : {"GROUP misc.test",
                             "LISTGROUP",
                             "LIST",
                             "LIST ACTIVE",
                             "ARTICLE <1@x>",
                             "HEAD",
                             "BODY",
                             "STAT",
                             "NEXT",
                             "LAST",
                             "OVER",
                             "XOVER",
                             "HDR Subject",
                             "XHDR Subject",
                             "NEWGROUPS 20200101 000000",
                             "NEWNEWS * 20200101 000000",
                             "POST",
                             "IHAVE <1@x>",
                             "CHECK <1@x>",
                             "MODE STREAM"})
        talk.ask(line, "480");
    talk.client("TAKETHIS <1@x>\r\nQUIT\r\n.\r\n").received("TAKETHIS").reply("TAKETHIS", "480").nothing();
    talk.ask("MODE READER", "200").ask("HELP", "100").ask("DATE", "111").ask("XYZZY", "500").ask("GROUP", "501");
    CHECK(talk.ask("CAPABILITIES", "101").last().text ==
          "101 Capability list follows\r\nVERSION 2\r\nIMPLEMENTATION postfault\r\nREADER\r\nAUTHINFO USER\r\n.\r\n");
    talk.ask("AUTHINFO USER user", "381").ask("LIST", "480").ask("AUTHINFO PASS secret", "281");
    CHECK(talk.ask("CAPABILITIES", "101").last().text ==
          "101 Capability list follows\r\nVERSION 2\r\nIMPLEMENTATION postfault\r\nREADER\r\nPOST\r\nIHAVE\r\n"
          "NEWNEWS\r\nHDR\r\nOVER MSGID\r\nLIST ACTIVE ACTIVE.TIMES HEADERS NEWSGROUPS OVERVIEW.FMT\r\n"
          "STREAMING\r\n.\r\n");
    talk.ask("GROUP misc.test", "211").ask("POST", "340");
    // Who has authenticated is this connection, not the service.
    const auto second = opened.service->open();
    expect(*second).connected().reply("greeting", "200").ask("LIST", "480");
    Opened leaving = open_at({}, true);
    leaving.talk().client("QUIT\r\n").reply("QUIT", "205").close();
}

TEST_CASE("an overruled authentication counts only as what the client was told", "[nntp][authentication][overrule]") {
    Opened opened = open_at({}, true);
    auto talk = opened.talk().ask("AUTHINFO USER user", "381");
    talk.client("AUTHINFO PASS secret\r\n").received("AUTHINFO").answer_with("481 no\r\n").reply("AUTHINFO", "481 no");
    talk.ask("LIST", "480").client("AUTHINFO PASS wrong\r\n").received("AUTHINFO").answer_with("281 yes\r\n");
    talk.reply("AUTHINFO", "281 yes").ask("LIST", "480");
}
