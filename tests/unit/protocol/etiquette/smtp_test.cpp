#include "tests/unit/protocol/etiquette/dialogue.hpp"

#include <catch2/catch.hpp>

using namespace postfault::test;
using Language = postfault::protocol::Etiquette::Language;

namespace {

std::string smtp(const Dialogue& dialogue, std::size_t piece = std::string::npos) {
    return rules(watched(Language::smtp, dialogue, piece));
}

struct Case {
    std::string what;
    Dialogue dialogue;
    std::string broken; // the rules
};

const std::string pipelining = "PIPELINING";

const std::string endless(9000, 'x');
const std::string long_line = std::string(1200, 'x') + "\r\n";
const std::string longest_line = std::string(997, 'x') + "\r\n";

std::vector<Case> cases() {
    const Dialogue whole = in_data() + Dialogue{{'C', "From: a\r\n\r\n..\r\n.\r\n"}, {'S', "250 taken\r\n"}};
    return {
        {"a whole session", whole + Dialogue{{'C', "QUIT\r\n"}, {'S', "221 bye\r\n"}}, ""},
        {"two messages", whole + Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "250 ok\r\n"}}, ""},

        // ---- the greeting
        {"nothing was sent yet", {{'C', "EHLO a\r\n"}}, "talks before the greeting"},
        {"half a greeting", {{'S', "220-one\r\n"}, {'C', "EHLO a\r\n"}}, "talks before the greeting"},
        {"the greeting has left", {{'S', "220 one\r\n"}, {'C', "EHLO a\r\n"}}, ""},
        {"QUIT after a time-out", {{'C', "QUIT\r\n"}}, ""},
        {"every rule once", {{'C', "EHLO a\r\nNOOP\r\n"}}, "talks before the greeting"},

