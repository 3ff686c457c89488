#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/result.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace refclient;
using namespace std::chrono_literals;

TEST_CASE("the limits are at least those of RFC 5321", "[refclient][policy]") {
    const Limits limits;
    CHECK(limits[Wait::greeting] >= 5min);
    CHECK(limits[Wait::mail] >= 5min);
    CHECK(limits[Wait::rcpt] >= 5min);
    CHECK(limits[Wait::go_ahead] >= 2min);
    CHECK(limits[Wait::block] >= 3min);
    CHECK(limits[Wait::final_reply] >= 10min);
    for (std::size_t i = 0; i < wait_count; ++i)
        CHECK(limits[static_cast<Wait>(i)].has_value());
}

TEST_CASE("one limit for all waits makes the one for QUIT no longer", "[refclient][policy]") {
    Limits limits;
    limits.set_all(2h);
    CHECK(limits[Wait::rcpt] == 2h);
    CHECK(limits[Wait::quit] == 30s);
    limits.set_all(1s);
    CHECK(limits[Wait::final_reply] == 1s);
    CHECK(limits[Wait::quit] == 1s);
}

TEST_CASE("every defect has a name of its own, a description and a public bug", "[refclient][defects]") {
    std::set<std::string_view> names;
    for (const Defect& defect : defects()) {
        CHECK(names.insert(defect.name).second);
        CHECK_FALSE(defect.description.empty());
        CHECK_FALSE(defect.stands_for.empty());
        CHECK(find_defect(defect.name) == &defect);
    }
    CHECK(find_defect("no_such_defect") == nullptr);
}

TEST_CASE("what the peer said is shown escaped and bounded", "[refclient][result]") {
    CHECK(printable("a\r\n\t\\\x1b\xff b") == "a\\r\\n\\t\\\\\\x1b\\xff b");
    CHECK(printable("abcdef", 3) == "abc...");
    CHECK(printable("abc", 3) == "abc");
}
