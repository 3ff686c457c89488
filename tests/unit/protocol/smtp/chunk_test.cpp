#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/conversation.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::protocol;
using Opened = test::Opened<smtp::Service>;

namespace {

const std::vector<std::string> after_rcpt = {"EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"};

smtp::Settings with_binary() {
    smtp::Settings settings;
    settings.extensions = {"SIZE 100", "8BITMIME", "CHUNKING", "BINARYMIME"};
    return settings;
}

Opened open_at(const std::vector<std::string>& lines, smtp::Settings settings = {}) {
    return test::opened_at<smtp::Service>(lines, std::move(settings));
}

} // namespace

TEST_CASE("a message comes in chunks, octet by octet as it is", "[smtp][chunk]") {
    Opened opened = open_at(after_rcpt);
    auto talk = opened.talk();
    talk.client("BDAT 23\r\n").received("BDAT").nothing();
    CHECK(opened.session->in_upload());
    talk.client("Message-ID: <1@c>\r\n\r\n").nothing().client(".\r").reply("BDAT", "250 2.0.0 23 octets").nothing();
    CHECK(!opened.session->in_upload());
    talk.client("BDAT 6\r\n\n..\r\n.").received("BDAT").reply("BDAT", "250").nothing();
    CHECK(opened.stored().empty());
    talk.client("bdat 2 last\r\n\xff").received("BDAT").nothing().client(std::string(1, '\0') + "NOOP\r\n");
    talk.received("dot");
    CHECK(talk.last().offset == 31);
    CHECK(opened.stored().empty());
    talk.received("accepted");
    CHECK(talk.last().stored == opened.stored().at(0));
    talk.reply("accepted", "250 2.0.0 Ok, stored as message 1").reply("NOOP", "250").nothing();
    CHECK(opened.stored()[0]->content == std::string("Message-ID: <1@c>\r\n\r\n.\r\n..\r\n.\xff\0", 31));
    CHECK(opened.stored()[0]->message_id == "<1@c>");
    talk.ask("DATA", "503").ask("MAIL FROM:<a@b>", "250");
}

TEST_CASE("the last chunk may be empty, and the only one", "[smtp][chunk]") {
    Opened opened = open_at(after_rcpt);
    auto talk = opened.talk();
    talk.client("BDAT 3\r\nabcBDAT 0 LAST\r\n").received("BDAT").reply("BDAT", "250").received("BDAT");
    talk.received("dot").received("accepted").reply("accepted", "250").nothing();
    talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<a@b>", "250");
    talk.client("BDAT 0 LAST\r\n").received("BDAT").received("dot").received("accepted").reply("accepted", "250");
    CHECK(opened.stored().at(0)->content == "abc");
    CHECK(opened.stored().at(1)->content.empty());
}

TEST_CASE("a refused chunk is read to its end before it is refused", "[smtp][chunk]") {
    for (const std::vector<std::string>& before :
         std::vector<std::vector<std::string>>{{}, {"HELO a"}, {"EHLO a"}, {"EHLO a", "MAIL FROM:<a@b>"}}) {
        Opened opened = open_at(before);
        auto talk = opened.talk();
        talk.client("BDAT 8\r\nQUIT").received("BDAT").nothing().client("\r\n\r\nNOOP\r\n");
        talk.reply("BDAT", "503").reply("NOOP", "250").nothing();
        CHECK(opened.stored().empty());
    }
    Opened opened = open_at(after_rcpt);
    opened.talk().ask("BDAT", "501").ask("BDAT x", "501").ask("BDAT 1 FIRST", "501").ask("BDAT 1 LAST x", "501");
}

