#include "fakeserver/protocol/input.hpp"

#include <catch2/catch.hpp>

using postfault::protocol::Input;

TEST_CASE("lines come out whole, and what is left stays unread", "[protocol][input]") {
    Input input;
    input.add("EHLO a\r\nMA");
    auto line = input.take_line(512);
    REQUIRE(line);
    CHECK(line->text == "EHLO a");
    CHECK(!line->bare_lf);
    CHECK(!line->too_long);
    CHECK(!input.take_line(512));
    CHECK(input.unread() == "MA");
    input.add("IL\n");
    line = input.take_line(512);
    REQUIRE(line);
    CHECK(line->text == "MAIL");
    CHECK(line->bare_lf);
    CHECK(input.unread().empty());
}

TEST_CASE("the limit of a line counts its end", "[protocol][input]") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        CAPTURE(piece);
        Input input;
        const std::string_view sent = "123456\r\n1234567\r\nab\r\n";
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < sent.size(); at += piece) {
            input.add(sent.substr(at, piece));
            while (const auto line = input.take_line(8))
                lines.push_back(line->text + (line->too_long ? " too long" : ""));
        }
        CHECK(lines == std::vector<std::string>{"123456", "1234567\r too long", "ab"});
    }
}

TEST_CASE("a line without an end needs no memory", "[protocol][input]") {
    Input input;
    const std::string piece(64 * 1024, 'x');
    for (int i = 0; i < 100; ++i) {
        input.add(piece);
        CHECK(!input.take_line(512));
        CHECK(input.unread().empty());
    }
    CHECK(input.dropped() == 100 * piece.size() - 512);
    input.add("\r\nnext\r\n");
    auto line = input.take_line(512);
    REQUIRE(line);
    CHECK(line->too_long);
    CHECK(line->dropped == 100 * piece.size() - 512 + 2);
    CHECK(input.dropped() == 0);
    CHECK(line->text == std::string(512, 'x'));
    line = input.take_line(512);
    REQUIRE(line);
    CHECK(line->text == "next");
    CHECK(line->dropped == 0);
}
