#include "fakeserver/base/rng.hpp"

#include <catch2/catch.hpp>

using namespace postfault;

TEST_CASE("the same seed gives the same numbers on every machine", "[base][rng]") {
    // SplitMix64's published first values for the seed 0.
    Rng rng(0);
    CHECK(rng.next() == 0xe220a8397b1dcdafULL);
    CHECK(rng.next() == 0x6e789e6aa1b965f4ULL);
    CHECK(rng.next() == 0x06c45d188009454fULL);
}

TEST_CASE("a fork depends on its label and not on what was drawn in between", "[base][rng]") {
    const Rng parent(7);
    Rng same(7);
    CHECK(parent.fork("conn 2").next() == same.fork("conn 2").next());
    CHECK(parent.fork("conn 2").next() != parent.fork("conn 3").next());
    Rng child = parent.fork("conn 2");
    CHECK(child.next() != same.next());
}

TEST_CASE("numbers below a bound, chances and bytes", "[base][rng]") {
    Rng rng(42);
    for (int round = 0; round < 1000; ++round)
        REQUIRE(rng.below(6) < 6);
    CHECK(rng.below(1) == 0);
    CHECK_FALSE(rng.chance(0));
    CHECK(rng.chance(1));
    int hits = 0;
    for (int round = 0; round < 10000; ++round)
        hits += rng.chance(0.05) ? 1 : 0;
    CHECK(hits > 400);
    CHECK(hits < 600);
    CHECK(rng.bytes(100).size() == 100);
    CHECK(rng.bytes(0).empty());
    CHECK(Rng(1).bytes(64) == Rng(1).bytes(64));
}
