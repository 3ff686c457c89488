#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cctype>
#include <map>

using namespace postfault;
using namespace postfault::protocol;

namespace {

// What a client has sent when it says the line of a row.
struct State {
    std::string name;
    std::string client;
};

// The code of the last reply in each state.
template <std::size_t count>
struct Row {
    std::string line; // and what is sent behind it without waiting
    std::array<int, count> codes;
};

// RFC 5321 4.2: every line has the code, all but the last a hyphen behind it. RFC 2033 4.2: several replies may follow
// each other.
void check_shape(const std::string& reply, std::size_t most_replies) {
    CAPTURE(reply);
    REQUIRE(reply.ends_with("\r\n"));
    std::size_t replies = 0;
    std::string code;
    for (std::size_t at = 0; at < reply.size();) {
        const std::string line = reply.substr(at, reply.find("\r\n", at) - at);
        at += line.size() + 2;
        REQUIRE(line.size() >= 4);
        CHECK(line.size() + 2 <= 512);
        CHECK((line[0] >= '2' && line[0] <= '5'));
        CHECK((std::isdigit(static_cast<unsigned char>(line[1])) && std::isdigit(static_cast<unsigned char>(line[2]))));
        CHECK((code.empty() || code == line.substr(0, 3)));
        REQUIRE((line[3] == ' ' || line[3] == '-'));
        code = line[3] == '-' ? line.substr(0, 3) : "";
        replies += line[3] == ' ' ? 1 : 0;
    }
    CHECK(code.empty());
    CHECK((replies >= 1 && replies <= most_replies));
}

smtp::Settings everything(bool lmtp = false) {
    smtp::Settings settings;
    settings.lmtp = lmtp;
    settings.extensions = {"PIPELINING", "SIZE 1000", "8BITMIME", "CHUNKING",           "BINARYMIME",
                           "DSN",        "SMTPUTF8",  "HELP",     "ENHANCEDSTATUSCODES"};
    return settings;
}

template <std::size_t count>
void walk(const std::string& target, const std::array<State, count>& states, const std::vector<Row<count>>& rows,
          const smtp::Settings& settings) {
    std::map<std::string, std::string> seeds;
    for (const Row<count>& row : rows)
        for (std::size_t at = 0; at < count; ++at) {
            CAPTURE(row.line, states[at].name);
            const std::string client = states[at].client + row.line + "\r\n";
            const auto opened = test::opened<smtp::Service>(settings);
            const auto replies = test::replies_to(*opened.session, client);
            REQUIRE(replies.size() >= 2);
            for (const std::string& reply : replies)
                check_shape(reply, settings.lmtp ? 2 : 1);
            CHECK(replies.back().substr(0, 3) == std::to_string(row.codes[at]));
            CHECK(opened.session->unread().empty());

            // The session goes on, behind the data if it wants data.
            if (row.codes[at] != 221) {
                opened.session->on_bytes(row.codes[at] == 354 ? "\r\n.\r\nNOOP\r\n" : "NOOP\r\n");
                std::string last;
                while (const auto step = opened.session->next_step())
                    last = step->text;
                CHECK(last.starts_with("250"));
            }
            std::string& seed = seeds[states[at].name];
            if (seed.empty())
                seed = states[at].client;
            if (!row.line.starts_with("QUIT"))
                seed += row.line + (row.line == "DATA" ? "\r\n.\r\n" : "\r\n");
        }
    for (const auto& [name, client] : seeds)
        test::keep_seed(target, "walk-" + name, client + "QUIT\r\n");
}

} // namespace

