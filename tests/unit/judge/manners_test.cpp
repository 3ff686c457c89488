// PF008 memory balloon, PF009 reconnect storm, PF012 abrupt close.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;
using scenario::Operation;

// ---- PF012 abrupt close

TEST_CASE("a client that leaves without QUIT where it could have said it is abrupt", "[judge][pf012]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    SECTION("after success") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").client_fin(20ms).returned(21ms, "ok");
        const auto verdict = judge_it(scenario, run);
        REQUIRE(codes(verdict) == "PF012");
        CHECK(verdict.reasons[0].text ==
              "abrupt close: left connection 1 without QUIT after the reply \"250 ok\" to the final dot, at 0.020 s");
    }
    SECTION("by a reset") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").received(15ms, "NOOP\r\n");
        run.client_reset(20ms).returned(21ms, "ok");
        CHECK(says(judge_it(scenario, run).reasons, "reset connection 1, which was healthy"));
    }
    SECTION("after a refusal") {
        scenario.fault("MAIL", scenario::Reply{550, "no"});
        run.connected(1ms).reply(1ms, "greeting", "220 a").exchange(2ms, "EHLO a", "250 a");
        run.command(3ms, "MAIL FROM:<>").fault(3ms).reply(3ms, "MAIL", "550 no").client_fin(4ms).returned(5ms, "perm");
        CHECK(codes(judge_it(scenario, run)) == "PF012");
    }
    SECTION("after a refusal in a group, while the next reply is on its way") {
        scenario.fault("RCPT", scenario::Reply{550, "no"});
        run.connected(1ms).reply(1ms, "greeting", "220 a").exchange(2ms, "EHLO a", "250 a");
        run.exchange(3ms, "MAIL FROM:<>", "250 ok")
            .command(3ms, "RCPT TO:<a@b>")
            .fault(3ms)
            .reply(3ms, "RCPT", "550 no");
        run.command(4ms, "RCPT TO:<c@b>").client_fin(4ms).returned(5ms, "perm");
        const auto verdict = judge_it(scenario, run);
        REQUIRE(codes(verdict) == "PF012");
        CHECK(says(verdict.reasons, "without QUIT after the reply \"550 no\" to RCPT, at 0.004 s"));
    }
    SECTION("inside TLS, where close_notify is the end and the server answers it by its own") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok");
        run.event(20ms, Event::Kind::tls, 1, "close_notify", "from the client").server_fin(20ms);
        SECTION("that comes in time") { run.client_fin(21ms); }
        SECTION("that comes when its socket is gone") { run.sent(20ms, std::string(24, 'x')).client_reset(21ms); }
        run.returned(22ms, "ok");
        CHECK(codes(judge_it(scenario, run)) == "PF012");
    }
    SECTION("by the end of its process") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").client_fin(20ms).exits(20ms, 0);
        run.one_shot().returned(20ms, "ok");
        CHECK(codes(judge_it(scenario, run)) == "PF012");
    }
}