        // ---- pipelining
        {"two at once", greeted() + Dialogue{{'C', "MAIL FROM:<>\r\nRCPT TO:<a>\r\n"}},
         "sends RCPT before the reply to MAIL, and PIPELINING was not offered"},
        {"half a line at once",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\nRC"}, {'S', "250 ok\r\n"}, {'C', "PT TO:<a>\r\n"}},
         "sends RCPT before the reply to MAIL, and PIPELINING was not offered"},
        {"something unknown at once", greeted() + Dialogue{{'C', "MAIL FROM:<>\r\nXYZ\r\n"}},
         "sends more before the reply to MAIL, and PIPELINING was not offered"},
        {"two at once, which was offered",
         greeted("pipelining") + Dialogue{{'C', "MAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n"}}, ""},
        {"not after HELO",
         {{'S', "220 a\r\n"},
          {'C', "EHLO a\r\n"},
          {'S', "250 PIPELINING\r\n"},
          {'C', "HELO a\r\n"},
          {'S', "250 a\r\n"},
          {'C', "MAIL FROM:<>\r\nRSET\r\n"}},
         "sends RSET before the reply to MAIL, and PIPELINING was not offered"},
        {"behind what ends a group", greeted(pipelining) + Dialogue{{'C', "NOOP\r\nRSET\r\n"}},
         "sends RSET before the reply to NOOP"},
        {"behind EHLO",
         {{'S', "220 a\r\n"}, {'C', "EHLO a\r\nMAIL FROM:<>\r\n"}},
         "sends MAIL before the reply to EHLO"},
        {"half an answer",
         {{'S', "220 a\r\n"}, {'C', "EHLO a\r\n"}, {'S', "250-a\r\n"}, {'C', "MAIL FROM:<>\r\n"}},
         "sends MAIL before the reply to EHLO"},
        {"an answer without text",
         {{'S', "220\r\n"}, {'C', "EHLO a\r\n"}, {'S', "250-a\r\n250-\r\n250\r\n"}, {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"QUIT while waiting", greeted() + Dialogue{{'C', "MAIL FROM:<>\r\nQUIT\r\n"}}, ""},
        {"the dot and what follows", in_data() + Dialogue{{'C', "a\r\n.\r\nRSET\r\n"}},
         "sends RSET before the reply to the final dot, and PIPELINING was not offered"},
        {"the dot and what follows, which was offered",
         in_data(pipelining) + Dialogue{{'C', "a\r\n.\r\nMAIL FROM:<>\r\n"}}, ""},

        // ---- faults that provoke it: no alarm
        {"an injected reply before the command",
         greeted() + Dialogue{{'S', "250 more\r\n"}, {'C', "MAIL FROM:<>\r\nRCPT TO:<a>\r\n"}}, ""},
        {"an injected reply before the answer",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"},
                              {'S', "250 x\r\n"},
                              {'C', "RCPT TO:<a>\r\n"},
                              {'S', "250 ok\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "DATA\r\nRSET\r\n"}},
         ""},
        {"garbage", greeted() + Dialogue{{'S', "\x01\x02\n"}, {'C', "MAIL FROM:<>\r\nRCPT TO:<a>\r\n"}}, ""},
        {"a code that is none",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "25x ok\r\n"}, {'C', "RCPT TO:<a>\r\nRSET\r\n"}}, ""},
        {"codes that differ", {{'S', "220-a\r\n250-b\r\n"}, {'C', "EHLO a\r\nNOOP\r\n"}}, ""},
        {"a bare CR in a reply", {{'S', "220-a\r220 b\r\n"}, {'C', "EHLO a\r\nNOOP\r\n"}}, ""},
        {"a line without an end", {{'S', "220 " + endless}, {'C', "EHLO a\r\n"}}, ""},
        {"an early answer in a message",
         in_data() + Dialogue{{'C', "a\r\n"}, {'S', "552 too big\r\n"}, {'C', "b\r\n.\r\nRSET\r\nNOOP\r\n"}}, ""},
        {"bare LF in replies",
         {{'S', "220 a\n"}, {'C', "EHLO a\r\n"}, {'S', "250-a\n250 b\n"}, {'C', "MAIL FROM:<>\r\n"}},
         ""},

        // ---- stale replies
        {"a surplus reply is dropped",
         {{'S', "220 a\r\n250 stale\r\n"}, {'C', "EHLO a\r\n"}, {'S', "250 a\r\n"}, {'C', "NOOP\r\n"}},
         ""},
        {"a surplus reply is taken",
         {{'S', "220 a\r\n250 stale\r\n"}, {'C', "EHLO a\r\nMAIL FROM:<>\r\n"}},
         "takes a stale reply (250 stale) as the answer to EHLO"},
        {"a surplus reply in a group",
         greeted(pipelining) +
             Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "250 ok\r\n250 stale\r\n"}, {'C', "DATA\r\nRSET\r\n"}},
         ""},

        // ---- line ends
        {"LF alone", {{'S', "220 a\r\n"}, {'C', "EHLO a\n"}}, "bare LF in a command"},
        {"nothing but LF", {{'S', "220 a\r\n"}, {'C', "\n"}}, "bare LF in a command"},
        {"CR alone", {{'S', "220 a\r\n"}, {'C', "EHLO\ra\r\n"}}, "bare CR in a command"},
        {"LF alone in the message", in_data() + Dialogue{{'C', "a\nb\r\n.\r\n"}}, "bare LF in the message"},
        {"CR alone in the message", in_data() + Dialogue{{'C', "a\rb\r\r\n.\r\n"}}, "bare CR in the message"},
        {"a terminator with LF", in_data() + Dialogue{{'C', "a\r\n.\n.\r\n"}}, "bare LF in the message"},

        // ---- dots
        {"a dot that is not doubled", in_data() + Dialogue{{'C', "a\r\n.b\r\n.\r\n"}},
         "dot at the start of a line not doubled"},
        {"a dot first of all", in_data() + Dialogue{{'C', ".b\r\n.\r\n"}}, "dot at the start of a line not doubled"},
        {"text behind the dot", in_data(pipelining) + Dialogue{{'C', "a\r\n.\r\nmore text\r\n.\r\n"}},
         "text behind the line with the dot"},
        {"a long line", in_data() + Dialogue{{'C', "x" + longest_line + long_line + ".\r\n"}},
         "a line of more than 1000 octets in the message"},
        {"a line as long as allowed", in_data() + Dialogue{{'C', ".." + longest_line + ".\r\n"}}, ""},

        // ---- the order of things
        {"no EHLO", {{'S', "220 a\r\n"}, {'C', "MAIL FROM:<>\r\n"}}, "MAIL before EHLO"},
        {"EHLO refused",
         {{'S', "220 a\r\n"}, {'C', "EHLO a\r\n"}, {'S', "550 no\r\n"}, {'C', "MAIL FROM:<>\r\n"}},
         "MAIL though EHLO was refused"},
        {"HELO instead",
         {{'S', "220 a\r\n"},
          {'C', "EHLO a\r\n"},
          {'S', "500 what\r\n"},
          {'C', "HELO a\r\n"},
          {'S', "250 a\r\n"},
          {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"MAIL twice", greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "250 ok\r\n"}, {'C', "MAIL FROM:<>\r\n"}},
         "MAIL within a transaction"},
        {"MAIL after a refused one",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "451 no\r\n"}, {'C', "MAIL FROM:<>\r\n"}}, ""},
        {"MAIL after RSET",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "RSET\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"MAIL after another EHLO",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "EHLO a\r\n"},
                              {'S', "250 a\r\n"},
                              {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"HELO after 421",
         {{'S', "220 a\r\n"}, {'C', "EHLO a\r\n"}, {'S', "421 later\r\n"}, {'C', "HELO a\r\n"}},
         "goes on with HELO after 421"},
        {"something after 421", {{'S', "421 a\r\n"}, {'C', "FOO a\r\n"}}, "goes on with something after 421"},
        {"QUIT after 421", {{'S', "421 a\r\n"}, {'C', "QUIT\r\n"}}, ""},
        {"421 while more may be on its way",
         greeted(pipelining) + Dialogue{{'C', "MAIL FROM:<>\r\n"}, {'S', "421 later\r\n"}, {'C', "RCPT TO:<a>\r\n"}},
         ""},
        {"421 that nobody asked for", greeted() + Dialogue{{'S', "421 later\r\n"}, {'C', "MAIL FROM:<>\r\n"}}, ""},
        {"no 354",
         greeted() + Dialogue{{'C', "DATA\r\n"}, {'S', "250 ok\r\n"}, {'C', "Subject: x\r\nRSET\r\nRSET\r\n"}},
         "message data without 354"},
        {"no answer to DATA", greeted() + Dialogue{{'C', "DATA\r\nSubject: x\r\n.\r\n"}},
         "message data before the reply to DATA"},
        {"no 354, and RSET", greeted() + Dialogue{{'C', "DATA\r\n"}, {'S', "451 no\r\n"}, {'C', "RSET\r\n"}}, ""},
        {"something behind DATA", greeted() + Dialogue{{'C', "DATA\r\nRSET\r\n"}, {'S', "354 go\r\n"}, {'C', "a\nb\n"}},
         "sends RSET before the reply to DATA"},
        {"all recipients refused",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "RCPT TO:<a>\r\n"},
                              {'S', "550 no\r\n"},
                              {'C', "DATA\r\n"},
                              {'S', "354 go\r\n"},
                              {'C', "Subject: x\r\n.\r\n"}},
         "message data though every recipient was refused"},
        {"all recipients refused, and a dot",
         greeted() + Dialogue{{'C', "MAIL FROM:<>\r\n"},
                              {'S', "250 ok\r\n"},
                              {'C', "RCPT TO:<a>\r\n"},
                              {'S', "550 no\r\n"},
                              {'C', "DATA\r\n"},
                              {'S', "354 go\r\n"},
                              {'C', ".\r\n"}},
         ""},

        // ---- chunks
        {"chunks",
         greeted("CHUNKING") + Dialogue{{'C', "BDAT 4\r\na\n.\n"},
                                        {'S', "250 ok\r\n"},
                                        {'C', "BDAT 0 LAST\r\n"},
                                        {'S', "250 ok\r\n"},
                                        {'C', "QUIT\r\n"}},
         ""},
        {"a chunk after a refused one",
         greeted("CHUNKING") + Dialogue{{'C', "BDAT 1\r\na"}, {'S', "451 no\r\n"}, {'C', "BDAT 1 LAST\r\nb"}},
         "BDAT after a refused chunk"},
        {"a chunk after RSET",
         greeted("CHUNKING") + Dialogue{{'C', "BDAT 1\r\na"},
                                        {'S', "451 no\r\n"},
                                        {'C', "RSET\r\n"},
                                        {'S', "250 ok\r\n"},
                                        {'C', "BDAT 1 LAST\r\nb"}},
         ""},
        {"chunks on their way",
         greeted(pipelining) + Dialogue{{'C', "BDAT 1\r\na"}, {'S', "451 no\r\n"}, {'C', "BDAT 1 LAST\r\nb"}}, ""},
        {"a chunk of unknown size", greeted() + Dialogue{{'C', "BDAT x\r\nRSET\r\nNOOP\r\n"}}, ""},

        // ---- AUTH
        {"a challenge",
         greeted() + Dialogue{{'C', "AUTH LOGIN\r\n"},
                              {'S', "334 x\r\n"},
                              {'C', "dXNlcg==\r\n"},
                              {'S', "334 x\r\n"},
                              {'C', "cHc=\r\n"},
                              {'S', "235 ok\r\n"},
                              {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"AUTH again", greeted() + Dialogue{{'C', "AUTH PLAIN x\r\n"}, {'S', "235 ok\r\n"}, {'C', "AUTH PLAIN x\r\n"}},
         "AUTH after a successful one"},
        {"AUTH after a failure",
         greeted() + Dialogue{{'C', "AUTH PLAIN x\r\n"}, {'S', "535 no\r\n"}, {'C', "AUTH PLAIN x\r\n"}}, ""},

        // ---- TLS
        {"handshake octets",
         greeted() + Dialogue{{'C', "STARTTLS\r\n"}, {'S', "220 go\r\n"}, {'C', "\x16\x03\x01\n\n"}}, ""},
        {"TLS within the answer to STARTTLS",
         greeted() + Dialogue{{'C', "STARTTLS\r\n"}, {'S', "220 g"}, {'C', "\x16\x03\x01\rx\n\n"}},
         "sends more before the reply to STARTTLS"},
        {"EHLO again",
         greeted() + Dialogue{{'C', "STARTTLS\r\n"},
                              {'S', "220 go\r\n"},
                              {'!', ""},
                              {'C', "EHLO a\r\n"},
                              {'S', "250 a\r\n"},
                              {'C', "MAIL FROM:<>\r\n"}},
         ""},
        {"no EHLO after TLS",
         greeted() + Dialogue{{'C', "STARTTLS\r\n"}, {'S', "220 go\r\n"}, {'!', ""}, {'C', "MAIL FROM:<>\r\n"}},
         "MAIL before EHLO"},
        {"a plain reply from before TLS",
         greeted() + Dialogue{{'C', "STARTTLS\r\n"},
                              {'S', "220 go\r\n250 injected\r\n"},
                              {'!', ""},
                              {'C', "EHLO a\r\nMAIL FROM:<>\r\n"}},
         "sends MAIL before the reply to EHLO"},
        {"TLS that was never asked for", greeted() + Dialogue{{'!', ""}, {'C', "MAIL FROM:<>\r\n"}}, ""},

        // ---- LMTP
        {"a reply for each recipient",
         {{'S', "220 a\r\n"},
          {'C', "LHLO a\r\n"},
          {'S', "250 a\r\n"},
          {'C', "MAIL FROM:<>\r\n"},
          {'S', "250 ok\r\n"},
          {'C', "RCPT TO:<a>\r\n"},
          {'S', "250 ok\r\n"},
          {'C', "RCPT TO:<b>\r\n"},
          {'S', "250 ok\r\n"},
          {'C', "DATA\r\n"},
          {'S', "354 go\r\n"},
          {'C', "a\r\n.\r\n"},
          {'S', "250 one\r\n"},
          {'C', "RSET\r\n"}},
         "sends RSET before the reply to the final dot, and PIPELINING was not offered"},
        {"the last chunk",
         {{'S', "220 a\r\n"},
          {'C', "LHLO a\r\n"},
          {'S', "250 PIPELINING\r\n"},
          {'C', "RCPT TO:<a>\r\nBDAT 0 LAST\r\n"},
          {'S', "250 a\r\n250 b\r\n250 c\r\n"},
          {'C', "NOOP\r\nRSET\r\n"}},
         ""},
    };
}

} // namespace