TEST_CASE("a message that has lost a chunk is never stored", "[smtp][chunk]") {
    Opened opened = open_at({"EHLO a", "MAIL FROM:<a@b>"});
    auto talk = opened.talk();
    talk.client("BDAT 2\r\nab").received("BDAT").reply("BDAT", "503").ask("RCPT TO:<c@d>", "250");
    talk.ask("DATA", "503").client("BDAT 2\r\nab").received("BDAT").reply("BDAT", "503");

    SECTION("RSET helps") {
        talk.ask("RSET", "250").ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<c@d>", "250");
        talk.client("BDAT 2 LAST\r\ncd").received("BDAT").received("dot").received("accepted").reply("accepted", "250");
        CHECK(opened.stored().at(0)->content == "cd");
    }
    SECTION("its last chunk ends the transaction") {
        talk.client("BDAT 2 LAST\r\nab").received("BDAT").reply("BDAT", "503").ask("RCPT TO:<c@d>", "503");
        talk.ask("MAIL FROM:<a@b>", "250");
        CHECK(opened.stored().empty());
    }
}

TEST_CASE("DATA and BDAT do not go together", "[smtp][chunk]") {
    Opened opened = open_at(after_rcpt);
    auto talk = opened.talk().client("BDAT 1\r\na").received("BDAT").reply("BDAT", "250").ask("DATA", "503");
    talk.ask("RSET", "250").ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<a@b>", "250").ask("DATA", "354");
    talk.upload("x\r\n.\r\n", "250");
    CHECK(opened.stored().at(0)->content == "x\r\n");
}

TEST_CASE("binary mail needs BDAT, and both extensions", "[smtp][chunk]") {
    Opened opened = open_at({"EHLO a", "MAIL FROM:<a@b> BODY=BINARYMIME", "RCPT TO:<a@b>"}, with_binary());
    opened.talk().ask("DATA", "503").client("BDAT 1 LAST\r\n\n").received("BDAT").received("dot").received("accepted");
    smtp::Settings settings;
    settings.extensions = {"8BITMIME"};
    Opened plain = open_at({"EHLO a"}, settings);
    plain.talk().ask("MAIL FROM:<a@b> BODY=BINARYMIME", "501").ask("BDAT 3", "502").ask("NOOP", "250");
}

TEST_CASE("chunks that are too large together are refused, first where it shows", "[smtp][chunk]") {
    Opened opened = open_at(after_rcpt, with_binary());
    auto talk = opened.talk();
    const std::string part(60, 'x');
    talk.client("BDAT 60\r\n" + part).received("BDAT").reply("BDAT", "250");

    SECTION("in the middle") {
        talk.client("BDAT 60\r\n" + part).received("BDAT").reply("BDAT", "552");
        talk.client("BDAT 1 LAST\r\nx").received("BDAT").reply("BDAT", "503");
    }
    SECTION("in the last chunk") {
        talk.client("BDAT 60 LAST\r\n" + part).received("BDAT").received("dot").reply("dot", "552");
    }
    talk.nothing().ask("MAIL FROM:<a@b>", "250");
    CHECK(opened.stored().empty());
}

