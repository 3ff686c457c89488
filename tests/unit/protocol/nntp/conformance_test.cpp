#include "fakeserver/protocol/nntp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
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

// RFC 3977 3.2: a line of at most 512 octets; 9.4: behind some codes a block that ends with a dot. 211 has one behind
// LISTGROUP only.
void check_shape(const std::string& reply) {
    CAPTURE(reply);
    REQUIRE(reply.size() >= 6);
    CHECK(std::all_of(reply.begin(), reply.begin() + 3, [](unsigned char digit) { return std::isdigit(digit) != 0; }));
    CHECK((reply[0] >= '1' && reply[0] <= '5'));
    CHECK(reply[3] == ' ');
    const std::size_t first_end = reply.find("\r\n");
    CHECK(first_end + 2 <= 512);
    const int code = std::stoi(reply.substr(0, 3));
    constexpr int with_block[] = {100, 101, 215, 220, 221, 222, 224, 225, 230, 231};
    const bool has_block = std::find(std::begin(with_block), std::end(with_block), code) != std::end(with_block) ||
                           (code == 211 && reply.find("list follows") < first_end);
    if (!has_block) {
        CHECK(first_end + 2 == reply.size());
        return;
    }
    REQUIRE(reply.ends_with("\r\n.\r\n"));
    // No line before the last one is a dot alone, and no line end is bare.
    CHECK(reply.find("\r\n.\r\n") + 5 == reply.size());
    for (std::size_t at = 0; at < reply.size(); ++at)
        if (reply[at] == '\n')
            CHECK(reply[at - 1] == '\r');
}

constexpr const char* new_article =
    "From: a@b\r\nNewsgroups: misc.test\r\nSubject: n\r\nMessage-ID: <new@x>\r\n\r\n..\r\n";

nntp::Settings with_articles() {
    nntp::Settings settings;
    settings.groups = {{"misc.test",
                        "For tests",
                        {"From: a@b\nNewsgroups: misc.test\nSubject: one\nMessage-ID: <1@x>\n\n.\n..\ntext",
                         "From: a@b\nNewsgroups: misc.test\nSubject: two\n folded\nMessage-ID: <2@x>\n\n"}},
                       {"misc.empty", "", {}}};
    settings.distribution_patterns = {"10:*:world"};
    return settings;
}

template <std::size_t count>
void walk(const std::array<State, count>& states, const std::vector<Row<count>>& rows, const nntp::Settings& settings) {
    std::map<std::string, std::string> seeds;
    for (const Row<count>& row : rows)
        for (std::size_t at = 0; at < count; ++at) {
            CAPTURE(row.line, states[at].name);
            const auto opened = test::opened<nntp::Service>(settings);
            const auto replies = test::replies_to(*opened.session, states[at].client + row.line + "\r\n");
            REQUIRE(replies.size() >= 2);
            for (const std::string& reply : replies)
                check_shape(reply);
            CHECK(replies.back().substr(0, 3) == std::to_string(row.codes[at]));
            CHECK(opened.session->unread().empty());

            // The session goes on, behind the article if it wants one.
            if (row.codes[at] != 205) {
                const bool wants_article = row.codes[at] == 340 || row.codes[at] == 335;
                opened.session->on_bytes(wants_article ? ".\r\nDATE\r\n" : "DATE\r\n");
                std::string last;
                while (const auto step = opened.session->next_step())
                    last = step->text;
                CHECK(last.starts_with("111"));
            }
            std::string& seed = seeds[states[at].name];
            if (seed.empty())
                seed = states[at].client;
            const bool uploads = row.line == "POST" || row.line.starts_with("IHAVE <");
            if (!row.line.starts_with("QUIT"))
                seed += row.line + (uploads ? "\r\n.\r\n" : "\r\n");
        }
    for (const auto& [name, client] : seeds)
        test::keep_seed("fuzz_nntp", "walk-" + name, client + "QUIT\r\n");
}

} // namespace