TEST_CASE("with every extension every command in every state has its code and shape", "[smtp][conformance]") {
    const std::string mail = "EHLO a\r\nMAIL FROM:<a@b>\r\n";
    const std::string rcpt = mail + "RCPT TO:<c@d>\r\n";
    const std::array<State, 8> states = {{
        {"fresh", ""},
        {"helo", "HELO a\r\n"},
        {"ehlo", "EHLO a\r\n"},
        {"mail", mail},
        {"rcpt", rcpt},
        {"chunk", rcpt + "BDAT 4\r\nabc\n"},
        {"chunk-lost", mail + "BDAT 4\r\nabc\nRCPT TO:<c@d>\r\n"},
        {"binary", "EHLO a\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c@d>\r\n"},
    }};
    walk<8>("fuzz_smtp", states,
            {
                {"EHLO x", {250, 250, 250, 250, 250, 250, 250, 250}},
                {"HELO x", {250, 250, 250, 250, 250, 250, 250, 250}},
                {"LHLO x", {500, 500, 500, 500, 500, 500, 500, 500}},
                {"EHLO", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"MAIL FROM:<a@b>", {503, 250, 250, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> SIZE=1001", {503, 555, 552, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> BODY=BINARYMIME", {503, 555, 250, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> BODY=9BIT", {503, 555, 501, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> BODY", {503, 555, 501, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> RET=HDRS ENVID=a+2Bb", {503, 555, 250, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> RET=SOME", {503, 555, 501, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> ENVID=a=b", {503, 555, 501, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> NOTIFY=NEVER", {503, 555, 555, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<\xc3\xa4@b> SMTPUTF8", {503, 555, 250, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<a@b> SMTPUTF8=yes", {503, 555, 501, 503, 503, 503, 503, 503}},
                {"MAIL FROM:<\xc3\xa4@b>", {503, 553, 553, 503, 503, 503, 503, 503}},
                {"RCPT TO:<c@d>", {503, 503, 503, 250, 250, 250, 250, 250}},
                {"RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c@d", {503, 503, 503, 250, 250, 250, 250, 250}},
                {"RCPT TO:<c@d> NOTIFY=NEVER,DELAY", {503, 503, 503, 501, 501, 501, 501, 501}},
                {"RCPT TO:<c@d> ORCPT=c@d", {503, 503, 503, 501, 501, 501, 501, 501}},
                {"RCPT TO:<c@d> RET=FULL", {503, 503, 503, 555, 555, 555, 555, 555}},
                {"RCPT TO:<\xc3\xb6@d>", {503, 503, 503, 553, 553, 553, 553, 553}},
                {"RCPT", {503, 503, 503, 501, 501, 501, 501, 501}},
                {"DATA", {503, 503, 503, 503, 354, 503, 503, 503}},
                {"DATA x", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"BDAT 3\r\n.", {503, 503, 503, 503, 250, 250, 503, 250}},
                {"BDAT 3 LAST\r\n.", {503, 503, 503, 503, 250, 250, 503, 250}},
                {"bdat 2 last\r\n", {503, 503, 503, 503, 250, 250, 503, 250}},
                {"BDAT", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"BDAT x", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"BDAT -1", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"BDAT 3 MORE", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"BDAT 3 LAST x", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"RSET", {250, 250, 250, 250, 250, 250, 250, 250}},
                {"NOOP x", {250, 250, 250, 250, 250, 250, 250, 250}},
                {"VRFY x", {252, 252, 252, 252, 252, 252, 252, 252}},
                {"EXPN x", {502, 502, 502, 502, 502, 502, 502, 502}},
                {"HELP", {214, 214, 214, 214, 214, 214, 214, 214}},
                {"STARTTLS", {502, 502, 502, 502, 502, 502, 502, 502}},
                {"AUTH PLAIN", {502, 502, 502, 502, 502, 502, 502, 502}},
                {"ETRN x", {502, 502, 502, 502, 502, 502, 502, 502}},
                {"XYZZY", {500, 500, 500, 500, 500, 500, 500, 500}},
                {"QUIT now", {501, 501, 501, 501, 501, 501, 501, 501}},
                {"QUIT", {221, 221, 221, 221, 221, 221, 221, 221}},
            },
            everything());
}

TEST_CASE("LMTP: every command in every state has its code and shape", "[lmtp][conformance]") {
    const std::array<State, 4> states = {{
        {"lmtp-fresh", ""},
        {"lmtp-lhlo", "LHLO a\r\n"},
        {"lmtp-mail", "LHLO a\r\nMAIL FROM:<a@b>\r\n"},
        {"lmtp-rcpt", "LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n"},
    }};
    walk<4>("fuzz_smtp", states,
            {
                {"LHLO x", {250, 250, 250, 250}},
                {"LHLO", {501, 501, 501, 501}},
                {"EHLO x", {500, 500, 500, 500}},
                {"HELO x", {500, 500, 500, 500}},
                {"MAIL FROM:<a@b> RET=FULL", {503, 250, 503, 503}},
                {"RCPT TO:<c@d> NOTIFY=NEVER", {503, 503, 250, 250}},
                {"DATA", {503, 503, 503, 354}},
                {"BDAT 3\r\n.", {503, 503, 503, 250}},
                {"BDAT 3 LAST\r\n.", {503, 503, 503, 250}},
                {"RSET", {250, 250, 250, 250}},
                {"NOOP", {250, 250, 250, 250}},
                {"VRFY x", {252, 252, 252, 252}},
                {"HELP", {214, 214, 214, 214}},
                {"XYZZY", {500, 500, 500, 500}},
                {"QUIT", {221, 221, 221, 221}},
            },
            everything(true));
}

TEST_CASE("whole dialogues store what was sent", "[smtp][conformance]") {
    struct Dialogue {
        std::string name;
        std::string client;
        std::size_t stored;
    };

    const std::string envelope = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n";
    const std::string data = envelope + "DATA\r\nSubject: x\r\n\r\n..dot\r\nline\r\n.\r\n";
    const Dialogue dialogues[] = {
        {"one", "EHLO a\r\n" + data + "QUIT\r\n", 1},
        {"helo", "HELO a\r\n" + data + "QUIT\r\n", 1},
        {"three", "EHLO a\r\n" + data + "RSET\r\n" + data + envelope + "RSET\r\n" + data + "QUIT\r\n", 3},
        {"empty", "EHLO a\r\n" + envelope + "DATA\r\n.\r\nQUIT\r\n", 1},
        {"odd-line-ends", "EHLO a\r\n" + envelope + "DATA\r\na\n.\n\r.\r\r\n.\r.\r\n.\r\nQUIT\r\n", 1},
        {"chunks", "EHLO a\r\n" + envelope + "BDAT 3\r\n\r\n.BDAT 2\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n", 1},
        {"chunks-and-data", "EHLO a\r\n" + envelope + "BDAT 3 LAST\r\nabc" + data + "QUIT\r\n", 2},
        {"chunks-reset", "EHLO a\r\n" + envelope + "BDAT 3\r\nabcRSET\r\nBDAT 2\r\nab" + data + "QUIT\r\n", 1},
        {"chunk-without-end", "EHLO a\r\n" + envelope + "BDAT 99999999999999999999 LAST\r\n" + data, 0},
        {"no-recipient", "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\nDATA\r\nQUIT\r\n", 0},
        {"source-route",
         "EHLO a\r\nMAIL FROM:<@r,@s:a@b> SIZE=9 BODY=8BITMIME\r\nRCPT TO:<\"q \\\" q\"@[1.2.3.4]>\r\n"
         "DATA\r\n.\r\n",
         1},
        {"end-within-data", "EHLO a\r\n" + envelope + "DATA\r\nSubject: x\r\n\r\nQUIT\r\n", 0},
    };
    for (const Dialogue& dialogue : dialogues) {
        CAPTURE(dialogue.name);
        const auto opened = test::opened<smtp::Service>(smtp::Settings{});
        for (const std::string& reply : test::replies_to(*opened.session, dialogue.client))
            check_shape(reply, 1);
        CHECK(opened.stored().size() == dialogue.stored);
        test::keep_seed("fuzz_smtp", "dialogue-" + dialogue.name, dialogue.client);
    }
}