TEST_CASE("leaving without QUIT is fine where there was no time or nobody to say it to", "[judge][pf012]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    const auto stalled = [&] {
        scenario.stall();
        run.connected(1ms).reply(1ms, "greeting", "220 a").command(2ms, "EHLO a").fault(2ms);
    };
    SECTION("after a time-out") {
        stalled();
        run.client_fin(2s).returned(2s, "temp");
    }
    SECTION("when the answer came with the end of its patience") {
        stalled();
        run.reply(1990ms, "EHLO", "250 a").client_fin(2s).returned(2s, "temp");
    }
    SECTION("when a reply of its group came with the end of its patience") {
        scenario.fault("MAIL", scenario::Delay{TimeValue{1900ms}});
        run.connected(1ms).reply(1ms, "greeting", "220 a").exchange(2ms, "EHLO a", "250 a");
        run.command(3ms, "MAIL FROM:<>").fault(3ms).reply(1990ms, "MAIL", "250 ok").command(1990ms, "RCPT TO:<a@b>");
        run.reply(1990ms, "RCPT", "250 ok").command(1991ms, "RCPT TO:<c@b>").client_fin(2s).returned(2s, "temp");
    }
    SECTION("when the server was held before it took what it was asked") {
        scenario.fault("", scenario::Stall{}, scenario::Point::Kind::idle);
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").fault(500ms);
        run.received(900ms, "MAIL FROM:<>\r\n").client_fin(2900ms).returned(2900ms, "temp");
    }
    SECTION("without a greeting") { run.connected(1ms).client_fin(2s).returned(2s, "temp"); }
    SECTION("when the server had closed") {
        stalled();
        run.reply(3ms, "EHLO", "250 a").server_fin(4ms).client_fin(5ms).returned(5ms, "temp");
    }
    SECTION("when the server had closed TLS") {
        stalled();
        run.reply(3ms, "EHLO", "250 a")
            .server_fin(4ms)
            .event(5ms, Event::Kind::tls, 1, "close_notify", "from the client");
        run.client_fin(5ms).returned(5ms, "temp");
    }
    SECTION("when the server had reset") {
        stalled();
        run.reply(3ms, "EHLO", "250 a").event(4ms, Event::Kind::server_reset, 1).client_fin(4ms).returned(5ms, "temp");
    }
    SECTION("after 421") {
        run.connected(1ms).reply(1ms, "greeting", "421 later").client_fin(2ms).returned(2ms, "temp");
    }
    SECTION("after 354") { run.talk_to_data(1ms).client_fin(2ms).returned(2ms, "temp"); }
    SECTION("in an upload") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "", "", 99).client_fin(9ms).returned(9ms, "temp");
    }
    SECTION("in the middle of a final dot") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "dot", "", 99).client_fin(9ms).returned(9ms, "temp");
    }
    SECTION("when the server does not read") {
        stalled();
        run.reply(3ms, "EHLO", "250 a").event(4ms, Event::Kind::reading_stopped, 1).client_fin(1s);
        run.returned(1s, "temp");
    }
    SECTION("when the server talks nonsense") {
        scenario.fault("EHLO", scenario::Garbage{100});
        run.connected(1ms)
            .reply(1ms, "greeting", "220 a")
            .command(2ms, "EHLO a")
            .fault(2ms)
            .reply(3ms, "EHLO", "250 a");
        run.client_fin(4ms).returned(4ms, "temp");
    }
    SECTION("between 220 to STARTTLS and TLS") {
        run.connected(1ms).reply(1ms, "greeting", "220 a").exchange(2ms, "STARTTLS", "220 go").client_fin(4ms);
        run.returned(4ms, "temp");
    }
    SECTION("when a recipient of LMTP has no reply") {
        scenario.stall();
        scenario.scenario().protocol = scenario::Protocol::lmtp;
        run.talk_to_data(1ms).stored(10ms).fault(10ms).reply(11ms, "accepted", "250 ok").client_fin(2s);
        run.returned(2s, "temp");
    }
    SECTION("for news") {
        scenario.operation(Operation::read);
        run.connected(1ms).reply(1ms, "greeting", "200 a").exchange(2ms, "ARTICLE <1@x>", "430 no").client_fin(4ms);
        run.returned(4ms, "perm");
    }
    SECTION("when the scenario expects it") {
        scenario.expect().close = {scenario::CloseKind::fin};
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").client_fin(20ms).returned(21ms, "ok");
    }
    SECTION("by a reset that unread octets force") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").client_reset(11ms).returned(21ms, "ok");
    }
    SECTION("when the harness did it") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").returned(12ms, "ok");
        run.cut_off(11s).client_fin(11001ms);
        CHECK_FALSE(says(judge_it(scenario, run).reasons, "abrupt"));
        return;
    }
    SECTION("when it has forgotten the connection, which is another matter") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").returned(12ms, "ok").client_fin(9s);
    }
    SECTION("when it crashed") {
        run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").client_fin(20ms).dies(20ms, 11);
        CHECK(codes(judge_it(scenario, run)) == "PF002");
        return;
    }
    run.exits(9s, 0);
    const auto verdict = judge_it(scenario, run);
    for (const auto& reason : verdict.reasons)
        CHECK(reason.code != "PF012");
}

TEST_CASE("a client that the machine kept from working may have lost its patience", "[judge][pf012]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.connected(1ms).reply(1ms, "greeting", "220 a").exchange(2ms, "EHLO a", "250 a").client_fin(2300ms);
    run.returned(2400ms, "temp").exits(5s, 75);
    run.record().lateness.push_back({at(2s), 1500ms});
    CHECK(codes(judge_it(scenario, run)) == "busy");
}