TEST_CASE("with every extension every command in every state has its code and shape", "[nntp][conformance]") {
    const std::array<State, 4> states = {{
        {"fresh", ""},
        {"group", "MODE READER\r\nGROUP misc.test\r\n"},
        {"last", "GROUP misc.test\r\nNEXT\r\n"},
        {"empty", "MODE STREAM\r\nGROUP misc.empty\r\n"},
    }};
    const std::string stream = "TAKETHIS <new@x>\r\n" + std::string(new_article) + ".";
    walk<4>(states,
            {
                {"CAPABILITIES", {101, 101, 101, 101}},
                {"CAPABILITIES X", {101, 101, 101, 101}},
                {"MODE READER", {200, 200, 200, 200}},
                {"MODE STREAM", {203, 203, 203, 203}},
                {"MODE OTHER", {501, 501, 501, 501}},
                {"AUTHINFO USER u", {500, 500, 500, 500}},
                {"LISTGROUP", {412, 211, 211, 211}},
                {"LISTGROUP misc.test 2-", {211, 211, 211, 211}},
                {"GROUP no.such", {411, 411, 411, 411}},
                {"LIST", {215, 215, 215, 215}},
                {"LIST ACTIVE misc.*", {215, 215, 215, 215}},
                {"LIST ACTIVE.TIMES", {215, 215, 215, 215}},
                {"LIST ACTIVE.TIMES no.*", {215, 215, 215, 215}},
                {"LIST DISTRIB.PATS", {215, 215, 215, 215}},
                {"LIST DISTRIB.PATS x", {501, 501, 501, 501}},
                {"LIST HEADERS", {215, 215, 215, 215}},
                {"LIST HEADERS MSGID", {215, 215, 215, 215}},
                {"LIST HEADERS X", {501, 501, 501, 501}},
                {"LIST NEWSGROUPS", {215, 215, 215, 215}},
                {"LIST OVERVIEW.FMT", {215, 215, 215, 215}},
                {"LIST OTHER", {501, 501, 501, 501}},
                {"ARTICLE", {412, 220, 220, 420}},
                {"ARTICLE 1", {412, 220, 220, 423}},
                {"ARTICLE <1@x>", {220, 220, 220, 220}},
                {"ARTICLE <no@x>", {430, 430, 430, 430}},
                {"HEAD", {412, 221, 221, 420}},
                {"HEAD 3", {412, 423, 423, 423}},
                {"BODY", {412, 222, 222, 420}},
                {"BODY <2@x>", {222, 222, 222, 222}},
                {"STAT", {412, 223, 223, 420}},
                {"STAT one", {501, 501, 501, 501}},
                {"NEXT", {412, 223, 421, 420}},
                {"LAST", {412, 422, 223, 420}},
                {"OVER", {412, 224, 224, 420}},
                {"OVER 1-", {412, 224, 224, 423}},
                {"OVER <2@x>", {224, 224, 224, 224}},
                {"XOVER 1-9", {412, 224, 224, 420}},
                {"HDR Subject", {412, 225, 225, 420}},
                {"HDR :bytes 1-", {412, 225, 225, 423}},
                {"HDR :lines <1@x>", {225, 225, 225, 225}},
                {"HDR :other 1-", {503, 503, 503, 503}},
                {"XHDR Subject 1-", {412, 221, 221, 420}},
                {"NEWGROUPS 20200101 000000 GMT", {231, 231, 231, 231}},
                {"NEWNEWS * 20200101 000000 GMT", {230, 230, 230, 230}},
                {"POST", {340, 340, 340, 340}},
                {"IHAVE <new@x>", {335, 335, 335, 335}},
                {"IHAVE <1@x>", {435, 435, 435, 435}},
                {"CHECK <new@x>", {238, 238, 238, 238}},
                {"CHECK <1@x>", {438, 438, 438, 438}},
                {"CHECK new", {501, 501, 501, 501}},
                {stream, {239, 239, 239, 239}},
                {"TAKETHIS <1@x>\r\n.", {439, 439, 439, 439}},
                {"TAKETHIS new\r\n.", {501, 501, 501, 501}},
                {"DATE", {111, 111, 111, 111}},
                {"HELP", {100, 100, 100, 100}},
                {"XYZZY", {500, 500, 500, 500}},
                {"QUIT now", {501, 501, 501, 501}},
                {"QUIT", {205, 205, 205, 205}},
            },
            with_articles());
}

