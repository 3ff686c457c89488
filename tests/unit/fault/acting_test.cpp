#include "fakeserver/fault/acting.hpp"
#include "tests/unit/fault/open_letters.hpp"
#include "tests/unit/fault/played.hpp"

#include <memory>
#include <string>

namespace postfault::test {

using namespace std::chrono_literals;

namespace {

// What the client can read of it is nothing.
const std::string close_notify = R"(send TLS of "")";

struct Stage {
    Stage() { occasion.limit = limit_of_tests; }

    Stage& secure() {
        tls.begin({});
        tls.advance();
        tls.on_established();
        tls.take_news();
        return *this;
    }

    // Everything that these actions do before that reply.
    Ops act(std::initializer_list<std::string_view> actions, std::string_view reply = "250 Ok\r\n") {
        acting.act(fault("NOOP", actions).actions, {reply, 0}, pace);
        Ops ops;
        while (!program.is_empty())
            if (const auto op = program.next(tls.seal(), occasion.limit))
                ops.push_back(describe(*op));
        return ops;
    }

    fault::Occasion occasion;
    fault::OpenChannel open = [] { return std::make_unique<OpenLetters>(); };
    fault::TlsSide tls{open};
    fault::Program program;
    fault::Acting acting{occasion, program, tls};
    std::optional<fault::Pace> pace;
};

} // namespace

TEST_CASE("acting: times are counted in T where the scenario says so", "[fault][acting]") {
    CHECK(Stage().act({"delay 0.5T", "stall 2s", "deaf 1T"}) == Ops{"pause 1s", "pause 2s", "stop reading 2s"});
    CHECK(Stage().act({"freeze 1s"}) == Ops{"stop reading 1s", "pause 1s"});
    CHECK(Stage().act({"deaf"}) == Ops{"stop reading for ever"});
}

TEST_CASE("acting: a pace holds from where it is ordered, and can be replaced", "[fault][acting]") {
    Stage stage;
    CHECK(stage.act({"inject a", "drip 2B/1s", "inject b", "split lines"}) ==
          Ops{R"(send "a\r\n")", R"(send "b\r")", "pause 1s", R"(send "\n")"});
    REQUIRE(stage.pace);
    CHECK(stage.pace->octets == 0);
    CHECK_FALSE(stage.pace->every);
}

TEST_CASE("acting: a rate is a pace of twenty pieces a second, but not of less than an octet", "[fault][acting]") {
    const auto paced = [](std::string_view action) {
        return fault::pace_of(fault("NOOP", {action}).actions[0], limit_of_tests);
    };
    CHECK(paced("throttle 2000B/s")->octets == 100);
    CHECK(paced("throttle 2000B/s")->every == 50ms);
    CHECK(paced("throttle 4B/s")->octets == 1);
    CHECK(paced("throttle 4B/s")->every == 250ms);
    CHECK(paced("drip 3B/0.5T")->every == 1s);
    CHECK_FALSE(paced("delay 1s"));
}

TEST_CASE("acting: nothing is done behind an end", "[fault][acting]") {
    CHECK(Stage().act({"reset", "inject never"}) == Ops{"reset"});
    CHECK(Stage().act({"inject bye", "cut", "fin"}) == Ops{R"(send "bye\r\n")", "fin"});
}

TEST_CASE("acting: what needs the session or the correct reply does nothing", "[fault][acting]") {
    CHECK(Stage().act({"edit + 250-X", "flip @3", "refuse", "blackhole", "cert expired"}).empty());
}

TEST_CASE("acting: under TLS the server says that it closes, unless it cuts", "[fault][acting]") {
    CHECK(Stage().secure().act({"fin"}) == Ops{close_notify, "fin"});
    CHECK(Stage().secure().act({"half-close"}) == Ops{close_notify, "half-close without FIN"});
    CHECK(Stage().secure().act({"cut"}) == Ops{"fin"});
    CHECK(Stage().act({"fin"}) == Ops{"fin"});
    CHECK(Stage().act({"half-close"}) == Ops{"half-close"});
}

TEST_CASE("acting: an alert ends the connection, unless the scenario keeps it", "[fault][acting]") {
    Stage stage;
    stage.secure();
    CHECK(stage.act({"alert internal_error"}).back() == "fin");
    const auto news = stage.tls.take_news();
    REQUIRE(news.size() == 1);
    CHECK(news[0].subject == "alert");
    CHECK(news[0].text == "internal_error to the client");
    CHECK(Stage().secure().act({"alert internal_error", "delay 1s"}).back() == "fin");
    CHECK(Stage().secure().act({"alert internal_error", "stall"}).back() == "pause for ever");
    CHECK(Stage().secure().act({"alert internal_error", "half-close"}).back() == "half-close without FIN");
    CHECK(Stage().secure().act({"alert internal_error", "reset"}).back() == "reset");
    CHECK(Stage().act({"alert internal_error"}) == Ops{"fin"}); // without TLS there is none
}

TEST_CASE("acting: a flood repeats what is around it, and is sealed where all else is", "[fault][acting]") {
    CHECK(Stage().act({"flood 100"}) == Ops{R"(flood 100 of "250-flood\r\n")"});
    CHECK(Stage().secure().act({"flood 10"}) == Ops{R"(send TLS of "250-flood\r")"});
}

} // namespace postfault::test
