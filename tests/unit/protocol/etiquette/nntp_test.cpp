#include "tests/unit/protocol/etiquette/dialogue.hpp"

#include <catch2/catch.hpp>

using namespace postfault::test;
using Language = postfault::protocol::Etiquette::Language;

namespace {

struct Case {
    std::string what;
    Dialogue dialogue;
    std::string broken;
};

const std::string long_line(3000, 'x');
const Dialogue hello{{'S', "200 ready\r\n"}};

std::vector<Case> cases() {
    const Dialogue posting = hello + Dialogue{{'C', "POST\r\n"}, {'S', "340 go\r\n"}};
    return {
        {"a whole session",
         posting +
             Dialogue{
                 {'C', "From: a\r\n\r\n..\r\n.\r\n"}, {'S', "240 posted\r\n"}, {'C', "QUIT\r\n"}, {'S', "205 bye\r\n"}},
         ""},
        {"before the greeting", {{'C', "MODE READER\r\n"}}, "talks before the greeting"},
        // RFC 3977 3.5: pipelining needs no offer, but some commands have to be waited for.
        {"a pipeline",
         hello + Dialogue{{'C', "GROUP a\r\nSTAT\r\nARTICLE 1\r\n"},
                          {'S', "211 1 1 1 a\r\n223 1 <a>\r\n220 1 <a>\r\na: b\r\n\r\n..\r\n.\r\n"},
                          {'C', "POST\r\n"}},
         ""},
        {"behind MODE READER", hello + Dialogue{{'C', "MODE READER\r\nGROUP a\r\n"}},
         "sends GROUP before the reply to MODE"},
        {"behind POST", hello + Dialogue{{'C', "POST\r\nFrom: a\r\n"}}, "message data before the reply to POST"},
        {"an article without 340", hello + Dialogue{{'C', "POST\r\n"}, {'S', "440 no\r\n"}, {'C', "From: a\r\n"}},
         "article without 340 or 335"},
        {"IHAVE without 335", hello + Dialogue{{'C', "IHAVE <a>\r\n"}, {'S', "435 no\r\n"}, {'C', "From: a\r\n"}},
         "article without 340 or 335"},
        {"text behind the dot", posting + Dialogue{{'C', "a: b\r\n.\r\nmore\r\n"}},
         "text behind the line with the dot"},
        {"a command behind the dot", posting + Dialogue{{'C', "a: b\r\n.\r\nPOST\r\n"}},
         "sends POST before the reply to the final dot"},
        {"streaming",
         hello + Dialogue{{'C', "TAKETHIS <a>\r\na: b\r\n\r\n.\r\nTAKETHIS <b>\r\na: b\r\n.x\r\n.\r\n"},
                          {'S', "239 <a>\r\n239 <b>\r\n"},
                          {'C', "CHECK <c>\r\nCHECK <d>\r\n"}},
         "dot at the start of a line not doubled"},
        {"text behind a streamed article", hello + Dialogue{{'C', "TAKETHIS <a>\r\na: b\r\n.\r\nmore\r\n"}},
         "text behind the line with the dot"},
        {"long lines", posting + Dialogue{{'C', long_line + "\r\n.\r\n"}}, ""},
        {"LF alone", posting + Dialogue{{'C', "a\nb\r\n.\r\n"}}, "bare LF in the message"},
        {"after 400", hello + Dialogue{{'C', "MODE READER\r\n"}, {'S', "400 later\r\n"}, {'C', "GROUP a\r\n"}},
         "goes on with GROUP after 400"},
        {"after 400 in a pipeline",
         hello + Dialogue{{'C', "STAT\r\n"}, {'S', "400 later\r\n"}, {'C', "STAT\r\nPOST\r\nSTAT\r\n"}}, ""},
        {"a list of the group",
         hello + Dialogue{{'C', "LISTGROUP a\r\n"},
                          {'S', "211 1 1 1 a\r\n1\r\n.\r\n"},
                          {'C', "MODE READER\r\n"},
                          {'S', "200 ok\r\n"},
                          {'C', "POST\r\n"}},
         ""},
        {"a block that never ends",
         hello + Dialogue{{'C', "CAPABILITIES\r\n"},
                          {'S', "101 list\r\nVERSION 2\r\n"},
                          {'C', "MODE READER\r\nPOST\r\n"},
                          {'S', "READER\r\n"}},
         "sends POST before the reply to MODE"},
        {"a log-in",
         hello + Dialogue{{'C', "AUTHINFO USER a\r\n"},
                          {'S', "381 more\r\n"},
                          {'C', "AUTHINFO PASS b\r\n"},
                          {'S', "281 ok\r\n"},
                          {'C', "GROUP a\r\n"}},
         ""},
        {"a second log-in",
         hello + Dialogue{{'C', "AUTHINFO USER a\r\n"}, {'S', "281 ok\r\n"}, {'C', "AUTHINFO USER a\r\n"}},
         "AUTHINFO after a successful one"},
        {"a SASL challenge",
         hello + Dialogue{{'C', "AUTHINFO SASL X\r\n"},
                          {'S', "383 abc\r\n"},
                          {'C', "def\r\n"},
                          {'S', "281 ok\r\n"},
                          {'C', "GROUP a\r\n"}},
         ""},
        {"TLS",
         hello + Dialogue{{'C', "STARTTLS\r\n"},
                          {'S', "382 go\r\n"},
                          {'C', "\n\n"},
                          {'!', ""},
                          {'C', "GROUP a\r\n"},
                          {'S', "211 1 1 1 a\r\n"},
                          {'C', "A\n"}},
         "bare LF in a command"},
        {"compressed", hello + Dialogue{{'C', "COMPRESS DEFLATE\r\n"}, {'S', "206 ok\r\n"}, {'C', "\n\n"}}, ""},
        {"an injected reply", hello + Dialogue{{'S', "205 more\r\n"}, {'C', "MODE READER\r\nPOST\r\n"}}, ""},
        {"a reply taken twice",
         {{'S', "200 ready\r\n200 again\r\n"}, {'C', "MODE READER\r\nPOST\r\n"}},
         "takes a stale reply (200 again) as the answer to MODE"},
    };
}

} // namespace

TEST_CASE("rules of NNTP are told where they are broken and nowhere else, however the octets are split",
          "[protocol][etiquette]") {
    for (const Case& one : cases()) {
        INFO(one.what);
        const auto whole = watched(Language::nntp, one.dialogue);
        CHECK(rules(whole) == one.broken);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
            CAPTURE(piece);
            CHECK(watched(Language::nntp, one.dialogue, piece) == whole);
        }
    }
}
