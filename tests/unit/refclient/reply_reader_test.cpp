#include "client_under_test/conversation/reply_reader.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace refclient;
using Progress = ReplyReader::Progress;

namespace {

struct Read {
    Progress progress = Progress::more;
    Reply reply;
    std::string rest;
};

Read read(std::string_view bytes, ReplyForm form = ReplyForm::multi_line, Caps caps = {}, std::size_t piece = 100000) {
    ReplyReader reader{form, caps};
    Read result;
    while (!bytes.empty() && result.progress == Progress::more) {
        std::string_view part = bytes.substr(0, piece);
        const std::size_t before = part.size();
        result.progress = reader.feed(part);
        bytes.remove_prefix(before - part.size());
    }
    result.rest = bytes;
    if (result.progress == Progress::complete)
        result.reply = reader.take();
    return result;
}

} // namespace

TEST_CASE("a reply is complete at its line end and not before", "[refclient][reply]") {
    CHECK(read("250 ok\r").progress == Progress::more);
    CHECK(read("250 O").progress == Progress::more);
    CHECK(read("250 ok\r\n").reply == Reply{250, {"ok"}});
    CHECK(read("250-a\r\n250-b\r\n").progress == Progress::more);
}

TEST_CASE("a code without text or blank is a reply", "[refclient][reply]") {
    CHECK(read("250\r\n").reply == Reply{250, {""}});
    CHECK(read("250 \r\n").reply == Reply{250, {""}});
    CHECK(read("250-\r\n250\r\n").reply == Reply{250, {"", ""}});
}

TEST_CASE("any split of a reply gives the same reply and the same rest", "[refclient][reply]") {
    const std::string bytes = "250-mx.example\r\n250-SIZE 1000\r\n250 HELP\r\nrest";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        CAPTURE(piece);
        const Read result = read(bytes, ReplyForm::multi_line, {}, piece);
        CHECK(result.reply == Reply{250, {"mx.example", "SIZE 1000", "HELP"}});
        CHECK(result.rest == "rest");
    }
}

TEST_CASE("what is no reply is broken", "[refclient][reply]") {
    for (const char* bytes : {"\r\n", "hello\r\n", "25\r\n", "25o ok\r\n", "2500 ok\r\n", "250ok\r\n", "199 x\r\n",
                              "600 x\r\n", "000 x\r\n", " 250 x\r\n", "250-a\r\n251 b\r\n", "250-a\r\nx\r\n"}) {
        CAPTURE(bytes);
        CHECK(read(bytes).progress == Progress::broken);
    }
    CHECK(read("200-a\r\n200 b\r\n", ReplyForm::single_line).progress == Progress::broken);
}

TEST_CASE("endless lines and endless replies are cut off", "[refclient][reply]") {
    Caps caps;
    caps.reply_line = 20;
    caps.reply_lines = 3;
    CHECK(read("250 " + std::string(14, 'a') + "\r\n", ReplyForm::multi_line, caps).progress == Progress::complete);
    CHECK(read("250 " + std::string(15, 'a') + "\r\n", ReplyForm::multi_line, caps).progress == Progress::broken);
    CHECK(read("250 " + std::string(17, 'a'), ReplyForm::multi_line, caps, 1).progress == Progress::broken);
    CHECK(read("250-a\r\n250-a\r\n250 a\r\n", ReplyForm::multi_line, caps).progress == Progress::complete);
    CHECK(read("250-a\r\n250-a\r\n250-a\r\n250-a\r\n", ReplyForm::multi_line, caps).progress == Progress::broken);
}
