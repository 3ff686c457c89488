#include "fakeserver/base/glob.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;

TEST_CASE("a glob stands for texts", "[base][glob]") {
    CHECK(matches_glob("", ""));
    CHECK(matches_glob("", "*"));
    CHECK_FALSE(matches_glob("", "?"));
    CHECK_FALSE(matches_glob("a", ""));
    CHECK(matches_glob("slow@a.test", "slow*@*"));
    CHECK(matches_glob("slow-1@a.test", "slow*@*"));
    CHECK_FALSE(matches_glob("fast@a.test", "slow*@*"));
    CHECK_FALSE(matches_glob("slow", "slow*@*"));
    CHECK(matches_glob("abab", "*ab"));
    CHECK(matches_glob("aXbXc", "a?b?c"));
    CHECK(matches_glob("a*b", "a*b"));
    CHECK_FALSE(matches_glob("abc", "ab"));
    CHECK(matches_glob("ab", "ab**"));
}

TEST_CASE("a glob minds the case of letters unless told not to", "[base][glob]") {
    CHECK_FALSE(matches_glob("A", "a"));
    CHECK(matches_glob("SLOW@A.Test", "slow*@*.tESt", Letters::either_case));
}

TEST_CASE("a glob of many stars takes no time", "[base][glob]") {
    const std::string text(100'000, 'a');
    std::string glob;
    for (int i = 0; i < 50; ++i)
        glob += "*a";
    CHECK_FALSE(matches_glob(text, glob + "b"));
}