TEST_CASE("what is broken a hundred times is told a few times", "[judge][pf012]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    for (int number = 1; number <= 20; ++number)
        run.connected(number * 10ms, number)
            .reply(number * 10ms, "greeting", "220 a", number)
            .client_fin(number * 10ms + 1ms, number);
    run.returned(1s, "temp").exits(5s, 75);
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF012 PF012 PF012 PF012 PF012 PF012");
    CHECK(verdict.reasons.back().text == "abrupt close: the same again, 15 times");
}

// ---- PF009 reconnect storm

namespace {

// One connection after the other, each with the fault, with these pauses in between.
RecordBuilder reconnects(const std::vector<Duration>& pauses) {
    RecordBuilder run;
    Duration now = 1ms;
    int number = 1;
    const auto connect = [&] {
        run.connected(now, number).fault(now, number, "greeting: fin").server_fin(now, number);
        now += 1ms;
        run.client_fin(now, number);
        ++number;
    };
    connect();
    for (const Duration pause : pauses) {
        now += pause;
        connect();
    }
    run.returned(now + 1ms, "temp").exits(now + 5s, 75);
    return run;
}

} // namespace

TEST_CASE("retries at once are a storm when there are many of them", "[judge][pf009]") {
    ScenarioBuilder scenario;
    scenario.fault("greeting", scenario::Fin{});
    RecordBuilder run = reconnects({1ms, 2ms, 1ms, 1ms, 1ms, 1ms});
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF009");
    CHECK(verdict.reasons[0].text ==
          "reconnect storm: connected again 6 times in a row after a failure, 5 of them are allowed at once; the "
          "pauses, from 2 ms to 3 ms, do not grow (connections 1 to 7)");

    SECTION("unless the scenario says how often") {
        scenario.expect().connects = scenario::CountRange{7, 7};
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
        scenario.expect().connects = scenario::CountRange{1, 2};
        CHECK(codes(judge_it(scenario, run)) == "PF009 expect.connects");
    }
    SECTION("or how soon") {
        scenario.expect().backoff = scenario::TimeRange{std::nullopt, TimeValue{1s, 0}};
        CHECK(codes(judge_it(scenario, run)) == "expect.backoff");
    }
}

