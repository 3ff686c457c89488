#include "fakeserver/protocol/smtp/delivery_status.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;
using namespace postfault::protocol::smtp;

TEST_CASE("xtext is printable ASCII with two digits for the rest", "[smtp][dsn]") {
    for (const char* good : {"", "abc", "a+2Bb", "+3D", "a@b;c"})
        CHECK(is_xtext(good));
    for (const char* bad : {"a=b", "a b", "+", "+2", "+2b", "a+G0", "\x7f", "\xc3\xa4"})
        CHECK(!is_xtext(bad));
    CHECK(is_xtext("\xc3\xa4", true));
}

TEST_CASE("NOTIFY is NEVER alone or a list without repetition", "[smtp][dsn]") {
    for (const char* good : {"NEVER", "never", "SUCCESS", "Failure", "SUCCESS,FAILURE,DELAY"})
        CHECK(is_notify(good));
    for (const char* bad : {"", "NEVER,DELAY", "SUCCESS,", ",DELAY", "DELAY,DELAY", "ALWAYS"})
        CHECK(!is_notify(bad));
}

TEST_CASE("ORCPT, RET and ENVID have their forms", "[smtp][dsn]") {
    CHECK(is_original_recipient("rfc822;a@b"));
    CHECK(is_original_recipient("x-400;a+20b"));
    CHECK(is_original_recipient("rfc822;" + std::string(493, 'a')));
    CHECK(is_original_recipient("utf-8;\xc3\xa4@b", true));
    for (const std::string bad : {"", "a@b", ";a@b", "rfc822;", "rfc 822;a", "utf-8;\xc3\xa4@b"})
        CHECK(!is_original_recipient(bad));
    CHECK(!is_original_recipient("rfc822;" + std::string(494, 'a')));
    CHECK(is_returned_part("full"));
    CHECK(is_returned_part("HDRS"));
    CHECK(!is_returned_part("BODY"));
    CHECK(is_envelope_id(std::string(100, 'e')));
    CHECK(!is_envelope_id(std::string(101, 'e')));
    CHECK(!is_envelope_id(""));
}

TEST_CASE("UTF-8 in a path needs SMTPUTF8 of this transaction", "[smtp][utf8]") {
    Settings settings;
    settings.extensions = {"8BITMIME", "SMTPUTF8", "DSN"};
    auto opened = test::opened_at<Service>({"EHLO a"}, settings);
    auto talk = opened.talk();
    talk.ask("MAIL FROM:<a@b>", "250")
        .ask("RCPT TO:<\xc3\xb6@b>", "553")
        .ask("RCPT TO:<c@d> ORCPT=utf-8;\xc3\xb6@b", "501");
    talk.ask("RSET", "250").ask("MAIL FROM:<a@b> SMTPUTF8", "250").ask("RCPT TO:<\xc3\xb6@b>", "250");
    talk.ask("RCPT TO:<c@d> ORCPT=utf-8;\xc3\xb6@b", "250").ask("RSET", "250").ask("MAIL FROM:<a@b>", "250");
    talk.ask("RCPT TO:<\xc3\xb6@b>", "553");
}
