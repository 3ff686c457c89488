#include "harness/judge/measure.hpp"
#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::ClientClose;

namespace {

judge::Measures measure(ScenarioBuilder& scenario, RecordBuilder& run) {
    return judge::measure(run.record(), scenario.scenario());
}

} // namespace

TEST_CASE("giving up is measured from the fault to the FIN", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    const auto measures = measure(scenario, run);
    CHECK(measures.fault_fired);
    CHECK(measures.fault_at == at(3ms));
    CHECK(measures.gives_up == Duration{2000ms});
    REQUIRE(measures.connections.size() == 1);
    CHECK(measures.connections[0].close == ClientClose::fin);
    CHECK_FALSE(measures.connections[0].ended_with_process);
}

TEST_CASE("a QUIT that nobody reads is giving up too", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).command(3ms, "EHLO a").fault(3ms);
    run.event(1500ms, Event::Kind::unread_quit, 1).client_fin(2500ms);
    const auto measures = measure(scenario, run);
    CHECK(measures.gives_up == Duration{1497ms});
    CHECK(measures.connections[0].close == ClientClose::quit);
}

TEST_CASE("the QUIT that met the fault is not giving up", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall("QUIT");
    RecordBuilder run;
    run.connected(1ms).command(3ms, "QUIT").fault(3ms, 1, "QUIT: stall").client_reset(603ms);
    const auto measures = measure(scenario, run);
    CHECK(measures.gives_up == Duration{600ms});
    CHECK(measures.connections[0].close == ClientClose::quit);
}

TEST_CASE("a client that was gone before the fault gave up at once", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall("QUIT");
    RecordBuilder run;
    run.connected(1ms).event(2ms, Event::Kind::client_fin, 1).command(3ms, "QUIT").fault(3ms, 1, "QUIT: stall");
    const auto measures = measure(scenario, run);
    CHECK(measures.gives_up == Duration{0});
    CHECK(measures.connections[0].close == ClientClose::quit);
}

TEST_CASE("what the connection does after the harness ended the client is not the client's doing", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_hanging();
    const auto measures = measure(scenario, run);
    CHECK_FALSE(measures.gives_up);
    CHECK(measures.connections[0].close == ClientClose::open);

    SECTION("also without the exact time") {
        run.record().cut_off_at.reset();
        CHECK_FALSE(measure(scenario, run).gives_up);
    }
    SECTION("also if it was ended for another reason") {
        run.record().cut_off = false;
        run.record().cut_off_at.reset();
        run.record().clients[0].snapshots.clear();
        CHECK_FALSE(measure(scenario, run).gives_up);
    }
}

TEST_CASE("a close that comes with the end of the process is marked", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_kept();
    const auto measures = measure(scenario, run);
    CHECK(measures.connections[0].ended_with_process);
    CHECK(measures.gives_up == Duration{4996ms});
}

TEST_CASE("only the connection with the fault gives up", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).connected(3s, 2).client_fin(4s, 2).exits(5s, 0);
    const auto measures = measure(scenario, run);
    REQUIRE(measures.connections.size() == 2);
    CHECK(measures.connections[0].gives_up);
    CHECK_FALSE(measures.connections[1].gives_up);
}

TEST_CASE("a black hole is given up when the client returns", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Blackhole{}, scenario::Point::Kind::connect);
    RecordBuilder run;
    SECTION("from the connect that was watched") {
        run.connect_attempt(100ms).fault(101ms, 0, "connect: blackhole").returned(2100ms, "temp").exits(3s, 75);
        CHECK(measure(scenario, run).gives_up == Duration{2000ms});
    }
    SECTION("from the start of the client if nobody watched") {
        run.fault(101ms, 0, "connect: blackhole").returned(2100ms, "temp").exits(3s, 75);
        CHECK(measure(scenario, run).gives_up == Duration{2100ms});
    }
    SECTION("or when it comes back with a connection") {
        run.connect_attempt(100ms).fault(101ms, 0).connected(1100ms, 2).returned(2s, "ok").exits(3s, 0);
        CHECK(measure(scenario, run).gives_up == Duration{1000ms});
    }
    SECTION("also if the fault came to light only at the end") {
        run.connect_attempt(100ms).returned(2100ms, "temp").fault(4s, 1, "connect: blackhole").exits(3s, 75);
        CHECK(measure(scenario, run).gives_up == Duration{2000ms});
        CHECK(measure(scenario, run).fault_at == at(100ms));
    }
    SECTION("or when its process ends") {
        run.connect_attempt(100ms).fault(101ms, 0).exits(1600ms, 1);
        CHECK(measure(scenario, run).gives_up == Duration{1500ms});
    }
    SECTION("but never when the harness had to end it") {
        run.connect_attempt(100ms).fault(101ms, 0).cut_off(11s, "SYN_SENT");
        CHECK_FALSE(measure(scenario, run).gives_up);
    }
}

TEST_CASE("a connection that the server reset is given up when the client returns", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.fault("EHLO", scenario::Reset{});
    RecordBuilder run;
    run.connected(1ms).fault(3ms).event(3ms, Event::Kind::server_reset, 1).returned(53ms, "temp").exits(60ms, 75);
    CHECK(measure(scenario, run).gives_up == Duration{50ms});
}

