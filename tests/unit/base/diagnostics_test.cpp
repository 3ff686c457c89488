#include "fakeserver/base/diagnostics.hpp"
#include "fakeserver/base/result.hpp"
#include "fakeserver/base/time.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace std::chrono_literals;

TEST_CASE("remarks come in file order, each once", "[base][diagnostics]") {
    Diagnostics diagnostics;
    diagnostics.error({"b.yaml", 1, 1}, "late file");
    diagnostics.error({"a.yaml", 9, 33}, "second");
    diagnostics.error({"a.yaml", 9, 4}, "first");
    diagnostics.error({"a.yaml", 9, 33}, "second");
    const auto sorted = diagnostics.sorted();
    REQUIRE(sorted.size() == 3);
    CHECK(to_string(sorted[0]) == "a.yaml:9:4: first");
    CHECK(to_string(sorted[1]) == "a.yaml:9:33: second");
    CHECK(to_string(sorted[2]) == "b.yaml:1:1: late file");
    CHECK(diagnostics.count() == 4);
}

TEST_CASE("a warning is no error, and says so", "[base][diagnostics]") {
    Diagnostics diagnostics;
    diagnostics.warning({"a.yaml", 1, 2}, "odd");
    CHECK_FALSE(diagnostics.has_errors());
    CHECK(to_string(diagnostics.sorted()[0]) == "a.yaml:1:2: warning: odd");
    diagnostics.error({}, "wrong");
    CHECK(diagnostics.has_errors());
}

TEST_CASE("unknown parts of a position are left out", "[base][diagnostics]") {
    CHECK(to_string(Diagnostic{{"", 0, 0}, Severity::error, "x"}) == "x");
    CHECK(to_string(Diagnostic{{"a.yaml", 0, 0}, Severity::error, "x"}) == "a.yaml: x");
    CHECK(to_string(Diagnostic{{"", 3, 4}, Severity::error, "x"}) == "3:4: x");
}

TEST_CASE("a result is a value or a problem with its place", "[base][result]") {
    const Result<int> fine = 5;
    CHECK(fine);
    CHECK(*fine == 5);
    CHECK(fine.problem().empty());
    const auto wrong = Result<int>::failed("no number", 7);
    CHECK_FALSE(wrong);
    CHECK(wrong.problem() == "no number");
    CHECK(wrong.where() == 7);
}

TEST_CASE("times convert to seconds and back", "[base][time]") {
    CHECK(to_seconds(Duration{1500ms}) == 1.5);
    CHECK(to_seconds(Instant{2s}) == 2.0);
    CHECK(from_seconds(0.25) == 250ms);
    CHECK(Instant{5s} - Instant{2s} == 3s);
}
