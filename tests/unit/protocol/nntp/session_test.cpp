#include "fakeserver/protocol/nntp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using test::expect;

namespace {

struct Opened {
    std::unique_ptr<nntp::Service> service;
    std::unique_ptr<Session> session;
};

const std::string first_article = "Path: x!not-for-mail\r\nFrom: a@b\r\nNewsgroups: misc.test,misc.more\r\n"
                                  "Subject: one\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@x>\r\n"
                                  "References: <0@x>\r\n\r\nline\r\n.dot\r\n";

nntp::Settings with_articles() {
    nntp::Settings settings;
    settings.groups = {
        {"misc.test",
         "For tests",
         {first_article,
          "From: a@b\nNewsgroups: misc.test\nSubject: two\n\tfolded\nMessage-ID: <2@x>\nDate: x\n\nLF only",
          "From: a@b\r\nNewsgroups: misc.test\r\nSubject: three\r\nX-More: yes\r\nMessage-ID: <3@x>\r\n\r\n"}},
        {"misc.more", "", {first_article}},
        {"misc.empty", "Nothing", {}},
    };
    return settings;
}

Opened open(nntp::Settings settings = with_articles()) {
    auto service = std::make_unique<nntp::Service>(std::move(settings));
    auto session = service->open();
    return {std::move(service), std::move(session)};
}

Opened open_at(const std::vector<std::string>& commands, nntp::Settings settings = with_articles()) {
    Opened opened = open(std::move(settings));
    auto talk = expect(*opened.session).connected().reply("greeting", "20");
    for (const std::string& command : commands)
        talk.ask(command, "2");
    return opened;
}

// States of a session, by the commands that lead there.
const std::vector<std::string> fresh = {};
const std::vector<std::string> in_group = {"GROUP misc.test"};
const std::vector<std::string> at_last = {"GROUP misc.test", "STAT 3"};
const std::vector<std::string> in_empty = {"GROUP misc.empty"};

std::string reply_to(const std::vector<std::string>& before, const std::string& line) {
    Opened opened = open_at(before);
    opened.session->on_bytes(line + "\r\n");
    std::string reply;
    while (const auto step = opened.session->next_step())
        if (step->kind == Step::Kind::reply)
            reply = step->text;
    return reply;
}

std::string article(const std::string& message_id_line, const std::string& groups = "misc.test") {
    return "From: a@b\r\nNewsgroups: " + groups + "\r\nSubject: new\r\n" + message_id_line + "\r\nbody\r\n..dot\r\n";
}

} // namespace

