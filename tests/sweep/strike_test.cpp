// The flagship: the healthy conversation, struck at every octet.

#include "client_under_test/conversation/defects.hpp"
#include "tests/sweep/trial.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <string>

namespace postfault::test {

namespace {

using refclient::Outcome;
using How = Strike::How;
using Side = Strike::Side;

constexpr Task tasks[] = {Task::send, Task::relay, Task::deliver, Task::post, Task::feed, Task::read};
constexpr Delivery deliveries[] = {Delivery::whole, Delivery::bytewise};

PairRun healthy_run(Task task, const std::string& letter) {
    const Trial trial = attempt(task, letter, settings_with(Delivery::whole));
    REQUIRE_FALSE(trial.run.still_waiting);
    REQUIRE(trial.run.outcome == Outcome::ok);
    REQUIRE(trial.intact);
    return trial.run;
}

Strike strike_at(Side side, std::uint64_t at, How how, Duration limit) {
    Strike strike;
    strike.side = side;
    strike.at = at;
    strike.how = how;
    // Two octets take longer than any wait may: whatever has two octets to go is out of time.
    strike.every = limit * 6 / 10;
    return strike;
}

// A client learns of a FIN or RST at once and of silence at its limit, to the microsecond. Dripping may let it finish
// the wait that it is in, and starts with the next one again.
bool ends_in_time(const PairRun& run, How how, Duration limit) {
    switch (how) {
    case How::fin:
    case How::reset:
        return run.finished_within(Duration{0});
    case How::stall:
        return run.finished_within(limit) && run.finished_at - *run.fired_at == limit;
    case How::drip:
        return run.finished_within(2 * limit);
    }
    return false;
}

// Never `ok` without a message stored or an article complete; and never a plain failure, which asks for another try,
// for what the server has taken.
bool tells_the_truth(Task task, const Trial& trial) {
    if (task == Task::read)
        return trial.run.outcome == Outcome::ok ? trial.intact : trial.article.empty();
    if (trial.run.outcome == Outcome::ok)
        return trial.run.stored == 1 && trial.intact;
    return trial.run.stored == 0 || trial.run.outcome == Outcome::uncertain;
}

void check(Task task, const Trial& trial, How how, Duration limit) {
    const PairRun& run = trial.run;
    INFO("client: " << refclient::to_text(run.outcome) << ": " << run.text);
    CHECK(run.fault_fired);
    CHECK_FALSE(run.still_waiting);
    CHECK(ends_in_time(run, how, limit));
    CHECK(tells_the_truth(task, trial));
    CHECK(run.stored_late == 0);
    CHECK(run.client_closed);
}

void sweep(Task task, const std::string& letter, Side side, std::initializer_list<How> hows, Delivery delivery,
           std::size_t room = std::size_t{1} << 20) {
    const PairRun healthy = healthy_run(task, letter);
    const std::uint64_t octets = side == Side::output ? healthy.server_octets : healthy.client_octets;
    PairSettings settings = settings_with(delivery);
    settings.room = room;
    for (std::uint64_t at = 0; at < octets; ++at)
        for (const How how : hows) {
            CAPTURE(at, octets, to_string(how), to_string(delivery), room);
            settings.strike = strike_at(side, at, how, settings.limit);
            check(task, attempt(task, letter, settings), how, settings.limit);
        }
}

// How many octets of the server's output leave this client waiting for ever if nothing follows them.
std::uint64_t hangs(Task task, const refclient::Policy& policy) {
    const std::string letter = short_letter();
    const std::uint64_t octets = healthy_run(task, letter).server_octets;
    std::uint64_t count = 0;
    for (const Delivery delivery : deliveries)
        for (std::uint64_t at = 0; at < octets; ++at) {
            PairSettings settings = settings_with(delivery);
            settings.policy = policy;
            settings.strike = strike_at(Side::output, at, How::stall, settings.limit);
            const Trial trial = attempt(task, letter, settings);
            CAPTURE(at, octets, to_string(delivery));
            CHECK(trial.run.fault_fired);
            CHECK((trial.run.still_waiting || tells_the_truth(task, trial)));
            count += trial.run.still_waiting ? 1 : 0;
        }
    return count;
}

} // namespace

TEST_CASE("A healthy conversation takes no time and ends with QUIT", "[sweep]") {
    for (const Task task : tasks)
        for (const Delivery delivery : deliveries)
            for (const std::string& letter : {short_letter(), medium_letter()})
                for (const std::size_t room : {std::size_t{1}, std::size_t{64}, std::size_t{1} << 20}) {
                    CAPTURE(scenario::to_string(task), to_string(delivery), letter.size(), room);
                    PairSettings settings = settings_with(delivery);
                    settings.room = room;
                    const Trial trial = attempt(task, letter, settings);
                    CHECK_FALSE(trial.run.fault_fired);
                    CHECK_FALSE(trial.run.still_waiting);
                    CHECK(trial.run.outcome == Outcome::ok);
                    CHECK(trial.run.finished_at == Instant{});
                    CHECK(trial.run.stored == (task == Task::read ? 0 : 1));
                    CHECK(trial.intact);
                    CHECK(trial.run.client_closed);
                    REQUIRE_FALSE(trial.run.commands.empty());
                    CHECK(trial.run.commands.back() == "QUIT");
                }
}

TEST_CASE("Whatever befalls the server's output at any octet, a client that sends ends in time and tells the truth",
          "[sweep]") {
    for (const Delivery delivery : deliveries)
        sweep(Task::send, short_letter(), Side::output, {How::fin, How::reset, How::stall, How::drip}, delivery);
}

TEST_CASE(
    "Whatever befalls the server's output at any octet, a client that posts or feeds ends in time and tells the truth",
    "[sweep]") {
    for (const Delivery delivery : deliveries)
        for (const Task task : {Task::post, Task::feed})
            sweep(task, short_letter(), Side::output, {How::fin, How::reset, How::stall, How::drip}, delivery);
}

TEST_CASE("Whatever befalls the server's output at any octet, a client that reads ends in time and keeps no part",
          "[sweep]") {
    for (const Delivery delivery : deliveries)
        sweep(Task::read, short_letter(), Side::output, {How::fin, How::reset, How::stall, How::drip}, delivery);
    sweep(Task::read, medium_letter(), Side::output, {How::fin, How::reset, How::stall}, Delivery::whole);
}

TEST_CASE("Whatever befalls the client's octets at any of them, a client that sends ends in time and tells the truth",
          "[sweep]") {
    for (const Delivery delivery : deliveries)
        sweep(Task::send, short_letter(), Side::input, {How::fin, How::reset, How::stall}, delivery);
    sweep(Task::send, medium_letter(), Side::input, {How::fin, How::reset, How::stall}, Delivery::whole);
}

TEST_CASE("Whatever befalls the client's octets at any of them, a client that posts or feeds ends in time and tells "
          "the truth",
          "[sweep]") {
    for (const Delivery delivery : deliveries)
        for (const Task task : {Task::post, Task::feed})
            sweep(task, short_letter(), Side::input, {How::fin, How::reset, How::stall}, delivery);
    sweep(Task::post, medium_letter(), Side::input, {How::fin, How::reset, How::stall}, Delivery::whole);
}

TEST_CASE("A server that stops reading while the socket buffers are full holds no client for longer than its limit",
          "[sweep]") {
    for (const Task task : {Task::send, Task::post})
        sweep(task, medium_letter(), Side::input, {How::fin, How::reset, How::stall}, Delivery::whole, 256);
}

TEST_CASE("A client that has sent its message but not got the reply to it is uncertain, and only then", "[sweep]") {
    for (const Task task : {Task::send, Task::post}) {
        const std::string letter = short_letter();
        const std::uint64_t octets = healthy_run(task, letter).server_octets;
        std::uint64_t uncertain = 0;
        std::uint64_t ok = 0;
        for (std::uint64_t at = 0; at < octets; ++at) {
            PairSettings settings = settings_with(Delivery::whole);
            settings.strike = strike_at(Side::output, at, How::stall, settings.limit);
            const Trial trial = attempt(task, letter, settings);
            CAPTURE(at, scenario::to_string(task));
            CHECK((trial.run.outcome == Outcome::uncertain || trial.run.outcome == Outcome::ok) ==
                  (trial.run.stored == 1));
            uncertain += trial.run.outcome == Outcome::uncertain ? 1 : 0;
            ok += trial.run.outcome == Outcome::ok ? 1 : 0;
        }
        // The octets of these replies, one by one.
        const std::string accepted =
            task == Task::send ? "250 2.0.0 Ok, stored as message 1\r\n" : "240 Article received <1@b.test>\r\n";
        const std::string goodbye = task == Task::send ? "221 2.0.0 Bye\r\n" : "205 Bye\r\n";
        CHECK(uncertain == accepted.size());
        CHECK(ok == goodbye.size());
    }
}

TEST_CASE("The defect no_read_timeout shows at every octet of the server's output", "[sweep][defects]") {
    const refclient::Defect* const defect = refclient::find_defect("no_read_timeout");
    REQUIRE(defect != nullptr);
    for (const Task task : tasks) {
        CAPTURE(scenario::to_string(task));
        refclient::Policy policy = policy_with(std::chrono::seconds{2});
        CHECK(hangs(task, policy) == 0);
        defect->plant(policy);
        CHECK(hangs(task, policy) == 2 * healthy_run(task, short_letter()).server_octets);
    }
}

TEST_CASE("One forgotten limit shows at each octet of the reply that it was for, and nowhere else",
          "[sweep][defects]") {
    refclient::Policy policy = policy_with(std::chrono::seconds{2});
    policy.limits[refclient::Wait::rcpt] = std::nullopt;
    CHECK(hangs(Task::send, policy) == 2 * std::string("250 2.1.5 Recipient ok\r\n").size());
    policy = policy_with(std::chrono::seconds{2});
    policy.limits[refclient::Wait::final_reply] = std::nullopt;
    CHECK(hangs(Task::post, policy) == 2 * std::string("240 Article received <1@b.test>\r\n").size());
}

TEST_CASE("A forgotten limit for the upload shows once the buffers are full", "[sweep][defects]") {
    const std::string letter = medium_letter();
    const PairRun healthy = healthy_run(Task::send, letter);
    PairSettings settings = settings_with(Delivery::whole);
    settings.room = 256;
    settings.policy.limits[refclient::Wait::block] = std::nullopt;
    std::uint64_t stuck = 0;
    for (std::uint64_t at = 0; at < healthy.client_octets; ++at) {
        settings.strike = strike_at(Side::input, at, How::stall, settings.limit);
        stuck += attempt(Task::send, letter, settings).run.still_waiting ? 1 : 0;
    }
    // All of the upload but its last octets, which the buffer takes.
    CHECK(stuck == upload_octets(letter) - settings.room);
}

TEST_CASE("The defect leak_socket_on_timeout leaves the connection open after every silence", "[sweep][defects]") {
    const refclient::Defect* const defect = refclient::find_defect("leak_socket_on_timeout");
    REQUIRE(defect != nullptr);
    for (const Task task : tasks) {
        const std::string letter = short_letter();
        PairSettings settings = settings_with(Delivery::whole);
        defect->plant(settings.policy);
        const std::uint64_t octets = healthy_run(task, letter).server_octets;
        for (std::uint64_t at = 0; at < octets; ++at)
            for (const How how : {How::fin, How::reset, How::stall}) {
                CAPTURE(scenario::to_string(task), at, to_string(how));
                settings.strike = strike_at(Side::output, at, how, settings.limit);
                CHECK(attempt(task, letter, settings).run.client_closed == (how != How::stall));
            }
    }
}

} // namespace postfault::test