TEST_CASE("a chunk without an end costs no memory and is no command", "[smtp][chunk]") {
    Opened opened = open_at(after_rcpt, with_binary());
    auto talk = opened.talk().client("BDAT 18446744073709551615\r\n").received("BDAT");
    for (int i = 0; i < 100; ++i) {
        talk.client(std::string(10'000, 'x') + "\r\nQUIT\r\n").nothing();
        CHECK(opened.session->unread().empty());
    }
}

TEST_CASE("the chunks of a message are watched as one upload", "[smtp][chunk][upload]") {
    Opened opened = open_at(after_rcpt);
    opened.session->watch_body({0, 3, 4, 6});
    auto talk = opened.talk();
    talk.client("BDAT 3\r\nabcBDAT 3 LAST\r\ndef").received("BDAT").body(0).body(3).reply("BDAT", "250");
    talk.received("BDAT").body(4);
    CHECK(opened.session->unread() == "ef");
    talk.body(6).received("dot").received("accepted").reply("accepted", "250").nothing();
    talk.ask("MAIL FROM:<a@b>", "250").ask("RCPT TO:<a@b>", "250").client("BDAT 1\r\na").received("BDAT").body(0);
}

TEST_CASE("an overruled chunk: the same class takes it, another one loses it", "[smtp][chunk][overrule]") {
    Opened opened = open_at(after_rcpt);
    auto talk = opened.talk();
    talk.client("BDAT 1\r\na").received("BDAT").answer_with("250 fine\r\n").reply("BDAT", "250 fine\r\n").nothing();

    SECTION("another class") {
        talk.client("BDAT 1\r\nb").received("BDAT").answer_with("451 no\r\n").reply("BDAT", "451 no\r\n");
        talk.client("BDAT 1 LAST\r\nc").received("BDAT").reply("BDAT", "503").ask("MAIL FROM:<a@b>", "250");
        CHECK(opened.stored().empty());
    }
    SECTION("another class for the last one") {
        talk.client("BDAT 1 LAST\r\nb").received("BDAT").answer_with("451 no\r\n").reply("BDAT", "451 no\r\n");
        talk.ask("MAIL FROM:<a@b>", "250");
        CHECK(opened.stored().empty());
    }
    SECTION("the same class for the last one is the reply to the message") {
        talk.client("BDAT 1 LAST\r\nb").received("BDAT").answer_with("250 x\r\n").received("dot").received("accepted");
        talk.reply("accepted", "250 x\r\n").nothing();
        CHECK(opened.stored().at(0)->content == "ab");
    }
    SECTION("at the end of the data") {
        talk.client("BDAT 1 LAST\r\nb").received("BDAT").received("dot").answer_with("452 y\r\n").reply("dot", "452 y");
        CHECK(opened.stored().empty());
        talk.ask("MAIL FROM:<a@b>", "250");
    }
    SECTION("a good reply to a refused chunk has no effect") {
        talk.ask("RSET", "250").client("BDAT 1 LAST\r\nb").received("BDAT").answer_with("250 z\r\n");
        talk.reply("BDAT", "250 z\r\n").nothing();
        CHECK(opened.stored().empty());
    }
}

TEST_CASE("a discarded chunk is read and gets no reply", "[smtp][chunk][overrule]") {
    Opened opened = open_at(after_rcpt);
    auto talk = opened.talk();

    SECTION("at its command") { talk.client("BDAT 2\r\nabNOOP\r\n").received("BDAT").discard().reply("NOOP", "250"); }
    SECTION("within") {
        opened.session->watch_body({1});
        talk.client("BDAT 2\r\nabNOOP\r\n").received("BDAT").body(1).discard().reply("NOOP", "250").nothing();
    }
    talk.client("BDAT 2 LAST\r\nab").received("BDAT").reply("BDAT", "503").nothing();
    CHECK(opened.stored().empty());
}

TEST_CASE("any split of chunks gives the same steps", "[smtp][chunk][property]") {
    const auto watching = [] {
        Opened opened = test::opened<smtp::Service>(with_binary());
        opened.session->watch_body({0, 1, 4, 5, 60, 1000});
        return opened;
    };
    const std::string envelope = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n";
    test::check_splits(watching, "EHLO a\r\n" + envelope + "BDAT 5\r\n\r\n.\r\nBDAT 4 LAST\r\n\r\n.\rBDAT 4\r\nQUIT" +
                                     envelope + "RSET\r\n" + envelope + "BDAT 60\r\n" + std::string(60, 'x') +
                                     "BDAT 60\r\n" + std::string(60, 'x') + "BDAT 0 LAST\r\n" + envelope +
                                     "DATA\r\nx\r\n.\r\n" + "BDAT 99999999999999999999\r\nNOOP\r\nQUIT\r\n");
}

TEST_CASE("16 MiB arrive in chunks of any size", "[smtp][chunk][upload]") {
    const std::string body(16 * 1024 * 1024, 'b');
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1} << 20, body.size()}) {
        Opened opened = open_at(after_rcpt);
        auto talk = opened.talk();
        for (std::size_t at = 0; at < body.size(); at += size) {
            const std::string_view chunk = std::string_view(body).substr(at, size);
            opened.session->on_bytes("BDAT " + std::to_string(chunk.size()) + "\r\n");
            opened.session->on_bytes(chunk);
            talk.received("BDAT").reply("BDAT", "250");
        }
        talk.client("BDAT 0 LAST\r\n").received("BDAT").received("dot").received("accepted");
        CHECK(opened.stored().at(0)->content == body);
    }
}
