#include "fakeserver/scenario/excerpt.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using scenario::with_its_line;

namespace {

Diagnostic at(int line, int column, Severity severity = Severity::error) {
    return {{"a.yaml", line, column}, severity, "wrong"};
}

} // namespace

TEST_CASE("a remark shows its line with a mark under the place", "[scenario][excerpt]") {
    CHECK(with_its_line(at(2, 5), "first\nabc: def\nlast\n", false) == "a.yaml:2:5: wrong\n"
                                                                       "     2 | abc: def\n"
                                                                       "       |     ^\n");
    CHECK(with_its_line(at(3, 1), "first\nabc: def\nlast", false) == "a.yaml:3:1: wrong\n"
                                                                     "     3 | last\n"
                                                                     "       | ^\n");
    CHECK(with_its_line(at(1, 99), "abc\r\n", false) == "a.yaml:1:99: wrong\n     1 | abc\n       |    ^\n");
}

TEST_CASE("without the line only the remark is left", "[scenario][excerpt]") {
    CHECK(with_its_line(at(0, 0), "abc", false) == "a.yaml: wrong\n");
    CHECK(with_its_line(at(7, 1), "abc", false) == "a.yaml:7:1: wrong\n");
    CHECK(with_its_line(at(1, 1), "", false) == "a.yaml:1:1: wrong\n");
}

TEST_CASE("columns are octets, the mark counts characters", "[scenario][excerpt]") {
    CHECK(with_its_line(at(1, 8), "ä: öü x", false).find("\n       |      ^\n") != std::string::npos);
}

TEST_CASE("nothing of the file can drive the terminal", "[scenario][excerpt]") {
    CHECK(with_its_line(at(1, 3), "a\x1b[2J\tb", false) == "a.yaml:1:3: wrong\n"
                                                           "     1 | a\\x1b[2J\\tb\n"
                                                           "       |      ^\n");
}

TEST_CASE("of a long line the part around the place is shown", "[scenario][excerpt]") {
    std::string line(5000, 'a');
    line += 'X';
    line.append(5000, 'b');
    const std::string text = with_its_line(at(1, 5001), line, false);
    CHECK(text.size() < 400);
    const std::size_t shown = text.find(" | ") + 3;
    const std::size_t mark = text.find(" | ", shown) + 3;
    const std::string before_mark = text.substr(mark, text.find('^') - mark);
    CHECK(before_mark == std::string(61, ' '));
    CHECK(text.find("| …aaaa") != std::string::npos);
    CHECK(text.find("aaaaXbbb") == text.find("X") - 4);
}

TEST_CASE("colours only if they are wanted", "[scenario][excerpt]") {
    CHECK(with_its_line(at(1, 1), "abc", true) == "a.yaml:1:1: wrong\n     1 | abc\n       | \x1b[31m^\x1b[0m\n");
    CHECK(with_its_line(at(1, 1, Severity::warning), "abc", true).find("\x1b[33m^") != std::string::npos);
}
