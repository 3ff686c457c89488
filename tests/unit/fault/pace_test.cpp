#include "tests/unit/fault/played.hpp"

#include <algorithm>
#include <string>

namespace postfault::test {

namespace {

using namespace std::chrono_literals;

Ops greeting_with(std::initializer_list<std::string_view> actions, std::string_view at = "greeting") {
    return Played({fault(at, actions)}).connect(); // 24 octets
}

// When each piece of the greeting leaves.
std::vector<Instant> times_of(std::string_view action, Duration limit = limit_of_tests) {
    fault::Occasion occasion;
    occasion.limit = limit;
    Played server({fault("greeting", {action})}, occasion);
    VirtualWire wire(server.conversation());
    wire.connect();
    wire.play_out();
    std::vector<Instant> times;
    for (const VirtualWire::Sent& piece : wire.sent())
        times.push_back(piece.at);
    CHECK(wire.all_sent() == "220 mx ESMTP postfault\r\n");
    return times;
}

} // namespace

TEST_CASE("drip pauses between two pieces and not before the first", "[fault][pace]") {
    CHECK(greeting_with({"drip 10B/200ms"}) == Ops{"fired 0", R"(send "220 mx ESM")", "pause 200ms",
                                                   R"(send "TP postfau")", "pause 200ms paced",
                                                   R"(send "lt\r\n" ends greeting)"});
    CHECK(greeting_with({"drip 10B/200ms"}, "greeting reply@20") ==
          Ops{R"(send "220 mx ESMTP postfau")", "fired 0", R"(send "lt\r\n" ends greeting)"});
    CHECK(times_of("drip 10B/0.1T") == std::vector{Instant{}, Instant{200ms}, Instant{400ms}});
}

TEST_CASE("A delay before the drip does not become a part of its pace", "[fault][pace]") {
    CHECK(greeting_with({"drip 20B/200ms", "delay 1s"}) == Ops{"fired 0", "pause 1s", R"(send "220 mx ESMTP postfau")",
                                                               "pause 200ms", R"(send "lt\r\n" ends greeting)"});
}

TEST_CASE("drip: a reply of 23 minutes costs no real time", "[fault][pace]") {
    const auto times = times_of("drip 1B/1min");
    REQUIRE(times.size() == 24);
    CHECK(times.back() == Instant{23min});
}

TEST_CASE("throttle keeps its rate however small", "[fault][pace]") {
    CHECK(times_of("throttle 1/s").back() == Instant{23s});
    const auto fast = times_of("throttle 200/s"); // ten octets, twenty times a second
    CHECK(fast == std::vector{Instant{}, Instant{50ms}, Instant{100ms}});
}

TEST_CASE("split sends segments of their own that together take no time worth the name", "[fault][pace]") {
    CHECK(greeting_with({"split 20"}) ==
          Ops{"fired 0", R"(send "220 mx ESMTP postfau")", "pause 5ms", R"(send "lt\r\n" ends greeting)"});
    for (const Duration limit : {Duration{10ms}, Duration{100ms}, Duration{2s}, Duration{5min}}) {
        const auto times = times_of("split 1", limit);
        REQUIRE(times.size() == 24);
        CHECK(times.back() <= Instant{} + limit / 4);
        CHECK(times.back() <= Instant{} + 23 * 5ms);
        CHECK(std::adjacent_find(times.begin(), times.end(), [](Instant a, Instant b) { return a >= b; }) ==
              times.end());
    }
}

TEST_CASE("split lines sends each line on its own", "[fault][pace]") {
    Played server({fault("EHLO", {"split lines"})});
    server.connect();
    CHECK(server.client(hello) == Ops{"fired 0", R"(send "250-mx\r\n")", "pause 5ms", R"(send "250-SIZE 1000\r\n")",
                                      "pause 5ms", R"(send "250 PIPELINING\r\n" ends EHLO)"});
}

TEST_CASE("The pace of one fault behind a reply is not that of the next", "[fault][pace]") {
    Played server({fault("greeting done", {"split 3", "inject abcdef"}), fault("greeting done", {"inject ghijkl"})});
    CHECK(server.connect().back() == R"(send "ghijkl\r\n")");
}

TEST_CASE("A pace holds for the text that follows in the list and for the reply", "[fault][pace]") {
    CHECK(greeting_with({"split 20", "inject 220-abc"}) == Ops{"fired 0", R"(send "220-abc\r\n")",
                                                               R"(send "220 mx ESMTP postfau")", "pause 5ms",
                                                               R"(send "lt\r\n" ends greeting)"});
    CHECK(greeting_with({"drip 5B/1s", "reply 554 no"}) ==
          Ops{"fired 0", R"(send "554 n")", "pause 1s", R"(send "o\r\n" ends greeting)"});
}

} // namespace postfault::test
