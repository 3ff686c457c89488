#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using test::expect;

namespace {

struct Opened {
    std::unique_ptr<smtp::Service> service;
    std::unique_ptr<Session> session;
};

Opened open(smtp::Settings settings = {}) {
    auto service = std::make_unique<smtp::Service>(std::move(settings));
    auto session = service->open();
    return {std::move(service), std::move(session)};
}

// States of a session, by the commands that lead there.
const std::vector<std::string> fresh = {};
const std::vector<std::string> after_helo = {"HELO a"};
const std::vector<std::string> after_ehlo = {"EHLO a"};
const std::vector<std::string> after_mail = {"EHLO a", "MAIL FROM:<a@b>"};
const std::vector<std::string> after_rcpt = {"EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"};

Opened open_at(const std::vector<std::string>& commands, smtp::Settings settings = {}) {
    Opened opened = open(std::move(settings));
    auto talk = expect(*opened.session).connected().reply("greeting", "220 ");
    for (const std::string& command : commands)
        talk.ask(command, "250");
    return opened;
}

std::string reply_to(const std::vector<std::string>& before, const std::string& line) {
    Opened opened = open_at(before);
    opened.session->on_bytes(line + "\r\n");
    std::string reply;
    while (const auto step = opened.session->next_step())
        if (step->kind == Step::Kind::reply)
            reply = step->text;
    return reply;
}

const std::string message = "Message-ID: <1@c>\r\nSubject: x\r\n\r\nhello\r\n..dot\r\n.\r\n";
const std::string content = "Message-ID: <1@c>\r\nSubject: x\r\n\r\nhello\r\n.dot\r\n";

Opened open_in_upload(smtp::Settings settings = {}) {
    Opened opened = open_at(after_rcpt, std::move(settings));
    expect(*opened.session).ask("DATA", "354");
    CHECK(opened.session->in_upload());
    return opened;
}

} // namespace

TEST_CASE("a message goes the whole way", "[smtp]") {
    Opened opened = open();
    auto talk = expect(*opened.session).nothing().connected();
    talk.reply("greeting", "220 mail.example.test ESMTP").nothing();
    talk.client("EHLO client.example\r\n").received("EHLO");
    CHECK(talk.last().text == "EHLO client.example");
    talk.reply("EHLO", "250-mail.example.test\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n"
                       "250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n");
    talk.ask("MAIL FROM:<a@b> SIZE=100 BODY=8BITMIME", "250 2.1.0 ");
    talk.ask("RCPT TO:<c@d>", "250 2.1.5 ").ask("RCPT TO:<@relay:e@f>", "250 2.1.5 ");
    talk.ask("DATA", "354 ");
    talk.client(message).received("dot");
    CHECK(talk.last().offset == message.size());
    CHECK(opened.service->stored().empty());
    CHECK(!opened.session->in_upload());
    talk.received("accepted");
    REQUIRE(opened.service->stored().size() == 1);
    CHECK(talk.last().stored == opened.service->stored()[0]);
    talk.reply("accepted", "250 2.0.0 ");
    CHECK(opened.session->unread().empty());
    talk.client("QUIT\r\n").reply("QUIT", "221 2.0.0 ").close();
    talk.client("NOOP\r\n").nothing();

    const Stored& stored = *opened.service->stored()[0];
    CHECK(stored.sender == "a@b");
    CHECK(stored.recipients == std::vector<std::string>{"c@d", "e@f"});
    CHECK(stored.message_id == "<1@c>");
    CHECK(stored.content == content);
}

