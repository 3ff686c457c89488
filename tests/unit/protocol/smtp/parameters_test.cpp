#include "fakeserver/protocol/smtp/parameters.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace postfault::protocol::smtp;

namespace {

Settings with(std::vector<std::string> extensions) {
    Settings settings;
    settings.extensions = std::move(extensions);
    return settings;
}

const Settings all = with({"SIZE 1000", "8BITMIME", "BINARYMIME", "CHUNKING", "SMTPUTF8", "DSN", "AUTH PLAIN"});

Parameters read(std::string_view verb, const std::string& text, const Settings& settings = all,
                const Extended& extended = {true, false}) {
    PathArgument path;
    path.mailbox = "a@b";
    path.parameters = text;
    return read_parameters(verb, path, settings, extended);
}

// 0 if nothing is refused.
int code(std::string_view verb, const std::string& text, const Settings& settings = all,
         const Extended& extended = {true, false}) {
    const Parameters found = read(verb, text, settings, extended);
    return found.refusal ? found.refusal->code : 0;
}

} // namespace

TEST_CASE("each parameter belongs to one command", "[smtp][parameters]") {
    for (const char* text : {"", "SIZE=10", "body=8bitmime", "BODY=7BIT", "SMTPUTF8", "RET=FULL ENVID=x", "AUTH=<>"}) {
        CAPTURE(text);
        CHECK(code("MAIL", text) == 0);
        CHECK(code("RCPT", text) == (*text == '\0' ? 0 : 555));
    }
    for (const char* text : {"NOTIFY=NEVER", "ORCPT=rfc822;a@b", "notify=success,delay ORCPT=rfc822;a@b"}) {
        CAPTURE(text);
        CHECK(code("RCPT", text) == 0);
        CHECK(code("MAIL", text) == 555);
    }
    CHECK(code("MAIL", "X=1") == 555);
}

TEST_CASE("a parameter needs its extension, and EHLO", "[smtp][parameters]") {
    CHECK(code("MAIL", "SIZE=10", with({"8BITMIME"})) == 555);
    CHECK(code("MAIL", "SIZE=10", all, {false, false}) == 555);
    CHECK(code("MAIL", "BODY=8BITMIME", with({"BINARYMIME"})) == 501); // the name is known, the value is not
    CHECK(code("MAIL", "BODY=BINARYMIME", with({"BINARYMIME"})) == 501);
    CHECK(code("MAIL", "BODY=BINARYMIME", with({"BINARYMIME", "CHUNKING"})) == 0);
}

TEST_CASE("what MAIL asks for is found", "[smtp][parameters]") {
    CHECK(read("MAIL", "BODY=binarymime").binary);
    CHECK_FALSE(read("MAIL", "BODY=8BITMIME").binary);
    CHECK(read("MAIL", "smtputf8").utf8);
    CHECK_FALSE(read("MAIL", "SIZE=1").utf8);
}

TEST_CASE("a parameter is stated once, with a value of its form", "[smtp][parameters]") {
    for (const char* text : {"SIZE=1 size=1", "SIZE", "SIZE=", "SIZE=-1", "SIZE=123456789012345678901", "BODY",
                             "BODY=X", "SMTPUTF8=1", "RET=BODY", "ENVID=", "AUTH="}) {
        CAPTURE(text);
        CHECK(code("MAIL", text) == 501);
    }
    CHECK(code("RCPT", "NOTIFY=NEVER,DELAY") == 501);
    CHECK(read("MAIL", "SIZE=1 SIZE=2").refusal->text == "SIZE stated twice");
    CHECK(code("MAIL", "SIZE=1000") == 0);
    CHECK(code("MAIL", "SIZE=1001") == 552);
    CHECK(code("MAIL", "SIZE=99999999999999999999") == 552); // twenty digits, and more than 64 bits
}

TEST_CASE("an address beyond ASCII needs SMTPUTF8, which MAIL says for its recipients too", "[smtp][parameters]") {
    PathArgument path;
    path.mailbox = "\xc3\xa4@b";
    path.has_non_ascii = true;
    const auto refused = [&](std::string_view verb, std::string_view text, bool utf8) {
        path.parameters = text;
        const Parameters found = read_parameters(verb, path, all, {true, utf8});
        return found.refusal && found.refusal->code == 553;
    };
    CHECK(refused("MAIL", "", false));
    CHECK_FALSE(refused("MAIL", "SMTPUTF8", false));
    CHECK(refused("RCPT", "", false));
    CHECK_FALSE(refused("RCPT", "", true));
    CHECK(code("RCPT", "ORCPT=utf-8;\xc3\xa4@b", all, {true, true}) == 0);
    CHECK(code("RCPT", "ORCPT=utf-8;\xc3\xa4@b", all, {true, false}) == 501);
}
