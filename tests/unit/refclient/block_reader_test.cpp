#include "client_under_test/conversation/block_reader.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace refclient;
using Progress = BlockReader::Progress;

namespace {

struct Read {
    Progress progress = Progress::more;
    std::string text;
    std::string rest;
};

Read read(std::string_view bytes, std::size_t piece = 1000000, Caps caps = {}) {
    BlockReader reader{caps};
    Read result;
    while (!bytes.empty() && result.progress == Progress::more) {
        std::string_view part = bytes.substr(0, piece);
        const std::size_t before = part.size();
        result.progress = reader.feed(part);
        bytes.remove_prefix(before - part.size());
    }
    result.rest = bytes;
    result.text = reader.take();
    return result;
}

} // namespace

TEST_CASE("a block ends at its terminator, and what follows is left alone", "[refclient][block]") {
    CHECK(read("a\r\n.\r\n205").text == "a\r\n");
    CHECK(read("a\r\n.\r\n205").rest == "205");
    CHECK(read(".\r\n").progress == Progress::complete);
    CHECK(read(".\r\n").text.empty());
}

TEST_CASE("doubled dots are undone", "[refclient][block]") {
    CHECK(read("..\r\n...a\r\na..\r\n.\r\n").text == ".\r\n..a\r\na..\r\n");
}

TEST_CASE("only CRLF dot CRLF ends a block", "[refclient][block]") {
    for (const char* bytes : {"a\n.\n", "a\r\n.\n", "a\n.\r\n", "a\r\n..\r\n", "a\r\n. \r\n", "text.\r\n", "a\r\n.\r",
                              "a\r\n.", "a\r.\r\n"}) {
        CAPTURE(bytes);
        CHECK(read(bytes).progress == Progress::more);
        CHECK(read(bytes).text.empty());
    }
    CHECK(read("a\n.\nb\r\n.\r\rc\r\n.\r\n").text == "a\n.\nb\r\n\r\rc\r\n");
}

TEST_CASE("any split of a block gives the same text and the same rest", "[refclient][block]") {
    const std::string bytes = "From: a\r\n\r\n..dot\r\ntext.\r\n\r\n.x\r\n.\r\n205 bye\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        CAPTURE(piece);
        const Read result = read(bytes, piece);
        CHECK(result.text == "From: a\r\n\r\n.dot\r\ntext.\r\n\r\nx\r\n");
        CHECK(result.rest == "205 bye\r\n");
    }
}

TEST_CASE("a part of a block cannot be taken", "[refclient][block]") {
    const std::string bytes = "a\r\n.b\r\n.\r\n";
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK(read(bytes.substr(0, cut)).text.empty());
}

TEST_CASE("too long a line and too long an article break the block", "[refclient][block]") {
    Caps caps;
    caps.article = 100;
    caps.article_line = 40;
    std::string three;
    for (int i = 0; i < 3; ++i)
        three.append(30, 'a').append("\r\n");
    for (const std::size_t piece : {1U, 7U, 1000U}) {
        CHECK(read(three + ".\r\n", piece, caps).progress == Progress::complete);
        CHECK(read(three + three, piece, caps).progress == Progress::broken);
        CHECK(read(std::string(41, 'a'), piece, caps).progress == Progress::broken);
    }
}