TEST_CASE("every command in every state has its code", "[smtp][conformance]") {
    struct Row {
        std::string line;
        int code_fresh;
        int code_helo;
        int code_ehlo;
        int code_mail;
        int code_rcpt;
    };

    const Row rows[] = {
        {"EHLO x", 250, 250, 250, 250, 250},
        {"ehlo [192.0.2.1]", 250, 250, 250, 250, 250},
        {"EHLO", 501, 501, 501, 501, 501},
        {"EHLO a b", 501, 501, 501, 501, 501},
        {"HELO x", 250, 250, 250, 250, 250},
        {"HELO", 501, 501, 501, 501, 501},
        {"MAIL FROM:<a@b>", 503, 250, 250, 503, 503},
        {"mail from:<a@b>", 503, 250, 250, 503, 503},
        {"MAIL FROM:<>", 503, 250, 250, 503, 503},
        {"MAIL FROM:<a@b> SIZE=10", 503, 555, 250, 503, 503},
        {"MAIL FROM:<a@b> SIZE=99999999999", 503, 555, 552, 503, 503},
        {"MAIL FROM:<a@b> SIZE=99999999999999999999", 503, 555, 552, 503, 503},
        {"MAIL FROM:<a@b> SIZE=ten", 503, 555, 501, 503, 503},
        {"MAIL FROM:<a@b> SIZE", 503, 555, 501, 503, 503},
        {"MAIL FROM:<a@b> SIZE=1 size=1", 503, 555, 501, 503, 503},
        {"MAIL FROM:<a@b> BODY=7BIT", 503, 555, 250, 503, 503},
        {"MAIL FROM:<a@b> body=8bitmime", 503, 555, 250, 503, 503},
        {"MAIL FROM:<a@b> BODY=BINARYMIME", 503, 555, 501, 503, 503},
        {"MAIL FROM:<a@b> RET=HDRS", 503, 555, 555, 503, 503},
        {"MAIL FROM:<a@b> X=Y", 503, 555, 555, 503, 503},
        {"MAIL FROM:<\xc3\xa4@b>", 503, 553, 553, 503, 503},
        {"MAIL FROM:a@b", 503, 501, 501, 503, 503},
        {"MAIL FROM:<postmaster>", 503, 501, 501, 503, 503},
        {"MAIL", 503, 501, 501, 503, 503},
        {"MAIL TO:<a@b>", 503, 501, 501, 503, 503},
        {"RCPT TO:<a@b>", 503, 503, 503, 250, 250},
        {"RCPT TO:<Postmaster>", 503, 503, 503, 250, 250},
        {"RCPT TO:<>", 503, 503, 503, 501, 501},
        {"RCPT TO:a@b", 503, 503, 503, 501, 501},
        {"RCPT FROM:<a@b>", 503, 503, 503, 501, 501},
        {"RCPT TO:<a@b> NOTIFY=NEVER", 503, 503, 503, 555, 555},
        {"RCPT", 503, 503, 503, 501, 501},
        {"DATA", 503, 503, 503, 503, 354},
        {"DATA now", 501, 501, 501, 501, 501},
        {"RSET", 250, 250, 250, 250, 250},
        {"RSET x", 501, 501, 501, 501, 501},
        {"NOOP", 250, 250, 250, 250, 250},
        {"NOOP anything at all", 250, 250, 250, 250, 250},
        {"VRFY a", 252, 252, 252, 252, 252},
        {"VRFY", 501, 501, 501, 501, 501},
        {"EXPN list", 502, 502, 502, 502, 502},
        {"STARTTLS", 502, 502, 502, 502, 502},
        {"AUTH PLAIN", 502, 502, 502, 502, 502},
        {"HELP", 214, 214, 214, 214, 214},
        {"QUIT", 221, 221, 221, 221, 221},
        {"QUIT now", 501, 501, 501, 501, 501},
        {"XYZZY", 500, 500, 500, 500, 500},
        {"", 500, 500, 500, 500, 500},
        {"NO\rOP", 500, 500, 500, 500, 500},
        {"NOOP a\rb", 501, 501, 501, 501, 501},
        {std::string("NOOP a\0b", 8), 501, 501, 501, 501, 501},
        {std::string(3000, 'A'), 500, 500, 500, 500, 500},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(reply_to(fresh, row.line).substr(0, 3) == std::to_string(row.code_fresh));
        CHECK(reply_to(after_helo, row.line).substr(0, 3) == std::to_string(row.code_helo));
        CHECK(reply_to(after_ehlo, row.line).substr(0, 3) == std::to_string(row.code_ehlo));
        CHECK(reply_to(after_mail, row.line).substr(0, 3) == std::to_string(row.code_mail));
        CHECK(reply_to(after_rcpt, row.line).substr(0, 3) == std::to_string(row.code_rcpt));
    }
}

