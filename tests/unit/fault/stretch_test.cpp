#include "fakeserver/fault/stretch.hpp"
#include "tests/unit/fault/played.hpp"

#include <cstdint>
#include <string>

namespace postfault::test {

namespace {

// `ab@2:1` is the piece "ab" that ends at 2, before fault 1.
Ops cut(std::string_view bytes, std::initializer_list<std::string_view> points) {
    std::vector<scenario::Fault> faults;
    for (const std::string_view point : points)
        faults.push_back(fault(point, {"delay 1s"}));
    std::vector<fault::Due> due;
    for (std::size_t number = 0; number < faults.size(); ++number)
        due.push_back({number, &faults[number]});
    Ops pieces;
    for (const fault::Piece& piece : fault::cut_up(bytes, due))
        pieces.push_back(std::string(piece.bytes) + "@" + std::to_string(piece.end) + ":" +
                         std::to_string(piece.next.number));
    return pieces;
}

} // namespace

TEST_CASE("stretch: a text is cut where faults are, from its start to its end", "[fault][stretch]") {
    CHECK(cut("abcdef", {}).empty());
    CHECK(cut("abcdef", {"NOOP reply@4", "NOOP reply@1"}) == Ops{"a@1:1", "bcd@4:0"});
    CHECK(cut("abcdef", {"NOOP reply@50%", "NOOP reply@-2", "NOOP reply@0"}) == Ops{"@0:2", "abc@3:0", "d@4:1"});
    CHECK(cut("a\r\nb\r\n", {"NOOP reply@line 2"}) == Ops{"a\r\n@3:0"});
}

TEST_CASE("stretch: faults at the same place keep their order", "[fault][stretch]") {
    CHECK(cut("abcd", {"NOOP reply@2", "NOOP reply@1", "NOOP reply@50%", "NOOP reply@2"}) ==
          Ops{"a@1:1", "b@2:0", "@2:2", "@2:3"});
}

TEST_CASE("stretch: a place beyond the text is its end", "[fault][stretch]") {
    CHECK(cut("abc", {"NOOP reply@9", "NOOP reply@100%", "NOOP reply@-9", "NOOP reply@line 7"}) ==
          Ops{"@0:2", "abc@3:0", "@3:1", "@3:3"});
    CHECK(cut("", {"NOOP reply@9"}) == Ops{"@0:0"});
}

} // namespace postfault::test
