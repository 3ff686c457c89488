#include "fakeserver/fault/matching.hpp"
#include "tests/unit/fault/played.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace postfault::test {

using namespace std::chrono_literals;

namespace {

using Kind = scenario::Point::Kind;
using Numbers = std::vector<std::size_t>;

Numbers numbers(const std::vector<fault::Due>& due) {
    Numbers found;
    for (const fault::Due& each : due)
        found.push_back(each.number);
    return found;
}

scenario::Scenario with(std::vector<scenario::Fault> faults) {
    scenario::Scenario scenario;
    scenario.faults = std::move(faults);
    return scenario;
}

scenario::Fault at(std::string_view point) { return fault(point, {"delay 1s"}); }

scenario::Fault at_nth(std::string_view point, std::uint32_t nth) {
    scenario::Fault found = at(point);
    found.nth = scenario::Selector{nth, nth, 1};
    return found;
}

// A session knows nothing unless a test says otherwise.
bool receive(fault::Matching& matching, const std::string& subject, const protocol::Facts& facts = {}) {
    protocol::Step step;
    step.subject = subject;
    return matching.on_received(step, [&] { return facts; });
}

} // namespace

TEST_CASE("matching: kind and subject make a point, and faults keep their order", "[fault][matching]") {
    const auto scenario = with({at("EHLO done"), at("EHLO"), at("MAIL"), at("EHLO"), at("EHLO reply@3")});
    const fault::Occasion occasion;
    fault::Matching matching(scenario, occasion);
    receive(matching, "EHLO");
    CHECK(numbers(matching.at(Kind::received, "EHLO")) == Numbers{1, 3});
    CHECK(numbers(matching.at(Kind::reply, "EHLO")) == Numbers{4});
    CHECK(numbers(matching.at(Kind::done, "EHLO")) == Numbers{0});
    CHECK(matching.at(Kind::received, "EHLO").front().fault == &scenario.faults[1]);
    CHECK(matching.at(Kind::received, "RCPT").empty());
}

TEST_CASE("matching: each subject has its own count, and its reply belongs to the last", "[fault][matching]") {
    const auto scenario = with({at_nth("RCPT", 2), at_nth("RCPT done", 2), at_nth("NOOP", 1)});
    const fault::Occasion occasion;
    fault::Matching matching(scenario, occasion);
    receive(matching, "RCPT");
    receive(matching, "NOOP");
    CHECK(matching.at(Kind::received, "RCPT").empty());
    CHECK(numbers(matching.at(Kind::received, "NOOP")) == Numbers{2});
    receive(matching, "RCPT");
    CHECK(numbers(matching.at(Kind::received, "RCPT")) == Numbers{0});
    CHECK(numbers(matching.at(Kind::done, "RCPT")) == Numbers{1});
    CHECK(numbers(matching.at(Kind::done, "RCPT")) == Numbers{1}); // to ask is not to count
}

TEST_CASE("matching: what is never received, as in TLS, is the first", "[fault][matching]") {
    const auto scenario = with({at("tls client-hello"), at_nth("tls done", 1), at_nth("tls done", 2)});
    const fault::Occasion occasion;
    const fault::Matching matching(scenario, occasion);
    CHECK(numbers(matching.at(Kind::received, scenario::client_hello)) == Numbers{0});
    CHECK(numbers(matching.at(Kind::done, "tls")) == Numbers{1});
}

TEST_CASE("matching: at connect the occurrence is the connection", "[fault][matching]") {
    auto for_second = at("connect");
    for_second.conn = scenario::Selector{2, 2, 1};
    const auto scenario = with({at_nth("connect", 2), for_second, fault("connect", {"refuse"}),
                                fault("connect", {"blackhole"}), at_nth("connect", 1)});
    fault::Occasion occasion;
    occasion.connection = 2;
    CHECK(numbers(fault::Matching(scenario, occasion).at_connect()) == Numbers{0, 1}); // the others are the listener's
}

TEST_CASE("matching: an upload is watched at each place once, and passes it once each time", "[fault][matching]") {
    const auto scenario =
        with({at("body@50%"), at("body@30"), at_nth("body@10", 2), at("DATA"), at("body@10"), at("body@5000")});
    fault::Occasion occasion;
    occasion.upload_octets = 20;
    fault::Matching matching(scenario, occasion);
    CHECK(matching.upload_places() == std::vector<std::uint64_t>{10, 30, 5000});
    CHECK(numbers(matching.at_upload(10)) == Numbers{0, 4});
    CHECK(numbers(matching.at_upload(10)) == Numbers{0, 2, 4});
    CHECK(numbers(matching.at_upload(30)) == Numbers{1});
    CHECK(matching.at_upload(11).empty());
}

TEST_CASE("matching: chance is drawn once for each fault and occurrence", "[fault][matching]") {
    auto even = at("NOOP");
    even.probability = 0.5;
    const auto scenario = with({even, even});
    const auto draws = [&](std::uint64_t seed) {
        fault::Occasion occasion;
        occasion.rng = Rng(seed);
        fault::Matching matching(scenario, occasion);
        std::vector<Numbers> drawn;
        for (int turn = 0; turn < 200; ++turn) {
            receive(matching, "NOOP");
            drawn.push_back(numbers(matching.at(Kind::received, "NOOP")));
            CHECK(numbers(matching.at(Kind::received, "NOOP")) == drawn.back());
        }
        return drawn;
    };
    const auto drawn = draws(1);
    CHECK(draws(1) == drawn);
    CHECK(draws(2) != drawn);
    for (const Numbers& each : {Numbers{}, Numbers{0}, Numbers{1}, Numbers{0, 1}}) {
        CAPTURE(each.size());
        CHECK(std::count(drawn.begin(), drawn.end(), each) > 25);
    }
}

