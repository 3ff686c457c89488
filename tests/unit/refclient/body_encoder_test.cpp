#include "client_under_test/conversation/body_encoder.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace refclient;

namespace {

std::string encode(std::string_view message, std::size_t block_size = 16384) {
    BodyEncoder encoder{message, {}, block_size};
    std::string wire;
    for (std::string block = encoder.next_block(); !block.empty(); block = encoder.next_block())
        wire += block;
    CHECK(encoder.next_block().empty());
    return wire;
}

} // namespace

TEST_CASE("a message ends with exactly one line end, dot, line end", "[refclient][body]") {
    CHECK(encode("") == ".\r\n");
    CHECK(encode("a") == "a\r\n.\r\n");
    CHECK(encode("a\r\n") == "a\r\n.\r\n");
    CHECK(encode("a\n") == "a\r\n.\r\n");
    CHECK(encode("a\r") == "a\r\n.\r\n");
    CHECK(encode("a\r\n\r\n") == "a\r\n\r\n.\r\n");
}

TEST_CASE("all kinds of line ends become CRLF", "[refclient][body]") {
    CHECK(encode("a\nb\rc\r\nd\n\re") == "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n.\r\n");
    CHECK(encode("\r\r\n\n") == "\r\n\r\n\r\n.\r\n");
}

TEST_CASE("a dot at the start of a line is doubled and no other", "[refclient][body]") {
    CHECK(encode(".") == "..\r\n.\r\n");
    CHECK(encode("..a\n.\na.b.\n") == "...a\r\n..\r\na.b.\r\n.\r\n");
    CHECK(encode("a\r.b") == "a\r\n..b\r\n.\r\n");
}

TEST_CASE("the size of the blocks changes nothing", "[refclient][body]") {
    const std::string message = ".a\r\n..\n\r\r\n.\r\nlonger line.\r\n.x\r.y\n\n.";
    const std::string whole = encode(message);
    for (std::size_t size = 1; size <= whole.size() + 1; ++size) {
        CAPTURE(size);
        CHECK(encode(message, size) == whole);
    }
}

TEST_CASE("a dot is doubled at every place around the edge of a block", "[refclient][body]") {
    for (const std::size_t edge : {std::size_t{16384}, std::size_t{16}})
        for (std::size_t before = edge - 6; before <= edge + 6; ++before) {
            CAPTURE(edge, before);
            CHECK(encode(std::string(before, 'a') + "\r\n.b\n.", edge) ==
                  std::string(before, 'a') + "\r\n..b\r\n..\r\n.\r\n");
        }
}

TEST_CASE("a block stays near its size", "[refclient][body]") {
    const std::string dots = [] {
        std::string text;
        for (int i = 0; i < 100000; ++i)
            text += ".\n";
        return text;
    }();
    BodyEncoder encoder{dots, {}, 4096};
    for (std::string block = encoder.next_block(); !block.empty(); block = encoder.next_block())
        REQUIRE(block.size() <= 4096 + 8);
}

TEST_CASE("the announced size counts line ends but neither doubled dots nor the terminator", "[refclient][body]") {
    for (const char* message : {"", "a", "a\n", "a\r\nb", "a\rb\n\nc\r", "\r\r\n\n"}) {
        CAPTURE(message);
        CHECK(inspect(message).wire_size == encode(message).size() - 3);
        CHECK_FALSE(inspect(message).has_8bit);
    }
    CHECK(inspect(".\n").wire_size == 3);
    CHECK(inspect("caf\xc3\xa9").has_8bit);
}

TEST_CASE("no_dot_stuffing_at_boundary: the dot at the start of a block stays single", "[refclient][body][defects]") {
    Habits habits;
    habits.dot_stuffing = DotStuffing::within_blocks;
    BodyEncoder encoder{".a\r\n.b\r\n.c\r\n", habits, 10};
    CHECK(encoder.next_block() == "..a\r\n..b\r\n");
    CHECK(encoder.next_block() == ".c\r\n.\r\n");
}

TEST_CASE("bare_lf_on_wire: line ends go out as they are", "[refclient][body][defects]") {
    Habits habits;
    habits.line_ends = LineEnds::left_alone;
    BodyEncoder encoder{"a\n.b\rc\r\n", habits};
    CHECK(encoder.next_block() == "a\n..b\rc\r\n.\r\n");
}

TEST_CASE("a message for chunks has CRLF line ends and one at its end", "[refclient][body]") {
    CHECK(with_crlf("") == "");
    CHECK(with_crlf("a\nb\rc\r\n.d") == "a\r\nb\r\nc\r\n.d\r\n");
    CHECK(with_crlf("a\r\r\n\n") == "a\r\n\r\n\r\n");
    CHECK(with_crlf("a\r") == "a\r\n");
}
