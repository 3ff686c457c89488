#include "tests/unit/fault/played.hpp"

namespace postfault::test {

using namespace std::chrono_literals;

TEST_CASE("idle: a silent client meets the fault when nothing is due", "[fault][idle]") {
    Played played({fault("idle 0.2T", {"inject 421 idle", "fin"})});
    CHECK(played.connect() == Ops{greeting_sent});
    CHECK(played.conversation().idle_limit() == 400ms);
    played.conversation().on_silence(399ms);
    CHECK(played.take().empty());
    CHECK(played.conversation().idle_limit() == 400ms);
    played.conversation().on_silence(400ms);
    CHECK(played.take() == Ops{"fired 0", R"(send "421 idle\r\n")", "fin"});
    CHECK(played.conversation().ended());
    CHECK_FALSE(played.conversation().idle_limit());
}

TEST_CASE("idle: once in each silence, and each of them counts", "[fault][idle]") {
    Played played({fault("idle 1s", {"inject 250 again"})});
    Played second([] {
        auto only_second = fault("idle 1s", {"inject 250 again"});
        only_second.nth = scenario::Selector{2, 2, 1};
        return std::vector{only_second};
    }());
    for (Played* each : {&played, &second})
        each->connect();
    played.conversation().on_silence(1s);
    second.conversation().on_silence(1s);
    CHECK(played.take().size() == 2);
    CHECK(second.take().empty());
    CHECK_FALSE(played.conversation().idle_limit()); // not again in this silence
    played.client(hello);
    second.client(hello);
    CHECK(played.conversation().idle_limit() == 1s);
    played.conversation().on_silence(1s);
    second.conversation().on_silence(1s);
    CHECK(played.take().size() == 2);
    CHECK(second.take().size() == 2);
}

TEST_CASE("idle: several faults come one after the other in one silence", "[fault][idle]") {
    Played played({fault("idle 2s", {"fin"}), fault("idle 1s", {"inject 250 still there?"})});
    played.after(hello);
    CHECK(played.conversation().idle_limit() == 1s);
    played.conversation().on_silence(1s);
    CHECK(played.take() == Ops{"fired 1", R"(send "250 still there?\r\n")"});
    CHECK(played.conversation().idle_limit() == 2s);
    played.conversation().on_silence(2s);
    CHECK(played.take() == Ops{"fired 0", "fin"});
}

TEST_CASE("idle: half a line and an upload are no silence", "[fault][idle]") {
    Played played({fault("idle 1s", {"reset"})});
    played.after("EHL");
    CHECK_FALSE(played.conversation().idle_limit());
    played.client("O c\r\n");
    CHECK(played.conversation().idle_limit());
    played.client("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    CHECK_FALSE(played.conversation().idle_limit());
    played.client(letter_on_wire);
    CHECK(played.conversation().idle_limit());
}

TEST_CASE("idle: the fault stays with a connection that was opened while there were faults", "[fault][idle]") {
    bool armed = true;
    fault::Occasion occasion;
    occasion.faults_armed = [&armed] { return armed; };
    Played before({fault("idle 1s", {"reset"})}, occasion);
    before.after(hello);
    armed = false;
    Played after({fault("idle 1s", {"reset"})}, occasion);
    after.after(hello);
    CHECK(before.conversation().idle_limit() == 1s);
    CHECK_FALSE(after.conversation().idle_limit());
    before.conversation().on_silence(1s);
    CHECK(before.take() == Ops{"fired 0", "reset"});
}

TEST_CASE("idle: other connections and other chances are left alone", "[fault][idle]") {
    auto third = fault("idle 1s", {"reset"});
    third.conn = scenario::Selector{3, 3, 1};
    Played played({third});
    played.after(hello);
    played.conversation().on_silence(1s);
    CHECK(played.take().empty());
}

TEST_CASE("idle: on the clock it counts from the end of our reply", "[fault][idle]") {
    scenario::Scenario scenario;
    scenario.faults = {fault("EHLO", {"delay 3s"}), fault("idle 1s", {"fin"})};
    protocol::smtp::Service service;
    const auto session = service.open();
    fault::Occasion occasion;
    occasion.limit = limit_of_tests;
    fault::Conversation conversation(scenario, *session, occasion);
    VirtualWire wire(conversation);
    wire.connect();
    wire.advance_to(Instant{500ms});
    wire.write(hello);
    CHECK(wire.deadline() == Instant{3500ms});
    wire.advance_to(Instant{4499ms});
    CHECK(wire.fired() == std::vector<std::size_t>{0});
    wire.advance_to(Instant{4500ms});
    CHECK(wire.fired() == std::vector<std::size_t>{0, 1});
    CHECK(wire.end() == VirtualWire::End::fin);
}

} // namespace postfault::test