TEST_CASE("matching: facts are asked for only where a fault has an 'if'", "[fault][matching]") {
    auto slow = at("RCPT");
    slow.only_if.recipient = "slow*";
    int asked = 0;
    const auto knows = [&] {
        ++asked;
        return protocol::Facts{"", {"slow@b"}, "", ""};
    };
    protocol::Step step;
    step.subject = "RCPT";
    const fault::Occasion occasion;

    const auto plain = with({at("RCPT")});
    fault::Matching careless(plain, occasion);
    careless.on_received(step, knows);
    CHECK(asked == 0);

    const auto picky = with({slow});
    fault::Matching matching(picky, occasion);
    CHECK(matching.at(Kind::received, "RCPT").empty());
    matching.on_received(step, knows);
    CHECK(asked == 1);
    CHECK(numbers(matching.at(Kind::received, "RCPT")) == Numbers{0});
    receive(matching, "RCPT");
    CHECK(matching.at(Kind::received, "RCPT").empty()); // only the latest counts
}

TEST_CASE("matching: a stored message speaks for itself, and leaves its transaction's recipients",
          "[fault][matching]") {
    auto fault_if = at("accepted");
    fault_if.only_if = {"", "slow*", "*dup*"};
    const auto scenario = with({fault_if});
    const fault::Occasion occasion;
    protocol::Step accepted;
    accepted.subject = "accepted";
    accepted.stored = std::make_shared<protocol::Stored>(protocol::Stored{"", {"fast@b"}, "<dup-1@x>", ""});
    const auto never = [] {
        FAIL("the session has forgotten the transaction");
        return protocol::Facts{};
    };

    fault::Matching known(scenario, occasion);
    receive(known, "dot", {"", {"slow@b"}, "", ""});
    known.on_received(accepted, never);
    CHECK(numbers(known.at(Kind::received, "accepted")) == Numbers{0});

    fault::Matching unknown(scenario, occasion);
    unknown.on_received(accepted, never);
    CHECK(unknown.at(Kind::received, "accepted").empty());
}

TEST_CASE("matching: disarmed, only QUIT of a connection from before is left", "[fault][matching]") {
    const auto scenario = with({at("QUIT"), at("NOOP"), at("body@0"), at("connect")});
    bool armed = true;
    fault::Occasion occasion;
    occasion.faults_armed = [&armed] { return armed; };
    fault::Matching before(scenario, occasion);
    armed = false;
    fault::Matching after(scenario, occasion);
    CHECK(numbers(before.at(Kind::received, "QUIT")) == Numbers{0});
    CHECK(after.at(Kind::received, "QUIT").empty());
    CHECK(before.at(Kind::received, "NOOP").empty());
    CHECK(before.at_upload(0).empty());
    CHECK(before.at_connect().empty());
}

TEST_CASE("matching: a silence makes due what lies between the last look and this one", "[fault][matching]") {
    const auto scenario = with({at("idle 3s"), at("idle 0.5T"), at("NOOP"), at("idle 2s")});
    fault::Occasion occasion;
    occasion.limit = 2s;
    fault::Matching matching(scenario, occasion);
    CHECK(matching.idle_limit() == 1s);
    CHECK(matching.on_silence(999ms).empty());
    CHECK(matching.idle_limit() == 1s);
    CHECK(numbers(matching.on_silence(2s)) == Numbers{1, 3});
    CHECK(matching.on_silence(2s).empty());
    CHECK(matching.idle_limit() == 3s);
    CHECK(numbers(matching.on_silence(5s)) == Numbers{0});
    CHECK_FALSE(matching.idle_limit());
    matching.on_bytes();
    CHECK(matching.idle_limit() == 1s);
    CHECK(numbers(matching.on_silence(1s)) == Numbers{1});
}

TEST_CASE("matching: before the client has chosen there is no fault, then those of its scenario", "[fault][matching]") {
    const auto offered = with({at("EHLO"), at("idle 1s")});
    auto chosen = with({at("RCPT"), at("body@50%")});
    chosen.id = "chosen";
    chosen.message.size = 100;
    chosen.faults.front().conn = scenario::Selector{7, 7, 1};
    int asked = 0;
    fault::Occasion occasion;
    occasion.choose = [&](const protocol::Facts& facts) -> std::optional<fault::Choice> {
        ++asked;
        if (facts.recipients.empty())
            return std::nullopt;
        return fault::Choice{&chosen, 7};
    };
    fault::Matching matching(offered, occasion);
    CHECK_FALSE(receive(matching, "EHLO"));
    CHECK(matching.at(Kind::received, "EHLO").empty());
    CHECK_FALSE(matching.idle_limit());
    CHECK(matching.upload_places().empty());
    CHECK(receive(matching, "RCPT", {"", {"to@chosen"}, "", ""}));
    CHECK(matching.scenario().id == "chosen");
    CHECK(numbers(matching.at(Kind::received, "RCPT")) == Numbers{0}); // its connections are counted anew
    CHECK(matching.upload_places() == std::vector<std::uint64_t>{50});
    CHECK_FALSE(receive(matching, "RCPT", {"", {"to@other"}, "", ""}));
    CHECK(asked == 2); // once and for all
}

} // namespace postfault::test
