#include "fakeserver/base/text.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace std::string_literals;

TEST_CASE("peer bytes are printed escaped", "[base][text]") {
    CHECK(escaped("250-mx\r\n") == "250-mx\\r\\n");
    CHECK(escaped("a\tb\\c\"d") == "a\\tb\\\\c\\\"d");
    CHECK(escaped("\0\x7f\xff"s) == "\\x00\\x7f\\xff");
}

TEST_CASE("an excerpt says how much is missing", "[base][text]") {
    CHECK(escaped_excerpt("short", 10) == "short");
    CHECK(escaped_excerpt("0123456789abc", 10) == "0123456789… (3 octets more)");
}

TEST_CASE("words and parts", "[base][text]") {
    CHECK(words("  MAIL  FROM:<a>\r\n") == std::vector<std::string_view>{"MAIL", "FROM:<a>"});
    CHECK(words(" \t").empty());
    CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ',') == std::vector<std::string_view>{""});
    CHECK(trimmed(" \ta b\r\n") == "a b");
    CHECK(joined({"a", "b"}, " or ") == "a or b");
}

TEST_CASE("protocol words ignore case", "[base][text]") {
    CHECK(to_upper("Ehlo-1") == "EHLO-1");
    CHECK(equals_ignoring_case("eHlO", "EhLo"));
    CHECK_FALSE(equals_ignoring_case("EHLO", "EHL"));
    CHECK(starts_with_ignoring_case("mail from:", "MAIL"));
    CHECK_FALSE(starts_with_ignoring_case("MAI", "MAIL"));
}

TEST_CASE("the word that was probably meant is offered, and no other", "[base][text]") {
    const std::vector<std::string_view> keys{"at", "do", "conn", "nth", "p"};
    CHECK(did_you_mean("nht", keys) == " (did you mean 'nth'?)");
    CHECK(did_you_mean("con", keys) == " (did you mean 'conn'?)");
    CHECK(did_you_mean("AT", keys) == " (did you mean 'at'?)");
    CHECK(did_you_mean("occurrence", keys).empty());
    CHECK(did_you_mean("", keys).empty());
}
