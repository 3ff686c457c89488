#include "fakeserver/protocol/nntp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using test::expect;
using Opened = test::Opened<nntp::Service>;

namespace {

Opened open_at(const std::vector<std::string>& lines, nntp::Settings settings = {}) {
    return test::opened_at<nntp::Service>(lines, std::move(settings));
}

std::string article(const std::string& id) {
    return "From: a@b\r\nNewsgroups: misc.test\r\nSubject: new\r\nMessage-ID: " + id + "\r\n\r\nbody\r\n..dot\r\n.\r\n";
}

} // namespace

TEST_CASE("CHECK tells which articles are wanted", "[nntp][streaming]") {
    Opened opened = open_at({"MODE STREAM"});
    auto talk = opened.talk().ask("CHECK <1@x>", "238 <1@x>").ask("CHECK", "501").ask("CHECK 1", "501");
    const auto second = opened.service->open();
    auto feeder = expect(*second).connected().reply("greeting", "200").client("TAKETHIS <1@x>\r\nFrom");
    feeder.received("TAKETHIS").nothing();
    talk.ask("CHECK <1@x>", "431 <1@x>").ask("CHECK <2@x>", "238 <2@x>");
    feeder.client(article("<1@x>").substr(4)).received("dot").received("accepted").reply("accepted", "239 <1@x>");
    talk.ask("CHECK <1@x>", "438 <1@x>").ask("IHAVE <2@x>", "335");
    feeder.ask("CHECK <2@x>", "431").ask("IHAVE <3@x>", "335");
    talk.client(".\r\n").received("dot").reply("dot", "437").ask("CHECK <3@x>", "431").ask("CHECK <2@x>", "238");
}

TEST_CASE("nobody waits for an article of a connection that is gone", "[nntp][streaming]") {
    Opened opened = open_at({});
    auto second = opened.service->open();
    expect(*second).connected().reply("greeting", "200").client("TAKETHIS <1@x>\r\n").received("TAKETHIS").nothing();
    opened.talk().ask("CHECK <1@x>", "431");
    second.reset();
    opened.talk().ask("CHECK <1@x>", "238");
}

TEST_CASE("TAKETHIS takes an article at once and replies behind it", "[nntp][streaming]") {
    Opened opened = open_at({"MODE STREAM"});
    opened.session->watch_body({0, 4});
    auto talk = opened.talk().client("TAKETHIS <1@x>\r\n").received("TAKETHIS");
    CHECK(!opened.session->in_upload());
    talk.body(0).nothing();
    CHECK(opened.session->in_upload());
    talk.client(article("<1@x>")).body(4).received("dot");
    CHECK(opened.stored().empty());
    talk.received("accepted").reply("accepted", "239 <1@x>").nothing();
    REQUIRE(opened.stored().size() == 1);
    CHECK(opened.stored()[0]->message_id == "<1@x>");
    CHECK(opened.stored()[0]->content.ends_with("body\r\n.dot\r\n"));
    opened.session->watch_body({});
    talk.client("TAKETHIS <1@x>\r\n" + article("<1@x>")).received("TAKETHIS").received("dot");
    talk.reply("dot", "439 <1@x>").nothing();
    talk.client("TAKETHIS <2@x>\r\n" + article("<3@x>")).received("TAKETHIS").received("dot").reply("dot", "439 <2@x>");
    talk.client("TAKETHIS nonsense\r\nQUIT\r\n.\r\n").received("TAKETHIS").reply("TAKETHIS", "501").nothing();
    talk.client("TAKETHIS\r\nQUIT\r\n.\r\n").received("TAKETHIS").reply("TAKETHIS", "501").nothing();
    talk.ask("POST", "340").upload(article("<4@x>"), "240").ask("STAT <4@x>", "223");
    CHECK(opened.stored().size() == 2);
}

TEST_CASE("a pipelined stream is answered in order", "[nntp][streaming]") {
    Opened opened = open_at({"MODE STREAM"});
    auto talk = opened.talk();
    talk.client("CHECK <1@x>\r\nCHECK <2@x>\r\nTAKETHIS <1@x>\r\n" + article("<1@x>") + "TAKETHIS <1@x>\r\n" +
                article("<1@x>") + "CHECK <1@x>\r\nTAKETHIS <2@x>\r\n" + article("<2@x>") + "DATE\r\n");
    talk.reply("CHECK", "238 <1@x>").reply("CHECK", "238 <2@x>").received("TAKETHIS").received("dot");
    talk.received("accepted").reply("accepted", "239 <1@x>").received("TAKETHIS").received("dot");
    talk.reply("dot", "439 <1@x>").reply("CHECK", "438 <1@x>").received("TAKETHIS").received("dot");
    talk.received("accepted").reply("accepted", "239 <2@x>").reply("DATE", "111").nothing();
    CHECK(opened.stored().size() == 2);
}

TEST_CASE("an overruled or discarded TAKETHIS is read to its end", "[nntp][streaming][overrule]") {
    Opened opened = open_at({});
    auto talk = opened.talk().client("TAKETHIS <1@x>\r\n" + article("<1@x>") + "DATE\r\n").received("TAKETHIS");

    SECTION("another class") {
        talk.answer_with("400 busy\r\n").reply("TAKETHIS", "400 busy\r\n").reply("DATE", "111").nothing();
        CHECK(opened.stored().empty());
    }
    SECTION("discarded") {
        talk.discard().reply("DATE", "111").nothing();
        CHECK(opened.stored().empty());
    }
    SECTION("the same class") {
        talk.answer_with("239 x\r\n").received("dot").received("accepted").reply("accepted", "239 x\r\n");
        CHECK(opened.stored().size() == 1);
    }
    SECTION("refused at the dot") {
        talk.received("dot").answer_with("439 x\r\n").reply("dot", "439 x\r\n").reply("DATE", "111").nothing();
        CHECK(opened.stored().empty());
    }
    talk.client("CHECK <2@x>\r\n");
}

TEST_CASE("where streaming is not offered it is unknown", "[nntp][streaming]") {
    nntp::Settings settings;
    settings.streaming = false;
    Opened opened = open_at({}, settings);
    auto talk = opened.talk().ask("MODE STREAM", "501").ask("CHECK <1@x>", "500").ask("TAKETHIS <1@x>", "500");
    CHECK(talk.ask("CAPABILITIES", "101").last().text.find("STREAMING") == std::string::npos);
}

TEST_CASE("any split of a stream gives the same steps", "[nntp][streaming][property]") {
    const auto watching = [] {
        Opened opened = test::opened<nntp::Service>(nntp::Settings{});
        opened.session->watch_body({0, 5, 40, 400});
        return opened;
    };
    test::check_splits(watching, "MODE STREAM\r\nCHECK <1@x>\r\nTAKETHIS <1@x>\r\n" + article("<1@x>") +
                                     "TAKETHIS <1@x>\r\n.\r\nTAKETHIS\r\n.\r\nTAKETHIS " + std::string(600, 'x') +
                                     "\r\nQUIT\r\n.\r\nTAKETHIS <2@x>\nDATE\r\nQUIT\r\n");
}

TEST_CASE("distribution patterns are listed if there are any", "[nntp]") {
    nntp::Settings settings;
    settings.distribution_patterns = {"10:*:world", "20:misc.*:local"};
    Opened opened = open_at({}, settings);
    auto talk = opened.talk();
    talk.ask("LIST DISTRIB.PATS", "215 List follows\r\n10:*:world\r\n20:misc.*:local\r\n.\r\n");
    CHECK(talk.ask("CAPABILITIES", "101").last().text.find(" DISTRIB.PATS ") != std::string::npos);
}