TEST_CASE("with authentication every command in every state has its code and shape", "[nntp][conformance]") {
    const std::array<State, 4> states = {{
        {"auth-fresh", ""},
        {"auth-user", "AUTHINFO USER u\r\n"},
        {"auth-failed", "AUTHINFO USER u\r\nAUTHINFO PASS x\r\n"},
        {"auth-done", "AUTHINFO USER u\r\nAUTHINFO PASS p\r\n"},
    }};
    nntp::Settings settings = with_articles();
    settings.passwords = {{"u", "p"}};
    settings.authentication_required = true;
    walk<4>(states,
            {
                {"AUTHINFO USER u", {381, 381, 381, 502}},
                {"AUTHINFO PASS p", {482, 281, 482, 502}},
                {"AUTHINFO PASS x", {482, 481, 482, 502}},
                {"AUTHINFO SASL", {501, 501, 501, 501}},
                {"CAPABILITIES", {101, 101, 101, 101}},
                {"MODE READER", {200, 200, 200, 200}},
                {"MODE STREAM", {480, 480, 480, 203}},
                {"GROUP misc.test", {480, 480, 480, 211}},
                {"LIST", {480, 480, 480, 215}},
                {"ARTICLE <1@x>", {480, 480, 480, 220}},
                {"OVER", {480, 480, 480, 412}},
                {"NEWNEWS * 20200101 000000", {480, 480, 480, 230}},
                {"POST", {480, 480, 480, 340}},
                {"IHAVE <new@x>", {480, 480, 480, 335}},
                {"CHECK <new@x>", {480, 480, 480, 238}},
                {"TAKETHIS <1@x>\r\n.", {480, 480, 480, 439}},
                {"DATE", {111, 111, 111, 111}},
                {"HELP", {100, 100, 100, 100}},
                {"XYZZY", {500, 500, 500, 500}},
                {"QUIT", {205, 205, 205, 205}},
            },
            settings);
}

TEST_CASE("whole dialogues store what was sent", "[nntp][conformance]") {
    struct Dialogue {
        std::string name;
        std::string client;
        std::size_t stored;
    };

    const std::string article(new_article);
    const Dialogue dialogues[] = {
        {"post", "MODE READER\r\nPOST\r\n" + article + ".\r\nGROUP misc.test\r\nARTICLE\r\nQUIT\r\n", 1},
        {"post-twice", "POST\r\n" + article + ".\r\nPOST\r\n" + article + ".\r\nQUIT\r\n", 1},
        {"post-and-read", "POST\r\n" + article + ".\r\nLISTGROUP misc.test\r\nOVER 1-\r\nHDR Subject 1-\r\nQUIT\r\n",
         1},
        {"ihave", "IHAVE <new@x>\r\n" + article + ".\r\nIHAVE <new@x>\r\nQUIT\r\n", 1},
        {"ihave-other", "IHAVE <other@x>\r\n" + article + ".\r\nQUIT\r\n", 0},
        {"stream", "MODE STREAM\r\nCHECK <new@x>\r\nTAKETHIS <new@x>\r\n" + article + ".\r\nCHECK <new@x>\r\nQUIT\r\n",
         1},
        {"stream-twice", "TAKETHIS <new@x>\r\n" + article + ".\r\nTAKETHIS <new@x>\r\n" + article + ".\r\nQUIT\r\n", 1},
        {"stream-wrong", "TAKETHIS\r\n" + article + ".\r\nTAKETHIS x\r\n.\r\nQUIT\r\n", 0},
        {"odd-line-ends", "POST\r\na\n.\n\r.\r\r\n.\r.\r\n.\r\nQUIT\r\n", 0},
        {"end-within-article", "POST\r\n" + article + "QUIT\r\n", 0},
    };
    for (const Dialogue& dialogue : dialogues) {
        CAPTURE(dialogue.name);
        const auto opened = test::opened<nntp::Service>(nntp::Settings{});
        for (const std::string& reply : test::replies_to(*opened.session, dialogue.client))
            check_shape(reply);
        CHECK(opened.stored().size() == dialogue.stored);
        test::keep_seed("fuzz_nntp", "dialogue-" + dialogue.name, dialogue.client);
    }
}