TEST_CASE("enhanced status codes are given after EHLO only, and only if offered", "[smtp]") {
    CHECK(reply_to(fresh, "NOOP") == "250 Ok\r\n");
    CHECK(reply_to(after_helo, "NOOP") == "250 Ok\r\n");
    CHECK(reply_to(after_ehlo, "NOOP") == "250 2.0.0 Ok\r\n");
    CHECK(reply_to(after_rcpt, "DATA").starts_with("354 End"));
    smtp::Settings plain;
    plain.extensions = {};
    Opened opened = open_at(after_ehlo, plain);
    expect(*opened.session).ask("NOOP", "250 Ok").ask("EHLO a", "250 mail.example.test\r\n");
}

TEST_CASE("a new greeting, RSET and the end of the data each end the transaction", "[smtp]") {
    for (const std::string ending : {"RSET", "EHLO a", "HELO a"}) {
        Opened opened = open_at(after_rcpt);
        expect(*opened.session).ask(ending, "250").ask("DATA", "503").ask("MAIL FROM:<x@y>", "250");
    }
    Opened opened = open_in_upload();
    expect(*opened.session).upload(message, "250").ask("DATA", "503").ask("MAIL FROM:<x@y>", "250");
}

TEST_CASE("offered extensions decide about parameters and sizes", "[smtp]") {
    smtp::Settings settings;
    settings.extensions = {"SIZE 20", "SMTPUTF8", "DSN"};
    CHECK(settings.size_limit() == 20);
    Opened opened = open_at({"EHLO a"}, settings);
    auto talk = expect(*opened.session);
    talk.ask("MAIL FROM:<a@b> BODY=8BITMIME", "555").ask("MAIL FROM:<a@b> SIZE=21", "552");
    talk.ask("MAIL FROM:<\xc3\xa4@b> SMTPUTF8=x", "501").ask("MAIL FROM:<\xc3\xa4@b>", "553");
    talk.ask("MAIL FROM:<\xc3\xa4@b> SMTPUTF8 RET=HDRS", "250");
    talk.ask("RCPT TO:<\xc3\xb6@b> NOTIFY=NEVER", "250").ask("DATA", "354");
    talk.client("123456789\r\n..3456789\r\n.\r\n").received("dot").reply("dot", "552").nothing();
    CHECK(opened.service->stored().empty());
    talk.ask("DATA", "503").ask("MAIL FROM:<a@b> SIZE=20", "250").ask("RCPT TO:<a@b>", "250").ask("DATA", "354");
    talk.upload("12345678\r\n..2345678\r\n.\r\n", "250");
    CHECK(opened.service->stored().size() == 1);
}

TEST_CASE("there is an end to recipients", "[smtp]") {
    smtp::Settings settings;
    settings.max_recipients = 2;
    Opened opened = open_at(after_rcpt, settings);
    expect(*opened.session).ask("RCPT TO:<a@b>", "250").ask("RCPT TO:<a@b>", "452").ask("DATA", "354");
}

TEST_CASE("sessions of one service share what was stored", "[smtp]") {
    Opened opened = open_in_upload();
    expect(*opened.session).upload(message, "250");
    const auto second = opened.service->open();
    auto talk = expect(*second).connected().reply("greeting", "220");
    for (const std::string& command : after_rcpt)
        talk.ask(command, "250");
    talk.ask("DATA", "354").upload(".\r\n", "250");
    REQUIRE(opened.service->stored().size() == 2);
    CHECK(opened.service->stored()[1]->content.empty());
}

