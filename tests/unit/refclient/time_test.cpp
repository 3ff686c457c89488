#include "client_under_test/conversation/time.hpp"

#include <catch2/catch.hpp>

using namespace refclient;
using namespace std::chrono_literals;

TEST_CASE("a duration needs a number and a unit", "[refclient][time]") {
    CHECK(parse_duration("5s") == 5s);
    CHECK(parse_duration("250ms") == 250ms);
    CHECK(parse_duration("2min") == 2min);
    CHECK(parse_duration("100us") == 100us);
    CHECK(parse_duration("1h") == 1h);
    CHECK(parse_duration("0.25s") == 250ms);
    CHECK(parse_duration("1.5min") == 90s);
    CHECK(parse_duration("0s") == 0s);
    for (const char* text : {"", "5", "s", "5 s", "-5s", "+5s", "5sec", "1.s", ".5s", "1.1234567s", "9999999999s",
                             "9000h", "5s ", "1e3s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is shown in the unit that suits it", "[refclient][time]") {
    CHECK(to_text(Duration{5s}) == "5 s");
    CHECK(to_text(Duration{1500ms}) == "1.5 s");
    CHECK(to_text(Duration{10min}) == "10 min");
    CHECK(to_text(Duration{250ms}) == "250 ms");
    CHECK(to_text(Duration{0}) == "0 us");
}
