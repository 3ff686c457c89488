#include "fakeserver/base/rng.hpp"
#include "fakeserver/base/units.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number with a unit", "[base][units]") {
    CHECK(*parse_duration("40us") == 40us);
    CHECK(*parse_duration("250ms") == 250ms);
    CHECK(*parse_duration("5s") == 5s);
    CHECK(*parse_duration("2min") == 2min);
    CHECK(*parse_duration("1h") == 1h);
    CHECK(*parse_duration("1.5s") == 1500ms);
    CHECK(*parse_duration("0s") == 0s);
    CHECK(*parse_duration("720h") == 720h);
}

TEST_CASE("a duration without a unit is refused with the cure", "[base][units]") {
    CHECK(parse_duration("200").problem() == "a duration needs a unit: us, ms, s or min; got '200'");
    CHECK(parse_time_value("200").problem() == "a duration needs a unit: us, ms, s or min; got '200'");
}

TEST_CASE("what is no duration is refused", "[base][units]") {
    for (const char* text :
         {"", "s", "-5s", "+5s", "5 s s", "1e3s", "nan", "inf", "infs", "5S", "1..2s", "soon", "5sec"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
    CHECK(parse_duration("soon").problem() == "expected a duration such as 250ms or 5s, got 'soon'");
    CHECK(parse_duration("721h").problem() == "a duration is at most 30 days, got '721h'");
}

TEST_CASE("a time value may be relative to T", "[base][units]") {
    CHECK(parse_time_value("T")->limits == 1);
    CHECK(parse_time_value("0.8T")->limits == 0.8);
    CHECK(parse_time_value("2T")->at(3s) == 6s);
    CHECK(parse_time_value("5s")->at(3s) == 5s);
    CHECK_FALSE(parse_time_value("5s")->is_relative());
    CHECK(parse_time_value("1001T").problem() == "a time is at most 1000T, got '1001T'");
    CHECK(parse_time_value("later").problem() == "expected a duration such as 250ms or 0.8T, got 'later'");
}

TEST_CASE("a size is a whole number of octets", "[base][units]") {
    CHECK(*parse_size("512") == 512);
    CHECK(*parse_size("512B") == 512);
    CHECK(*parse_size("64KiB") == 65536);
    CHECK(*parse_size("0.5KiB") == 512);
    CHECK(*parse_size("16MiB") == 16777216);
    CHECK(*parse_size("1GiB") == 1073741824);
    CHECK(*parse_size("3kB") == 3000);
    CHECK(parse_size("0.3B").problem() == "a size is a whole number of octets, got '0.3B'");
    CHECK(parse_size("2000GiB").problem() == "a size is at most 1024GiB, got '2000GiB'");
    CHECK(parse_size("64Kib").problem() == "expected a size such as 512, 64KiB or 16MiB, got '64Kib'");
}

TEST_CASE("durations print short and exact", "[base][units]") {
    CHECK(to_string(Duration{0}) == "0s");
    CHECK(to_string(Duration{40us}) == "40us");
    CHECK(to_string(Duration{250ms}) == "250ms");
    CHECK(to_string(Duration{1250ms}) == "1.25s");
    CHECK(to_string(Duration{2min}) == "2min");
    CHECK(to_string(TimeValue{Duration{0}, 1}) == "T");
    CHECK(to_string(TimeValue{Duration{0}, 0.8}) == "0.8T");
    CHECK(in_seconds(12003ms) == "12.003 s");
}

TEST_CASE("printed durations and sizes read back as the same", "[base][units][property]") {
    const std::uint64_t seed = 20260101;
    CAPTURE(seed);
    Rng rng(seed);
    for (int round = 0; round < 5000; ++round) {
        const Duration duration{static_cast<Duration::rep>(rng.below(std::uint64_t{1} << (1 + rng.below(41))))};
        CAPTURE(to_string(duration));
        REQUIRE(*parse_duration(to_string(duration)) == duration);
        const std::uint64_t size = rng.below(std::uint64_t{1} << (1 + rng.below(40)));
        CAPTURE(size_to_string(size));
        REQUIRE(*parse_size(size_to_string(size)) == size);
    }
}

TEST_CASE("sizes print with the largest unit that fits", "[base][units]") {
    CHECK(size_to_string(0) == "0");
    CHECK(size_to_string(512) == "512");
    CHECK(size_to_string(1025) == "1025");
    CHECK(size_to_string(65536) == "64KiB");
    CHECK(size_to_string(std::uint64_t{16} << 20) == "16MiB");
    CHECK(size_to_string(std::uint64_t{1} << 40) == "1024GiB");
}