TEST_CASE("the subject of an unknown line is its first word, made harmless", "[smtp]") {
    struct Case {
        std::string line;
        std::string subject;
    };

    const Case cases[] = {
        {"xyzzy plugh", "XYZZY"},
        {"", ""},
        {"  noop", "NOOP"},
        {"\x01g\xffo", "?G?O"},
        {std::string(100, 'a'), std::string(32, 'A')},
        {std::string(100'000, 'a'), std::string(32, 'A')},
    };
    for (const Case& each : cases) {
        CAPTURE(each.subject);
        Opened opened = open_at({});
        expect(*opened.session).client(each.line + "\r\n").received(each.subject);
        CHECK(opened.session->unread().empty());
    }
}

TEST_CASE("a bare LF is answered at once and is no command", "[smtp]") {
    Opened opened = open_at({});
    expect(*opened.session).client("EHLO a\n").reply("EHLO", "500").nothing().ask("MAIL FROM:<a@b>", "503");
}

TEST_CASE("a replaced reply of the same class lets the command take effect, another one does not", "[smtp][overrule]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected();

    SECTION("greeting") {
        talk.received("greeting").answer_with("421 later\r\n").reply("greeting", "421 later\r\n").nothing();
        talk.ask("EHLO a", "250");
    }
    SECTION("EHLO") {
        talk.reply("greeting", "220");
        talk.client("EHLO a\r\n").received("EHLO").answer_with("500 what\r\n").reply("EHLO", "500 what");
        talk.ask("MAIL FROM:<a@b>", "503");
        talk.client("EHLO a\r\n").received("EHLO").answer_with("250 plain\r\n").reply("EHLO", "250 plain");
        talk.ask("MAIL FROM:<a@b>", "250");
    }
    SECTION("RCPT") {
        talk.reply("greeting", "220").ask("EHLO a", "250").ask("MAIL FROM:<a@b>", "250");
        talk.client("RCPT TO:<c@d>\r\n").received("RCPT").answer_with("451 later\r\n").reply("RCPT", "451");
        talk.ask("DATA", "503");
        talk.client("RCPT TO:<c@d>\r\n").received("RCPT").answer_with("251 elsewhere\r\n").reply("RCPT", "251");
        talk.ask("DATA", "354");
    }
    SECTION("a good reply to a wrong command has no effect") {
        talk.reply("greeting", "220").ask("EHLO a", "250");
        talk.client("MAIL FROM:nonsense\r\n").received("MAIL").answer_with("250 fine\r\n").reply("MAIL", "250 fine");
        talk.ask("RCPT TO:<a@b>", "503");
    }
    SECTION("DATA") {
        talk.reply("greeting", "220");
        for (const std::string& command : after_rcpt)
            talk.ask(command, "250");
        talk.client("DATA\r\n").received("DATA").answer_with("250 ok\r\n").reply("DATA", "250 ok").nothing();
        CHECK(!opened.session->in_upload());
        talk.client("DATA\r\n").received("DATA");
        CHECK(!opened.session->in_upload());
        talk.answer_with("354-two\r\n354 lines\r\n").reply("DATA", "354-two\r\n354 lines\r\n");
        CHECK(opened.session->in_upload());
        talk.upload(message, "250");
    }
    SECTION("QUIT") {
        talk.reply("greeting", "220");
        talk.client("QUIT\r\n").received("QUIT").answer_with("500 no\r\n").reply("QUIT", "500 no").nothing();
        talk.client("QUIT\r\n").received("QUIT").answer_with("250 odd\r\n").reply("QUIT", "250 odd").close();
    }
}

TEST_CASE("a refusal at the dot stores nothing, and the transaction is over", "[smtp][overrule]") {
    Opened opened = open_in_upload();
    auto talk = expect(*opened.session);
    talk.client(message)
        .received("dot")
        .answer_with("451 4.3.0 later\r\n")
        .reply("dot", "451 4.3.0 later\r\n")
        .nothing();
    CHECK(opened.service->stored().empty());
    talk.ask("RCPT TO:<a@b>", "503");
}

TEST_CASE("another acceptance at the dot stores, and comes after accepted", "[smtp][overrule]") {
    Opened opened = open_in_upload();
    auto talk = expect(*opened.session);
    talk.client(message).received("dot").answer_with("250 x\r\n").received("accepted");
    CHECK(opened.service->stored().size() == 1);

    SECTION("as it is") { talk.reply("accepted", "250 x\r\n").nothing(); }
    SECTION("overruled again") { talk.answer_with("451 y\r\n").reply("accepted", "451 y\r\n").nothing(); }
    CHECK(opened.service->stored().size() == 1);
}

TEST_CASE("an acceptance at the dot of a message that is too large stores nothing", "[smtp][overrule]") {
    smtp::Settings settings;
    settings.max_message_size = 5;
    Opened opened = open_in_upload(settings);
    expect(*opened.session).client(message).received("dot").answer_with("250 x\r\n").reply("dot", "250 x").nothing();
    CHECK(opened.service->stored().empty());
}

TEST_CASE("what is discarded gets no reply and has no effect", "[smtp][overrule]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected();
    talk.received("greeting").discard().nothing();
    talk.client("EHLO a\r\n").received("EHLO").discard().nothing();
    talk.ask("MAIL FROM:<a@b>", "503").client("QUIT\r\n").received("QUIT").discard().nothing();
    for (const std::string& command : after_rcpt)
        talk.ask(command, "250");
    talk.client("DATA\r\n").received("DATA").discard().nothing();
    CHECK(!opened.session->in_upload());
    talk.ask("DATA", "354");

    SECTION("dot") {
        talk.client(message + "NOOP\r\n").received("dot").discard().reply("NOOP", "250").nothing();
        CHECK(opened.service->stored().empty());
    }
    SECTION("accepted") {
        talk.client(message).received("dot").received("accepted").discard().nothing();
        CHECK(opened.service->stored().size() == 1);
    }
    SECTION("body: read to its end, later watched offsets are still told") {
        opened.session->watch_body({3, 10});
        talk.client(message.substr(0, 5)).body(3).discard().nothing();
        CHECK(opened.session->in_upload());
        talk.client(message.substr(5) + "NOOP\r\n").body(10).reply("NOOP", "250").nothing();
        CHECK(opened.service->stored().empty());
        opened.session->watch_body({});
    }
    talk.ask("RCPT TO:<a@b>", "503");
    for (const std::string& command : after_rcpt)
        talk.ask(command, "250");
    talk.ask("DATA", "354").upload(message, "250");
}

TEST_CASE("watched offsets cut the upload exactly", "[smtp][upload]") {
    const std::uint64_t size = message.size();
    for (const bool byte_by_byte : {false, true}) {
        CAPTURE(byte_by_byte);
        Opened opened = open_at(after_rcpt);
        opened.session->watch_body({0, 1, 7, 7, size - 3, size, size + 1});
        auto talk = expect(*opened.session);
        talk.client("DATA\r\n").reply("DATA", "354").body(0).nothing();
        if (byte_by_byte)
            talk.client(message.substr(0, 1)).body(1).client(message.substr(1));
        else
            talk.client(message).body(1);
        CHECK(opened.session->unread() == message.substr(1));
        talk.body(7);
        CHECK(opened.session->unread() == message.substr(7));
        talk.body(size - 3);
        CHECK(opened.session->unread() == ".\r\n");
        talk.body(size);
        CHECK(opened.session->unread().empty());
        talk.received("dot").received("accepted").reply("accepted", "250").nothing();
        CHECK(opened.service->stored()[0]->content == content);
    }
}

TEST_CASE("offsets are watched anew in each upload and may change in one", "[smtp][upload]") {
    Opened opened = open_in_upload();
    opened.session->watch_body({4});
    auto talk = expect(*opened.session);
    talk.client("abcdef").body(4).nothing();
    opened.session->watch_body({2, 8});
    talk.client("gh\r\n.\r\n").body(8).received("dot").received("accepted").reply("accepted", "250");
    for (const char* command : {"MAIL FROM:<a@b>", "RCPT TO:<a@b>"})
        talk.ask(command, "250");
    talk.ask("DATA", "354").client("abc\r\n.\r\n").body(2).body(8).received("dot");
}

TEST_CASE("pipelined input is kept while the session is held back", "[smtp]") {
    Opened opened = open();
    opened.session->on_bytes("EHLO a\r\nNOOP\r\n");
    auto talk = expect(*opened.session).nothing().connected().received("greeting");
    CHECK(opened.session->unread() == "EHLO a\r\nNOOP\r\n");
    talk.reply("greeting", "220").received("EHLO");
    CHECK(opened.session->unread() == "NOOP\r\n");
    opened.session->on_bytes("QUI");
    talk.reply("EHLO", "250").reply("NOOP", "250").nothing();
    CHECK(opened.session->unread() == "QUI");
}

TEST_CASE("any split of the input gives the same steps", "[smtp][property]") {
    const auto watching = [] {
        smtp::Settings settings;
        settings.max_message_size = 100;
        Opened opened = open(settings);
        opened.session->watch_body({0, 1, 13, 64, 1000});
        return opened;
    };
    const std::string envelope = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
    test::check_splits(watching, "EHLO a\r\n" + envelope + message + envelope + ".\r\n" + envelope +
                                     "a\n.\n\r\n.\r.\r\n.\r\n" + envelope + std::string(200, 'x') + "\r\n.\r\n" +
                                     std::string(5000, 'y') + "\r\nbare\nNOOP\r\n" + std::string("nul\0nul\r\n", 9) +
                                     "RSET\r\nQUIT\r\nNOOP\r\n");
}

TEST_CASE("garbage of any kind never stops the session", "[smtp][property]") {
    const std::vector<std::string> pieces = {"EHLO ",       "MAIL FROM:",
                                             "RCPT TO:",    "<a@b>",
                                             "<\"",         "@,:",
                                             "DATA",        "RSET",
                                             "\r\n",        "\r",
                                             "\n",          ".",
                                             "\r\n.\r\n",   " ",
                                             "\t",          "SIZE=",
                                             "BODY=",       "BDAT 30",
                                             "BDAT 0 LAST", " LAST",
                                             "QUI",         std::string(1, '\0'),
                                             "\xff\xfe",    std::string(3000, 'z')};
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
                input += "EHLO a\r\nRSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nDATA\r\n";
        }
        const auto fresh_session = [] { return open(); };
        const auto whole = test::steps_of(fresh_session, input, input.size());
        CHECK(test::steps_of(fresh_session, input, 100, &rng) == whole);
        CHECK(whole.size() > 2);
    }
}