TEST_CASE("retries are no storm when they are few, or patient, or with growing pauses", "[judge][pf009]") {
    ScenarioBuilder scenario;
    scenario.fault("greeting", scenario::Fin{});
    const auto pauses = GENERATE(as<std::vector<Duration>>{}, std::vector<Duration>{1ms, 1ms, 1ms, 1ms, 1ms},
                                 std::vector<Duration>{1s, 1s, 1s, 1s, 1s, 1s, 1s},
                                 std::vector<Duration>{20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 900ms},
                                 std::vector<Duration>{1ms, 1ms, 1ms, 40ms, 1ms, 1ms, 1ms, 1ms});
    RecordBuilder run = reconnects(pauses);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("backoff: three pauses and more have to grow", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.fault("greeting", scenario::Fin{});
    scenario.expect().backoff = scenario::TimeRange{TimeValue{50ms, 0}, std::nullopt};
    SECTION("they do not") {
        RecordBuilder run = reconnects({100ms, 300ms, 110ms});
        const auto verdict = judge_it(scenario, run);
        REQUIRE(codes(verdict) == "expect.backoff");
        CHECK(verdict.reasons[0].text ==
              "the pauses between 4 attempts do not grow: 0.101 s before the second, 0.111 s "
              "before the last");
    }
    SECTION("they do") {
        RecordBuilder run = reconnects({100ms, 200ms, 200ms});
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("two pauses prove nothing") {
        RecordBuilder run = reconnects({100ms, 100ms});
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("the machine may have shortened the last one") {
        RecordBuilder run = reconnects({100ms, 100ms, 100ms});
        run.record().lateness.push_back({at(300ms), 60ms});
        CHECK(codes(judge_it(scenario, run)) == "busy");
    }
}

TEST_CASE("connections without trouble, and several at once, are no retries", "[judge][pf009]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    for (int number = 1; number <= 9; ++number)
        run.connected(number * 10ms, number)
            .reply(number * 10ms, "greeting", "220 a", number)
            .quits(number * 10ms + 1ms, number);
    run.returned(1s, "temp").exits(5s, 75);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);

    ScenarioBuilder struck;
    struck.fault("greeting", scenario::Stall{});
    RecordBuilder parallel;
    for (int number = 1; number <= 9; ++number)
        parallel.connected(number * 1ms, number).fault(number * 1ms, number);
    for (int number = 1; number <= 9; ++number)
        parallel.client_fin(2s, number);
    parallel.returned(2s, "temp").exits(5s, 75);
    CHECK(judge_it(struck, parallel).kind == VerdictKind::pass);
}

TEST_CASE("a connection that was accepted late is one attempt and not two", "[judge][pf009]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
    scenario.expect().backoff = scenario::TimeRange{TimeValue{200ms, 0}, std::nullopt};
    RecordBuilder run;
    run.connect_attempt(1ms, 1).fault(1ms, 1).connect_attempt(300ms, 2).connected(380ms, 2);
    run.client_fin(390ms, 2).returned(1s, "temp").exits(5s, 75);
    CHECK_FALSE(says(judge_it(scenario, run).reasons, "connected again"));
}

TEST_CASE("refused attempts count for a storm if they could be seen", "[judge][pf009]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
    RecordBuilder run;
    run.fault(1ms, 1);
    SECTION("seen") {
        for (int number = 1; number <= 8; ++number)
            run.connect_attempt(number * 1ms, static_cast<std::uint64_t>(number));
        run.returned(1s, "temp").exits(5s, 75);
        CHECK(codes(judge_it(scenario, run)) == "PF009");
    }
    SECTION("not seen") {
        run.returned(1s, "temp").exits(5s, 75);
        CHECK(codes(judge_it(scenario, run).not_observable) == "PF009");
    }
}

// ---- PF008 memory balloon

namespace {

constexpr std::uint64_t MiB = 1 << 20;

// A flood at EHLO of which `sent` octets left, and a client that leaves then.
RecordBuilder flooded(std::uint64_t sent) {
    RecordBuilder run;
    run.connected(1ms).reply(1ms, "greeting", "220 a").command(2ms, "EHLO a").fault(10ms);
    run.event(11ms, Event::Kind::sent, 1, "", "250-x\r\n", sent).client_fin(1s).returned(1s, "temp").exits(5s, 75);
    return run;
}

void look(RecordBuilder& run, Duration time, std::uint64_t flooded, std::uint64_t rss, std::uint64_t peak = 0) {
    run.snapshot(time, "flood");
    auto& snapshot = run.record().clients[0].snapshots.back();
    snapshot.flooded = flooded;
    snapshot.rss = rss;
    snapshot.peak_rss = std::max(peak, rss);
}

ScenarioBuilder flooding(const char* subject = "EHLO") {
    ScenarioBuilder scenario;
    scenario.fault(subject, scenario::Flood{256 * MiB});
    return scenario;
}

} // namespace

TEST_CASE("a client that keeps whatever comes is a balloon", "[judge][pf008]") {
    ScenarioBuilder scenario = flooding();
    RecordBuilder run = flooded(100 * MiB);
    look(run, 10ms, 0, 5 * MiB);
    look(run, 100ms, 10 * MiB, 15 * MiB);
    look(run, 900ms, 100 * MiB, 105 * MiB);
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF008");
    CHECK(verdict.reasons[0].text == "memory balloon: its memory grew by 100.0 MiB in 890 ms in which 100.0 MiB of "
                                     "endless input came on connection 1; it keeps 1.00 octets of each");
}

TEST_CASE("memory that was given back before anybody looked is still in the peak", "[judge][pf008]") {
    ScenarioBuilder scenario = flooding();
    RecordBuilder run = flooded(100 * MiB);
    look(run, 10ms, 0, 5 * MiB);
    SECTION("of the look") { look(run, 900ms, 100 * MiB, 6 * MiB, 90 * MiB); }
    SECTION("of the process") {
        look(run, 100ms, 10 * MiB, 6 * MiB);
        run.record().clients[0].max_rss = 90 * MiB;
        CHECK(says(judge_it(scenario, run).reasons, "grew by 85.0 MiB in 90 ms in which 100.0 MiB"));
    }
    CHECK(codes(judge_it(scenario, run)) == "PF008");
}

TEST_CASE("a client that does not grow with what comes is none", "[judge][pf008]") {
    ScenarioBuilder scenario = flooding();
    RecordBuilder run = flooded(100 * MiB);
    SECTION("it drops what comes") {
        look(run, 10ms, 0, 50 * MiB);
        look(run, 900ms, 100 * MiB, 55 * MiB);
    }
    SECTION("it had been as large before") {
        look(run, 10ms, 0, 5 * MiB, 200 * MiB);
        look(run, 900ms, 100 * MiB, 6 * MiB, 200 * MiB);
        run.record().clients[0].max_rss = 200 * MiB;
    }
    SECTION("it grows, but far less than what comes") {
        look(run, 10ms, 0, 5 * MiB);
        look(run, 900ms, 200 * MiB, 25 * MiB);
    }
    SECTION("later operations may be larger") {
        scenario.then(Operation::send);
        look(run, 10ms, 0, 5 * MiB);
        look(run, 900ms, 100 * MiB, 6 * MiB);
        run.record().clients[0].max_rss = 200 * MiB;
        CHECK_FALSE(says(judge_it(scenario, run).reasons, "memory balloon"));
        return;
    }
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(verdict.not_observable.empty());
}

TEST_CASE("an article may be large, a reply may not", "[judge][pf008]") {
    for (const char* subject : {"ARTICLE", "GROUP"}) {
        ScenarioBuilder scenario = flooding(subject);
        RecordBuilder run = flooded(80 * MiB);
        look(run, 10ms, 0, 5 * MiB);
        look(run, 900ms, 80 * MiB, 70 * MiB);
        CHECK(codes(judge_it(scenario, run)) == (std::string(subject) == "GROUP" ? "PF008" : ""));
    }
}

TEST_CASE("a flood that nobody looked into is not observable, unless little came", "[judge][pf008]") {
    ScenarioBuilder scenario = flooding();
    RecordBuilder much = flooded(100 * MiB);
    CHECK(codes(judge_it(scenario, much).not_observable) == "PF008");
    RecordBuilder little = flooded(2 * MiB);
    CHECK(judge_it(scenario, little).not_observable.empty());
}

// ---- Endurance: PF004 and PF008 over many operations

namespace {

// Many operations in one process, with what is measured at each return.
RecordBuilder endures(const std::vector<int>& descriptors, const std::vector<std::uint64_t>& rss) {
    RecordBuilder run;
    for (std::size_t index = 0; index < descriptors.size(); ++index) {
        const Duration now = (index + 1) * 10ms;
        run.returned(now, "temp").snapshot(now, "returned");
        auto& look = run.record().clients[0].snapshots.back();
        look.descriptors = descriptors[index];
        look.rss = rss[index];
    }
    run.exits(20s, 75);
    return run;
}

std::string endurance_of(const std::vector<int>& descriptors, std::uint64_t rss_each = 0) {
    ScenarioBuilder scenario;
    scenario.times(static_cast<std::uint32_t>(descriptors.size()));
    std::vector<std::uint64_t> rss;
    for (std::size_t index = 0; index < descriptors.size(); ++index)
        rss.push_back(5 * MiB + index * rss_each);
    RecordBuilder run = endures(descriptors, rss);
    const auto verdict = judge_it(scenario, run);
    return verdict.reasons.empty() ? "" : verdict.reasons.front().text;
}

std::vector<int> line(int start, std::size_t count, std::size_t every) {
    std::vector<int> values;
    for (std::size_t index = 0; index < count; ++index)
        values.push_back(start + (every == 0 ? 0 : static_cast<int>(index / every)));
    return values;
}

} // namespace

TEST_CASE("descriptors that grow with each operation are connections not closed", "[judge][pf004]") {
    CHECK(endurance_of(line(5, 100, 1)) ==
          "connection not closed: its descriptors grow from operation to operation: from "
          "15 to 104 in 90, 1.00 each");
    CHECK_FALSE(endurance_of(line(5, 100, 4)).empty());
    CHECK(endurance_of(line(5, 100, 0)).empty());
    CHECK(endurance_of(line(5, 100, 10)).empty()); // slow: files, pools
    CHECK(endurance_of(line(5, 9, 1)).empty());    // too few to tell
    CHECK(endurance_of({5, 9, 5, 8, 5, 9, 5, 8, 5, 9, 5, 8, 5, 9, 5}).empty());
    CHECK(endurance_of({5, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}).empty());
}

TEST_CASE("memory that grows with each operation is a balloon, too", "[judge][pf008]") {
    CHECK(endurance_of(line(5, 100, 0), 512 * 1024) ==
          "memory balloon: its memory grows from operation to operation: from 10.0 to 54.5 MiB in 90, 512 KiB each");
    CHECK(endurance_of(line(5, 100, 0), 1024).empty());
    CHECK(endurance_of(line(5, 20, 0), 128 * 1024).empty()); // little in all
}