TEST_CASE("every command in every state has its code", "[nntp][conformance]") {
    struct Row {
        std::string line;
        int code_fresh;
        int code_in_group; // at the first article
        int code_at_last;
        int code_in_empty;
    };

    const Row rows[] = {
        {"CAPABILITIES", 101, 101, 101, 101},
        {"CAPABILITIES AUTOUPDATE", 101, 101, 101, 101},
        {"capabilities a b", 501, 501, 501, 501},
        {"MODE READER", 200, 200, 200, 200},
        {"mode reader", 200, 200, 200, 200},
        {"MODE STREAM", 203, 203, 203, 203},
        {"MODE", 501, 501, 501, 501},
        {"GROUP misc.test", 211, 211, 211, 211},
        {"GROUP misc.empty", 211, 211, 211, 211},
        {"GROUP no.such", 411, 411, 411, 411},
        {"GROUP", 501, 501, 501, 501},
        {"GROUP a b", 501, 501, 501, 501},
        {"LISTGROUP", 412, 211, 211, 211},
        {"LISTGROUP misc.test", 211, 211, 211, 211},
        {"LISTGROUP misc.test 1-2", 211, 211, 211, 211},
        {"LISTGROUP misc.test 9-2", 211, 211, 211, 211},
        {"LISTGROUP misc.test x", 501, 501, 501, 501},
        {"LISTGROUP no.such", 411, 411, 411, 411},
        {"LIST", 215, 215, 215, 215},
        {"LIST ACTIVE", 215, 215, 215, 215},
        {"LIST ACTIVE misc.*", 215, 215, 215, 215},
        {"LIST ACTIVE [", 501, 501, 501, 501},
        {"LIST NEWSGROUPS", 215, 215, 215, 215},
        {"LIST OVERVIEW.FMT", 215, 215, 215, 215},
        {"LIST OVERVIEW.FMT x", 501, 501, 501, 501},
        {"LIST HEADERS", 215, 215, 215, 215},
        {"LIST HEADERS RANGE", 215, 215, 215, 215},
        {"LIST ACTIVE.TIMES", 215, 215, 215, 215},
        {"LIST ACTIVE.TIMES [", 501, 501, 501, 501},
        {"LIST DISTRIB.PATS", 503, 503, 503, 503},
        {"LIST DISTRIB.PATS x", 501, 501, 501, 501},
        {"LIST NONSENSE", 501, 501, 501, 501},
        {"ARTICLE", 412, 220, 220, 420},
        {"ARTICLE 2", 412, 220, 220, 423},
        {"ARTICLE 0", 412, 423, 423, 423},
        {"ARTICLE 4", 412, 423, 423, 423},
        {"ARTICLE 9999999999999999", 412, 423, 423, 423},
        {"ARTICLE 99999999999999999", 501, 501, 501, 501},
        {"ARTICLE <2@x>", 220, 220, 220, 220},
        {"ARTICLE <no@x>", 430, 430, 430, 430},
        {"ARTICLE <2@x", 501, 501, 501, 501},
        {"ARTICLE two", 501, 501, 501, 501},
        {"ARTICLE 1 2", 501, 501, 501, 501},
        {"HEAD", 412, 221, 221, 420},
        {"HEAD 2", 412, 221, 221, 423},
        {"HEAD <2@x>", 221, 221, 221, 221},
        {"HEAD <no@x>", 430, 430, 430, 430},
        {"BODY", 412, 222, 222, 420},
        {"BODY 2", 412, 222, 222, 423},
        {"BODY <2@x>", 222, 222, 222, 222},
        {"BODY <no@x>", 430, 430, 430, 430},
        {"STAT", 412, 223, 223, 420},
        {"STAT 2", 412, 223, 223, 423},
        {"STAT <2@x>", 223, 223, 223, 223},
        {"STAT <no@x>", 430, 430, 430, 430},
        {"NEXT", 412, 223, 421, 420},
        {"LAST", 412, 422, 223, 420},
        {"NEXT 1", 501, 501, 501, 501},
        {"OVER", 412, 224, 224, 420},
        {"OVER 1-", 412, 224, 224, 423},
        {"OVER 2-1", 412, 423, 423, 423},
        {"OVER 7-9", 412, 423, 423, 423},
        {"OVER <1@x>", 224, 224, 224, 224},
        {"OVER <no@x>", 430, 430, 430, 430},
        {"OVER x", 501, 501, 501, 501},
        {"XOVER", 412, 224, 224, 420},
        {"XOVER 1-3", 412, 224, 224, 420},
        {"XOVER 7-9", 412, 420, 420, 420},
        {"XOVER <1@x>", 501, 501, 501, 501},
        {"HDR Subject", 412, 225, 225, 420},
        {"HDR Subject 1-", 412, 225, 225, 423},
        {"HDR :bytes 1-", 412, 225, 225, 423},
        {"HDR :nonsense 1-", 503, 503, 503, 503},
        {"HDR Sub:ject 1-", 501, 501, 501, 501},
        {"HDR Subject <1@x>", 225, 225, 225, 225},
        {"HDR Subject <no@x>", 430, 430, 430, 430},
        {"HDR", 501, 501, 501, 501},
        {"XHDR Subject 1-", 412, 221, 221, 420},
        {"XHDR Subject <1@x>", 221, 221, 221, 221},
        {"NEWGROUPS 20200101 000000 GMT", 231, 231, 231, 231},
        {"NEWGROUPS 200101 000000", 231, 231, 231, 231},
        {"NEWGROUPS 200101 000000 CET", 501, 501, 501, 501},
        {"NEWGROUPS 20209901 000000", 501, 501, 501, 501},
        {"NEWGROUPS 20200101", 501, 501, 501, 501},
        {"NEWNEWS * 20200101 000000 GMT", 230, 230, 230, 230},
        {"NEWNEWS [ 20200101 000000 GMT", 501, 501, 501, 501},
        {"NEWNEWS * 20200101", 501, 501, 501, 501},
        {"POST", 340, 340, 340, 340},
        {"POST x", 501, 501, 501, 501},
        {"IHAVE <new@x>", 335, 335, 335, 335},
        {"IHAVE <1@x>", 435, 435, 435, 435},
        {"IHAVE new", 501, 501, 501, 501},
        {"IHAVE", 501, 501, 501, 501},
        {"DATE", 111, 111, 111, 111},
        {"DATE x", 501, 501, 501, 501},
        {"HELP", 100, 100, 100, 100},
        {"QUIT", 205, 205, 205, 205},
        {"QUIT now", 501, 501, 501, 501},
        {"XYZZY", 500, 500, 500, 500},
        {"", 500, 500, 500, 500},
        {"GROUP a\rb", 501, 501, 501, 501},
        {"GROUP " + std::string(600, 'a'), 501, 501, 501, 501},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(reply_to(fresh, row.line).substr(0, 3) == std::to_string(row.code_fresh));
        CHECK(reply_to(in_group, row.line).substr(0, 3) == std::to_string(row.code_in_group));
        CHECK(reply_to(at_last, row.line).substr(0, 3) == std::to_string(row.code_at_last));
        CHECK(reply_to(in_empty, row.line).substr(0, 3) == std::to_string(row.code_in_empty));
    }
}