TEST_CASE("16 MiB arrive whole, in pieces of any size", "[smtp][upload]") {
    std::string body;
    while (body.size() < 16 * 1024 * 1024)
        body += "This line is about as long as lines in mail are, some of them begin with a dot.\r\n";
    for (const std::size_t piece : {std::size_t{64 * 1024}, std::size_t{1000}, body.size() + 3}) {
        Opened opened = open_in_upload();
        std::string_view rest = body;
        while (!rest.empty()) {
            opened.session->on_bytes(rest.substr(0, piece));
            rest.remove_prefix(std::min(piece, rest.size()));
            CHECK(!opened.session->next_step());
            REQUIRE(opened.session->unread().empty());
        }
        expect(*opened.session).upload(".\r\n", "250");
        CHECK(opened.service->stored()[0]->content == body);
    }
}

TEST_CASE("the words of Python's smtplib are understood", "[smtp][clients]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected().reply("greeting", "220");
    talk.ask("ehlo [127.0.1.1]", "250-").ask("mail FROM:<a@b> size=44", "250").ask("rcpt TO:<c@d>", "250");
    talk.ask("data", "354").upload("Subject: x\r\n\r\n..dot\r\n.\r\n", "250").ask("rset", "250");
    talk.client("quit\r\n").reply("QUIT", "221").close();
    CHECK(opened.service->stored().size() == 1);
}