TEST_CASE("rules of SMTP are told where they are broken and nowhere else, however the octets are split",
          "[protocol][etiquette]") {
    for (const Case& one : cases()) {
        INFO(one.what);
        CHECK(smtp(one.dialogue) == one.broken);
        const auto whole = watched(Language::smtp, one.dialogue);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
            CAPTURE(piece);
            CHECK(watched(Language::smtp, one.dialogue, piece) == whole);
        }
    }
}

TEST_CASE("a violation has the offending octets and their place in what the client said", "[protocol][etiquette]") {
    const auto found = watched(Language::smtp, in_data() + Dialogue{{'C', "From: a\r\n\r\nbad\nline\r\n.\r\n"}});
    REQUIRE(found.size() == 1);
    const std::string before = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nFrom: a\r\n\r\nbad";
    CHECK(found[0].offset == before.size());
    CHECK(found[0].octets.ends_with("\r\n\r\nbad\n"));

    const auto early = watched(Language::smtp, greeted() + Dialogue{{'C', "NOOP\r\nRSET\r\n"}});
    REQUIRE(early.size() == 1);
    CHECK(early[0].octets == "RSET\r\n");
    CHECK(early[0].offset == std::string("EHLO a\r\nNOOP\r\n").size());
}

TEST_CASE("a long line is only noted", "[protocol][etiquette]") {
    const auto found = watched(Language::smtp, in_data() + Dialogue{{'C', long_line + ".\r\n"}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].only_noted);
}

TEST_CASE("a violation shows no secret", "[protocol][etiquette]") {
    const auto found = watched(Language::smtp, {{'C', "AUTH PLAIN c2VjcmV0\r\n"}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].octets == "AUTH ...");
}

TEST_CASE("megabytes of a message are watched like its first line", "[protocol][etiquette]") {
    std::string message;
    for (int line = 0; line < 20'000; ++line)
        message += "a line of a long message, one of very many\r\n";
    const auto found = watched(Language::smtp, in_data() + Dialogue{{'C', message + ".x\r\n.\r\nQUIT\r\n"}}, 64 * 1024);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "dot at the start of a line not doubled");
}

TEST_CASE("commands that nobody waits for are not remembered for ever", "[etiquette]") {
    for (const int count : {10'000, 10'001}) {
        CAPTURE(count);
        std::string commands;
        std::string replies;
        for (int number = 0; number < count; ++number) {
            commands += "RSET\r\n";
            replies += "250 ok\r\n";
        }
        const auto found =
            watched(Language::smtp, greeted("PIPELINING") + Dialogue{{'C', commands}, {'S', replies}, {'C', "NOOP\n"}});
        CHECK(rules(found) == (count > 10'000 ? "" : "bare LF in a command"));
    }
}