TEST_CASE("a client that had returned when the server reset needed no time", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).returned(2ms, "ok").fault(3ms).event(3ms, Event::Kind::server_reset, 1).exits(60ms, 0);
    CHECK(measure(scenario, run).gives_up == Duration{0});
}

TEST_CASE("close lag is the time from the server's FIN to the client's", "[judge][measure]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.connected(1ms).server_fin(10ms).client_fin(25ms);
    CHECK(measure(scenario, run).connections[0].close_lag == Duration{15ms});
}

TEST_CASE("a reset with unread octets of the server is forced", "[judge][measure]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.connected(1ms).command(2ms, "EHLO a").sent(3ms, "250 hello\r\n").client_reset(4ms);
    CHECK(measure(scenario, run).connections[0].reset_was_forced);
    RecordBuilder other;
    other.connected(1ms).sent(2ms, "220 ready\r\n").command(3ms, "EHLO a").client_reset(2s);
    CHECK_FALSE(measure(scenario, other).connections[0].reset_was_forced);
}

TEST_CASE("faults that were left to chance, or are optional, need not fire", "[judge][measure]") {
    ScenarioBuilder scenario;
    scenario.stall().stall("MAIL");
    scenario.scenario().faults[1].probability = 0.5;
    RecordBuilder run = stalled_and_correct();
    CHECK(measure(scenario, run).not_fired.empty());
    scenario.scenario().faults[1].probability = 1;
    CHECK(measure(scenario, run).not_fired == std::vector<std::size_t>{1});
    scenario.scenario().faults[1].optional = true;
    CHECK(measure(scenario, run).not_fired.empty());
}

TEST_CASE("the uncertainty is the worst of what the machine did inside the window", "[judge][measure]") {
    RecordBuilder run;
    auto& record = run.record();
    const auto between = [&] { return judge::uncertainty(record, at(1s), at(2s)); };
    CHECK(between() == 0us);
    record.lateness = {{at(100ms), 500ms}, {at(1500ms), 30ms}, {at(2600ms), 500ms}};
    CHECK(between() == 30ms);
    // What led to the start of the window may have been read late, just before it.
    record.lateness = {{at(100ms), 500ms}, {at(800ms), 35ms}, {at(1500ms), 30ms}, {at(2600ms), 500ms}};
    CHECK(between() == 35ms);
    run.event(1200ms, Event::Kind::sent, 1);
    record.journal.back().lateness = 40ms;
    CHECK(between() == 40ms);
    run.snapshot(500ms, "sample").snapshot(950ms, "sample").snapshot(2100ms, "sample").snapshot(3s, "sample");
    auto& snapshots = record.clients[0].snapshots;
    snapshots[0].run_delay = 0ms;
    snapshots[1].run_delay = 100ms;
    snapshots[2].run_delay = 170ms;
    snapshots[3].run_delay = 900ms;
    CHECK(between() == 70ms);
}

TEST_CASE("what waited through several late turns is late by all of them", "[judge][measure]") {
    RecordBuilder run;
    auto& record = run.record();
    const auto between = [&](Instant from, Instant to) { return judge::uncertainty(record, from, to); };
    record.lateness = {{at(400ms), 300ms}, {at(510ms), 100ms}, {at(920ms), 400ms}};
    CHECK(between(at(930ms), at(2s)) == 800ms);
    CHECK(between(at(700ms), at(800ms)) == 680ms);
    // The end of the window may have come to light as late as its start.
    CHECK(between(at(50ms), at(930ms)) == 800ms);
    // Each beat a little late is no stall, and what was over long before does not count.
    record.lateness = {{at(400ms), 300ms}, {at(510ms), 40ms}, {at(570ms), 45ms}};
    CHECK(between(at(800ms), at(2s)) == 45ms);
    record.lateness = {{at(400ms), 300ms}, {at(520ms), 60ms}};
    CHECK(between(at(540ms), at(2s)) == 300ms); // as late as its worst, not as both
}

TEST_CASE("what the machine added to the whole of a client's work adds up", "[judge][measure]") {
    RecordBuilder run;
    auto& record = run.record();
    auto& client = record.clients[0];
    client.started = at(1s);
    const auto until = [&](Instant to) { return judge::uncertainty_since_start(record, client, to); };
    CHECK(until(at(5s)) == 0us);
    // Before its start, half before, beats that are only a little late, and one that was not over yet.
    record.lateness = {{at(900ms), 300ms}, {at(1100ms), 300ms}, {at(1500ms), 40ms},
                       {at(2s), 600ms},    {at(3s), 700ms},     {at(5200ms), 400ms}};
    CHECK(until(at(5s)) == 1600ms);
    // The first look at the client tells of its start, too.
    run.snapshot(2500ms, "sample");
    client.snapshots[0].run_delay = 800ms;
    CHECK(until(at(5s)) == 2400ms);
    run.snapshot(5500ms, "sample").snapshot(9s, "sample");
    client.snapshots[1].run_delay = 900ms;
    client.snapshots[2].run_delay = 4s;
    CHECK(until(at(5s)) == 2500ms);
    // One wait may have been longer than what the beats tell of.
    run.event(4s, Event::Kind::sent, 1);
    record.journal.back().lateness = 3s;
    CHECK(until(at(5s)) == 3s);
}