TEST_CASE("a command line that is too long says how much of it was dropped", "[smtp][bad input]") {
    Opened opened = open();
    auto talk = expect(*opened.session).connected().reply("greeting", "220");
    talk.client("NOOP " + std::string(100'000, 'x')).nothing();
    CHECK(opened.session->dropped() == 100'005 - 2048);
    talk.client("\r\n").received("NOOP");
    CHECK(talk.last().dropped == 100'007 - 2048);
    CHECK(talk.last().text.size() == 2048);
    CHECK(opened.session->dropped() == 0);
    talk.reply("NOOP", "500").ask("NOOP", "250");
    CHECK(talk.last().dropped == 0);
}

TEST_CASE("a server whose storage is full takes no more mail, and goes on", "[smtp][bad input]") {
    for (const bool lmtp : {false, true}) {
        CAPTURE(lmtp);
        smtp::Settings settings;
        settings.lmtp = lmtp;
        settings.max_stored = 10'000;
        auto opened = test::opened_at<smtp::Service>({lmtp ? "LHLO a" : "EHLO a"}, settings);
        const std::string text(6000, 'x');
        auto talk = opened.talk();
        for (const char* const reply : {"250", "452 4.3.1"}) {
            talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<c@d>", "250").ask("DATA", "354");
            talk.client(text + "\r\n.\r\n").received("dot");
            if (reply == std::string("250"))
                talk.received("accepted").reply("accepted", reply).nothing();
            else
                talk.reply("dot", reply).nothing();
        }
        CHECK(opened.stored().size() == 1);
        talk.ask("NOOP", "250");
    }
}
