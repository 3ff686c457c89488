// PF003 busy loop, PF011 left behind, PF013 protocol violation.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;

// ---- PF003 busy loop

namespace {

// Looks every half second; in each the client has used so much CPU time and waited so long for a core.
void look(RecordBuilder& run, Duration until, Duration cpu_each, Duration delay_each) {
    auto& snapshots = run.record().clients.front().snapshots;
    Duration cpu{0};
    Duration delay{0};
    for (Duration time = 500ms; time <= until; time += 500ms) {
        run.snapshot(time, "sample");
        snapshots.back().cpu = cpu += cpu_each;
        snapshots.back().run_delay = delay += delay_each;
    }
}

} // namespace

TEST_CASE("burning CPU while nothing comes and nothing goes is a busy loop", "[judge][pf003]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2100ms).returned(2100ms, "temp").exits(3s, 75);
    SECTION("on an idle machine") {
        look(run, 2s, 490ms, 0ms);
        CHECK(codes(judge_it(scenario, run)) == "PF003");
        CHECK(says(judge_it(scenario, run).reasons, "busy loop: burnt 1.5 s of CPU time in 1.5 s"));
    }
    SECTION("on a busy one it gets less and burns all of that") {
        look(run, 2s, 240ms, 250ms);
        CHECK(codes(judge_it(scenario, run)) == "PF003");
    }
    SECTION("a fifth of a core is work, not a loop") {
        look(run, 2s, 100ms, 0ms);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("half a second is too short to tell it from work") {
        look(run, 1s, 490ms, 0ms);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("a client that got no core did not burn it") {
        look(run, 2s, 50ms, 450ms);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("octets that came before are work, too") {
        look(run, 2s, 490ms, 0ms);
        std::uint64_t unread = 6'000'000;
        for (auto& snapshot : run.record().clients.front().snapshots)
            snapshot.sockets = {{100, 4, "ESTABLISHED", 50000, 2525, 0, unread -= 1'000'000}};
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("octets that it does not read are none") {
        look(run, 2s, 490ms, 0ms);
        for (auto& snapshot : run.record().clients.front().snapshots)
            snapshot.sockets = {{100, 4, "ESTABLISHED", 50000, 2525, 0, 6'000'000}};
        CHECK(codes(judge_it(scenario, run)) == "PF003");
    }
    SECTION("while data flows there is work to do") {
        look(run, 2s, 490ms, 0ms);
        for (Duration time = 600ms; time < 2s; time += 500ms)
            run.event(time, Event::Kind::received, 1, "", "x", 1);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
}

TEST_CASE("a client that has not connected yet burns CPU to start", "[judge][pf003]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(2050ms).fault(2060ms).client_fin(4200ms).returned(4200ms, "temp").exits(4300ms, 75);
    SECTION("however long that takes on a busy machine") {
        look(run, 2s, 240ms, 250ms);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("and after that it waits") {
        look(run, 4s, 490ms, 0ms);
        CHECK(codes(judge_it(scenario, run)) == "PF003");
        CHECK(says(judge_it(scenario, run).reasons, "busy loop: burnt 1.5 s of CPU time in 1.5 s"));
    }
}

// ---- PF011 left behind

TEST_CASE("a process that outlives the client is left behind", "[judge][pf011]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).returned(2s, "temp").exits(3s, 75);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    run.record().clients.front().left_behind = {"process 42: sleep 600"};
    CHECK(codes(judge_it(scenario, run)) == "PF011");
    CHECK(says(judge_it(scenario, run).reasons, "left behind: the client ended and left process 42: sleep 600"));
}

// ---- PF013 protocol violation

TEST_CASE("a broken rule of the protocol fails the run, with the octets and their place", "[judge][pf013]") {
    ScenarioBuilder scenario;
    RecordBuilder run = delivered_well();
    run.event(8ms, Event::Kind::violation, 1, "bare LF in the message", "a\n", 77);
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF013");
    CHECK(verdict.reasons[0].text ==
          "protocol violation: bare LF in the message: \"a\\n\" at octet 77 of what it said on "
          "connection 1, 0.008 s");
}

TEST_CASE("the same rule broken on many connections is one finding", "[judge][pf013]") {
    ScenarioBuilder scenario;
    RecordBuilder run = delivered_well();
    std::string more;
    SECTION("two") {
        run.event(8ms, Event::Kind::violation, 1, "talks before the greeting")
            .event(9ms, Event::Kind::violation, 2, "talks before the greeting");
        more = ", and on 1 more connection";
    }
    SECTION("three") {
        for (int connection = 1; connection <= 3; ++connection)
            run.event(8ms, Event::Kind::violation, connection, "talks before the greeting");
        more = ", and on 2 more connections";
    }
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF013");
    CHECK_THAT(verdict.reasons[0].text, Catch::EndsWith(more));
}

TEST_CASE("what a client says while the harness ends it is no violation", "[judge][pf013]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_hanging();
    run.event(11s, Event::Kind::violation, 1, "bare LF in a command", "EHL", 5);
    CHECK(codes(judge_it(scenario, run)) == "PF001");
}

TEST_CASE("a message that was smuggled in as text is a violation, whatever the client says", "[judge][pf013]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok");
    run.stored(12ms, judge::StoredCopy::npos, 1, "<smuggled-1.r@x>").smuggled();
    run.reply(13ms, "accepted", "250 ok").exchange(14ms, "QUIT", "221 bye").client_fin(15ms).returned(16ms, "ok");
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF013");
    CHECK(says(verdict.reasons, "stored <smuggled-1.r@x> for them on connection 1, 0.012 s"));
}