TEST_CASE("replies have the shapes of RFC 3977", "[nntp][conformance]") {
    struct Row {
        std::string line;
        std::string reply;
    };

    const std::string head = first_article.substr(0, first_article.find("\r\n\r\n") + 2);
    const std::string second = "From: a@b\r\nNewsgroups: misc.test\r\nSubject: two\r\n\tfolded\r\nMessage-ID: <2@x>\r\n"
                               "Date: x\r\n\r\nLF only\r\n";
    const std::string first_overview =
        "one\ta@b\tThu, 01 Jan 2026 00:00:00 +0000\t<1@x>\t<0@x>\t" + std::to_string(first_article.size()) + "\t2\r\n";
    const std::string second_overview = "two folded\ta@b\tx\t<2@x>\t\t" + std::to_string(second.size()) + "\t1\r\n";
    const Row rows[] = {
        {"CAPABILITIES",
         "101 Capability list follows\r\nVERSION 2\r\nIMPLEMENTATION postfault\r\nREADER\r\nPOST\r\nIHAVE\r\n"
         "NEWNEWS\r\nHDR\r\nOVER MSGID\r\nLIST ACTIVE ACTIVE.TIMES HEADERS NEWSGROUPS OVERVIEW.FMT\r\n"
         "STREAMING\r\n.\r\n"},
        {"GROUP misc.more", "211 1 1 1 misc.more\r\n"},
        {"GROUP misc.empty", "211 0 1 0 misc.empty\r\n"},
        {"LISTGROUP", "211 3 1 3 misc.test list follows\r\n1\r\n2\r\n3\r\n.\r\n"},
        {"LISTGROUP misc.test 2-", "211 3 1 3 misc.test list follows\r\n2\r\n3\r\n.\r\n"},
        {"LISTGROUP misc.empty", "211 0 1 0 misc.empty list follows\r\n.\r\n"},
        {"ARTICLE", "220 1 <1@x>\r\n" + head + "\r\nline\r\n..dot\r\n.\r\n"},
        {"ARTICLE 2", "220 2 <2@x>\r\n" + second + ".\r\n"},
        {"HEAD <1@x>", "221 0 <1@x>\r\n" + head + ".\r\n"},
        {"BODY 1", "222 1 <1@x>\r\nline\r\n..dot\r\n.\r\n"},
        {"BODY 3", "222 3 <3@x>\r\n.\r\n"},
        {"STAT 3", "223 3 <3@x>\r\n"},
        {"NEXT", "223 2 <2@x>\r\n"},
        {"LIST ACTIVE", "215 List follows\r\nmisc.empty 0 1 y\r\nmisc.more 1 1 y\r\nmisc.test 3 1 y\r\n.\r\n"},
        {"LIST ACTIVE *.t*", "215 List follows\r\nmisc.test 3 1 y\r\n.\r\n"},
        {"LIST ACTIVE.TIMES *.t*", "215 List follows\r\nmisc.test 1767225600 postfault\r\n.\r\n"},
        {"LIST HEADERS", "215 Fields and metadata that HDR can give\r\n:\r\n:bytes\r\n:lines\r\n.\r\n"},
        {"LIST NEWSGROUPS *,!*.more", "215 List follows\r\nmisc.empty\tNothing\r\nmisc.test\tFor tests\r\n.\r\n"},
        {"LIST OVERVIEW.FMT",
         "215 Order of fields in overview database\r\nSubject:\r\nFrom:\r\nDate:\r\nMessage-ID:\r\n"
         "References:\r\n:bytes\r\n:lines\r\n.\r\n"},
        {"OVER 1-2", "224 Overview information follows\r\n1\t" + first_overview + "2\t" + second_overview + ".\r\n"},
        {"OVER <2@x>", "224 Overview information follows\r\n0\t" + second_overview + ".\r\n"},
        {"XOVER", "224 Overview information follows\r\n1\t" + first_overview + ".\r\n"},
        {"HDR Subject 1-", "225 Headers follow\r\n1 one\r\n2 two folded\r\n3 three\r\n.\r\n"},
        {"HDR x-more 2-3", "225 Headers follow\r\n2 \r\n3 yes\r\n.\r\n"},
        {"HDR :LINES 1-", "225 Headers follow\r\n1 2\r\n2 1\r\n3 0\r\n.\r\n"},
        {"XHDR X-More 2-3", "221 Header follows\r\n2 (none)\r\n3 yes\r\n.\r\n"},
        {"XHDR Subject <3@x>", "221 Header follows\r\n<3@x> three\r\n.\r\n"},
        {"NEWGROUPS 20260101 000000 GMT",
         "231 List of new newsgroups follows\r\nmisc.empty 0 1 y\r\nmisc.more 1 1 y\r\nmisc.test 3 1 y\r\n.\r\n"},
        {"NEWGROUPS 20260101 000001 GMT", "231 List of new newsgroups follows\r\n.\r\n"},
        {"NEWNEWS misc.* 20251231 235959 GMT", "230 List of new articles follows\r\n<1@x>\r\n<2@x>\r\n<3@x>\r\n.\r\n"},
        {"NEWNEWS misc.more 20251231 235959", "230 List of new articles follows\r\n<1@x>\r\n.\r\n"},
        {"DATE", "111 20260101000000\r\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(reply_to(in_group, row.line) == row.reply);
    }
}

TEST_CASE("every offered capability is honoured", "[nntp][conformance]") {
    nntp::Settings settings;
    settings.posting = false;
    Opened opened = open_at({}, settings);
    auto talk = expect(*opened.session);
    CHECK(talk.ask("CAPABILITIES", "101").last().text.find("\r\nPOST\r\n") == std::string::npos);
    talk.ask("POST", "440").ask("MODE READER", "201").ask("LIST", "215 List follows\r\nmisc.test 0 1 n\r\n.\r\n");
    CHECK(open(settings).session->unread().empty());

    settings.capabilities = {"READER", "STARTTLS"};
    Opened other = open_at({}, settings);
    expect(*other.session)
        .ask("CAPABILITIES", "101 Capability list follows\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n");
}

TEST_CASE("the greeting tells whether posting is allowed", "[nntp]") {
    Opened opened = open();
    expect(*opened.session).nothing().connected().reply("greeting", "200 news.example.test ").nothing();
    nntp::Settings settings;
    settings.posting = false;
    Opened other = open(settings);
    expect(*other.session).connected().reply("greeting", "201 ").client("QUIT\r\n").reply("QUIT", "205 ").close();
}

TEST_CASE("the current article follows numbers, NEXT and LAST, but not message-ids", "[nntp]") {
    Opened opened = open_at(in_group);
    auto talk = expect(*opened.session);
    talk.ask("STAT", "223 1 ")
        .ask("STAT 2", "223 2 ")
        .ask("STAT", "223 2 ")
        .ask("STAT <1@x>", "223 0 ")
        .ask("STAT", "223 2 ");
    talk.ask("OVER 1-3", "224").ask("STAT", "223 2 ").ask("NEXT", "223 3 ").ask("NEXT", "421").ask("STAT", "223 3 ");
    talk.ask("LAST", "223 2 ")
        .ask("ARTICLE 9", "423")
        .ask("HEAD", "221 2 ")
        .ask("GROUP no.such", "411")
        .ask("STAT", "223 2 ");
    talk.ask("LISTGROUP", "211").ask("STAT", "223 1 ").ask("GROUP misc.more", "211").ask("ARTICLE", "220 1 <1@x>");
}

TEST_CASE("a posted article can be read at once, by all sessions", "[nntp][post]") {
    Opened opened = open_at(in_group);
    const auto second = opened.service->open();
    auto reader =
        expect(*second).connected().reply("greeting", "200").ask("GROUP misc.test", "211 3 1 3").ask("STAT 3", "223");
    auto talk = expect(*opened.session).ask("POST", "340");
    CHECK(opened.session->in_upload());
    talk.upload(article("Message-ID: <new@x>\r\nPath: me\r\nDate: now\r\n", "misc.test, no.such,misc.empty") + ".\r\n",
                "240 Article received <new@x>");
    CHECK(!opened.session->in_upload());
    reader.ask("NEXT", "223 4 <new@x>").ask("GROUP misc.empty", "211 1 1 1 ");
    reader.ask("ARTICLE <new@x>", "220 0 <new@x>\r\nFrom: a@b\r\n");
    reader.ask("BODY 1", "222 1 <new@x>\r\nbody\r\n..dot\r\n.\r\n");

    REQUIRE(opened.service->stored().size() == 1);
    const Stored& stored = *opened.service->stored()[0];
    CHECK(stored.sender.empty());
    CHECK(stored.recipients == std::vector<std::string>{"misc.test", "no.such", "misc.empty"});
    CHECK(stored.message_id == "<new@x>");
    CHECK(stored.content.ends_with("body\r\n.dot\r\n"));
}

TEST_CASE("an article gets what its poster may leave out, but the record is as sent", "[nntp][post]") {
    Opened opened = open_at({});
    auto talk =
        expect(*opened.session).ask("POST", "340").client(article("") + ".\r\n").received("dot").received("accepted");
    REQUIRE(talk.last().stored);
    const std::string id = talk.last().stored->message_id;
    CHECK(id == "<4.postfault@news.example.test>");
    CHECK(talk.last().stored->content.starts_with("From: a@b\r\n"));
    talk.reply("accepted", "240 Article received " + id);
    talk.ask("HEAD " + id,
             "221 0 " + id + "\r\nMessage-ID: " + id +
                 "\r\nPath: news.example.test!.POSTED!not-for-mail\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
                 "From: a@b\r\n");
    talk.ask("POST", "340").upload(article("") + ".\r\n", "240 Article received <5.postfault@news.example.test>");
}

TEST_CASE("articles that cannot be posted are refused", "[nntp][post]") {
    struct Row {
        std::string text;
        std::string reply;
    };

    nntp::Settings settings = with_articles();
    settings.max_article_size = 1000;
    const Row rows[] = {
        {"Newsgroups: misc.test\r\nSubject: x\r\n\r\nbody\r\n", "441 Missing From"},
        {"From: a@b\r\nSubject: x\r\n\r\nbody\r\n", "441 Missing Newsgroups"},
        {"From: a@b\r\nNewsgroups: misc.test\r\n\r\nbody\r\n", "441 Missing Subject"},
        {"From: a@b\r\nNewsgroups: misc.test\r\nSubject:\r\n\r\nbody\r\n", "441 Missing Subject"},
        {article("Message-ID: <1@x>\r\n"), "441 435 Duplicate"},
        {article("Message-ID: 9@x\r\n"), "441 Malformed Message-ID"},
        {article("", "no.such"), "441 No such newsgroup"},
        {article("", ","), "441 No such newsgroup"},
        {article("no colon\r\n"), "441 Malformed header"},
        {"From: a@b\r\nNewsgroups: misc.test\r\nSubject: x\r\n", "441 No empty line"},
        {"", "441 No empty line"},
        {article("X: " + std::string(1000, 'x') + "\r\n"), "441 Article too large"},
    };
    Opened opened = open_at({}, settings);
    for (const Row& row : rows) {
        CAPTURE(row.text);
        expect(*opened.session)
            .ask("POST", "340")
            .client(row.text + ".\r\n")
            .received("dot")
            .reply("dot", row.reply)
            .nothing();
    }
    CHECK(opened.service->stored().empty());
}

TEST_CASE("IHAVE takes what was announced and is not here yet", "[nntp][ihave]") {
    Opened opened = open_at({});
    auto talk = expect(*opened.session);
    const std::string good = article("Message-ID: <new@x>\r\n") + ".\r\n";
    talk.ask("IHAVE <other@x>", "335").client(good).received("dot").reply("dot", "437").nothing();
    talk.ask("IHAVE <new@x>", "335").client(article("") + ".\r\n").received("dot").reply("dot", "437").nothing();
    talk.ask("IHAVE <new@x>", "335").upload(good, "235").ask("IHAVE <new@x>", "435").ask("STAT <new@x>", "223");
    talk.ask("POST", "340").client(good).received("dot").reply("dot", "441 435").nothing();
    CHECK(opened.service->stored().size() == 1);
}

TEST_CASE("an article that another session stored meanwhile is a duplicate", "[nntp][ihave]") {
    Opened opened = open_at({});
    const auto second = opened.service->open();
    const std::string good = article("Message-ID: <new@x>\r\n") + ".\r\n";
    auto talk = expect(*opened.session).ask("IHAVE <new@x>", "335").client(good).received("dot");
    expect(*second).connected().reply("greeting", "200").ask("POST", "340").upload(good, "240");
    talk.reply("dot", "437").nothing();
    CHECK(opened.service->stored().size() == 1);
}

TEST_CASE("a replaced reply of the same class lets the command take effect, another one does not", "[nntp][overrule]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected();
    talk.received("greeting").answer_with("400 busy\r\n").reply("greeting", "400 busy\r\n").nothing();
    talk.client("GROUP misc.test\r\n")
        .received("GROUP")
        .answer_with("411 no\r\n")
        .reply("GROUP", "411")
        .ask("STAT", "412");
    talk.client("GROUP misc.test\r\n").received("GROUP").answer_with("211 3 1 3 x\r\n").reply("GROUP", "211 3 1 3 x");
    talk.client("NEXT\r\n").received("NEXT").answer_with("421 no\r\n").reply("NEXT", "421").ask("STAT", "223 1 ");
    talk.client("ARTICLE 2\r\n")
        .received("ARTICLE")
        .answer_with("430 no\r\n")
        .reply("ARTICLE", "430")
        .ask("STAT", "223 1 ");
    talk.client("POST\r\n").received("POST").answer_with("440 no\r\n").reply("POST", "440 no").nothing();
    CHECK(!opened.session->in_upload());
    talk.client("POST\r\n").received("POST").answer_with("240 odd\r\n").reply("POST", "240 odd").nothing();
    CHECK(!opened.session->in_upload());
    talk.ask("POST", "340").client(article("Message-ID: <new@x>\r\n") + ".\r\n").received("dot");
    talk.answer_with("441 no\r\n").reply("dot", "441 no").ask("STAT <new@x>", "430");
    talk.ask("POST", "340").client(article("Message-ID: <new@x>\r\n") + ".\r\n").received("dot");
    talk.answer_with("240 x\r\n").received("accepted").reply("accepted", "240 x\r\n").ask("STAT <new@x>", "223");
    talk.ask("POST", "340").client(article("") + ".\r\n").received("dot").received("accepted");
    talk.answer_with("441 y\r\n").reply("accepted", "441 y\r\n").nothing();
    CHECK(opened.service->stored().size() == 2);
}

TEST_CASE("what is discarded gets no reply and has no effect", "[nntp][overrule]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected().received("greeting").discard().nothing();
    talk.client("GROUP misc.test\r\n").received("GROUP").discard().nothing().ask("STAT", "412");
    talk.client("IHAVE <new@x>\r\n").received("IHAVE").discard().nothing();
    CHECK(!opened.session->in_upload());
    talk.ask("IHAVE <new@x>", "335")
        .client(article("Message-ID: <new@x>\r\n") + ".\r\n")
        .received("dot")
        .discard()
        .nothing();
    opened.session->watch_body({0});
    talk.client("IHAVE <new@x>\r\n").reply("IHAVE", "335").body(0).discard().nothing();
    talk.client(article("Message-ID: <new@x>\r\n") + ".\r\nDATE\r\n").reply("DATE", "111").nothing();
    CHECK(opened.service->stored().empty());
    opened.session->watch_body({});
    talk.ask("POST", "340").upload(article("") + ".\r\n", "240"); // not an IHAVE any more
}

TEST_CASE("any split of the input gives the same steps", "[nntp][property]") {
    const auto watching = [] {
        Opened opened = open();
        opened.session->watch_body({0, 5, 40, 400});
        return opened;
    };
    test::check_splits(watching, "CAPABILITIES\r\nGROUP misc.test\r\nARTICLE\r\nPOST\r\n" + article("") +
                                     ".\r\nIHAVE <7@x>\r\n" + article("Message-ID: <7@x>\r\n") +
                                     ".\r\nPOST\r\n.\r\nOVER 1-\r\n" + std::string(2000, 'y') +
                                     "\r\nbare\nPOST\r\n\n.\n\r\n.\r\r\n" + ".\r\nLISTGROUP\r\n" +
                                     std::string("nul\0nul\r\n", 9) + "QUIT\r\nDATE\r\n");
}

TEST_CASE("garbage of any kind never stops the session", "[nntp][property]") {
    const std::vector<std::string> pieces = {"GROUP ",
                                             "misc.test",
                                             "ARTICLE ",
                                             "1-",
                                             "<1@x>",
                                             "OVER ",
                                             "HDR ",
                                             "Subject ",
                                             "LIST ",
                                             "ACTIVE ",
                                             "*,!",
                                             "POST",
                                             "\r\n.\r\n",
                                             "\r\n",
                                             "\r",
                                             "\n",
                                             ".",
                                             "NEXT",
                                             "LAST",
                                             "NEWNEWS * 20200101 000000",
                                             "IHAVE ",
                                             "TAKETHIS ",
                                             "CHECK ",
                                             "From: a@b:",
                                             "LISTGROUP ",
                                             "99999999999999999999",
                                             " ",
                                             "\t",
                                             std::string(1, '\0'),
                                             "\xff\xfe",
                                             std::string(700, 'z')};
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Rng rng(seed);
        std::string input;
        for (int i = 0; i < 120; ++i) {
            input += pieces[rng.below(pieces.size())];
            if (rng.chance(0.3))
                input += "\r\n";
            if (rng.chance(0.05))
                input += rng.bytes(20);
            if (rng.chance(0.1))
                input += "\r\nGROUP misc.test\r\nPOST\r\n" + article("") + ".\r\n";
        }
        const auto fresh_session = [] { return open(); };
        const auto whole = test::steps_of(fresh_session, input, input.size());
        CHECK(test::steps_of(fresh_session, input, 100, &rng) == whole);
        CHECK(whole.size() > 2);
    }
}

