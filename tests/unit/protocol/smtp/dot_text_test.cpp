#include "fakeserver/base/rng.hpp"
#include "fakeserver/protocol/dot_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;
using namespace postfault::protocol;

namespace {

constexpr std::uint64_t plenty = 1 << 30;

struct Read {
    std::string text;
    std::uint64_t octets;
    bool ended;

    bool operator==(const Read&) const = default;
};

Read read_in_pieces(std::string_view sent, std::size_t piece) {
    DotReader reader(plenty);
    while (!sent.empty() && !reader.ended()) {
        const std::size_t taken = reader.take(sent.substr(0, piece));
        sent.remove_prefix(taken);
    }
    return {reader.text(), reader.octets(), reader.ended()};
}

} // namespace

TEST_CASE("a text ends with CRLF.CRLF and with nothing else", "[protocol][dot]") {
    struct Case {
        std::string_view sent;
        std::string_view text;
        bool ended;
    };

    const Case cases[] = {
        {".\r\n", "", true},
        {"a\r\n.\r\n", "a\r\n", true},
        {"a\r\n.\r\nQUIT\r\n", "a\r\n", true},
        {"..\r\n.\r\n", ".\r\n", true},
        {"a\r\n..b\r\n.\r\n", "a\r\n.b\r\n", true},
        {"a\r\n.b\r\n.\r\n", "a\r\nb\r\n", true}, // the dot goes even if nobody doubled it
        {"a\n.\n", "a\n.\n", false},
        {"a\n.\r\n", "a\n.\r\n", false},
        {"a\r.\r\n", "a\r.\r\n", false},
        {"a\r\n.\n", "a\r\n\n", false},
        {"a\r\n.\r.\r\n", "a\r\n\r.\r\n", false},
        {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", true},
        {"a\r\r\n.\r\n", "a\r\r\n", true},
        {"\r\n\r\n.\r\n", "\r\n\r\n", true},
        {"\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", true},
        {"a.\r\n.\r\n", "a.\r\n", true},
        {"...\r\n.\r\n", "..\r\n", true},
        {". \r\n.\r\n", " \r\n", true},
        {"\r\n.", "\r\n", false},
    };
    for (const Case& each : cases)
        for (std::size_t piece = 1; piece <= each.sent.size(); ++piece) {
            CAPTURE(each.sent, piece);
            const Read read = read_in_pieces(each.sent, piece);
            CHECK(read.text == each.text);
            CHECK(read.ended == each.ended);
        }
}

TEST_CASE("octets count as sent and stop at the end of the terminator", "[protocol][dot]") {
    DotReader reader(plenty);
    CHECK(reader.take("..a\r\n.\r\nQUIT\r\n") == 8);
    CHECK(reader.octets() == 8);
    CHECK(reader.take("more") == 0);
}

TEST_CASE("what is dotted comes back whole, for random texts in any pieces", "[protocol][dot]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Rng rng(seed);
        std::string text;
        const std::uint64_t size = rng.below(60);
        while (text.size() < size)
            text += std::string_view(".\r\na..\r\n").substr(rng.below(8), 1 + rng.below(3));
        text += "\r\n";
        std::string sent;
        append_dotted(sent, text);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, sent.size()})
            CHECK(read_in_pieces(sent, piece) == Read{text, sent.size(), true});
    }
}

TEST_CASE("a block without its last line end gets one", "[protocol][dot]") {
    std::string reply = "222 x\r\n";
    append_dotted(reply, ".a");
    CHECK(reply == "222 x\r\n..a\r\n.\r\n");
    reply.clear();
    append_dotted(reply, "");
    CHECK(reply == ".\r\n");
}

TEST_CASE("a text that is too large is read to its end but not kept", "[protocol][dot]") {
    DotReader reader(4);
    CHECK(reader.take("ab\r\n") == 4);
    CHECK(!reader.too_large());
    CHECK(reader.take("c\r\n.\r\n") == 6);
    CHECK(reader.ended());
    CHECK(reader.too_large());
    CHECK(reader.text().empty());
    CHECK(reader.octets() == 10);
}
