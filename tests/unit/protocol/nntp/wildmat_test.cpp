#include "fakeserver/protocol/nntp/wildmat.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault::protocol::nntp;

TEST_CASE("wildmats match as in RFC 3977 4.4", "[nntp][wildmat]") {
    CHECK(matches_wildmat("abc", "abc"));
    CHECK(!matches_wildmat("abcd", "abc"));
    CHECK(matches_wildmat("abc", "*"));
    CHECK(matches_wildmat("abc", "a*c"));
    CHECK(matches_wildmat("ac", "a*c"));
    CHECK(matches_wildmat("abcbc", "a*bc"));
    CHECK(!matches_wildmat("abcb", "a*bc"));
    CHECK(matches_wildmat("abc", "a?c"));
    CHECK(!matches_wildmat("ac", "a?c"));
    CHECK(matches_wildmat("a\xc3\xa4"
                          "c",
                          "a?c"));
    CHECK(matches_wildmat("a", "a,b"));
    CHECK(!matches_wildmat("c", "a,b"));
    CHECK(!matches_wildmat("abb", "a*,!*b,*c*"));
    CHECK(matches_wildmat("ac", "a*,!*b,*c*"));
    CHECK(matches_wildmat("bcb", "a*,!*b,*c*"));
    CHECK(!matches_wildmat("aab", "a*,!*b"));
    CHECK(!matches_wildmat("", "?"));
    CHECK(matches_wildmat("", "*"));
}

TEST_CASE("a hostile wildmat costs no time worth the name", "[nntp][wildmat]") {
    std::string pattern;
    for (int i = 0; i < 100; ++i)
        pattern += "*a";
    CHECK(!matches_wildmat(std::string(5000, 'a') + 'b', pattern));
}

TEST_CASE("brackets and backslashes are no part of a wildmat", "[nntp][wildmat]") {
    for (const char* text : {"*", "a.*,!a.b", "comp.?"})
        CHECK(is_wildmat(text));
    for (const char* text : {"", "a,", "!", "[a]", "a\\b", "a!b"})
        CHECK(!is_wildmat(text));
}