TEST_CASE("a large article goes in and comes out whole", "[nntp][upload]") {
    std::string text = article("Message-ID: <big@x>\r\n");
    while (text.size() < 16 * 1024 * 1024)
        text += "..a line that begins with a dot, and so must be sent with another one in front of it\r\n";
    Opened opened = open_at({});
    expect(*opened.session).ask("POST", "340").upload(text + ".\r\n", "240");
    auto talk = expect(*opened.session);
    talk.client("BODY <big@x>\r\n").reply("BODY", "222 0 <big@x>\r\nbody\r\n..dot\r\n..a line");
    const std::string body = text.substr(text.find("\r\n\r\n") + 4);
    CHECK(talk.last().text == "222 0 <big@x>\r\n" + body + ".\r\n");
}

TEST_CASE("a server whose storage is full takes no more articles, and goes on", "[nntp][bad input]") {
    nntp::Settings settings;
    settings.max_stored = 20'000;
    Opened opened = open_at({}, settings);
    auto talk = expect(*opened.session);
    const auto text = [](int number) {
        return "From: a@b\r\nNewsgroups: misc.test\r\nSubject: x\r\nMessage-ID: <" + std::to_string(number) +
               "@x>\r\n\r\n" + std::string(8000, 'x') + "\r\n.\r\n";
    };
    talk.ask("POST", "340").upload(text(1), "240");
    talk.ask("POST", "340").client(text(2)).received("dot").reply("dot", "441").nothing();
    talk.ask("IHAVE <3@x>", "335").client(text(3)).received("dot").reply("dot", "436").nothing();
    talk.client("TAKETHIS <4@x>\r\n" + text(4)).received("TAKETHIS").received("dot").reply("dot", "400").nothing();
    CHECK(opened.service->stored().size() == 1);
    talk.ask("DATE", "111");
}
