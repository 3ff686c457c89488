// PF004 connection not closed.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;
using scenario::Operation;

TEST_CASE("a socket that outlives the return is not closed, and its state is the evidence", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().gives_up = scenario::TimeRange{TimeValue{0us, 0.8}, TimeValue{0us, 1.5}};
    RecordBuilder run = stalled_and_kept();
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF004"); // that it gave up late on the wire follows from it
    CHECK(verdict.reasons[0].text ==
          "connection not closed: connection 1 stayed open for 3.0 s after the client returned "
          "temp, 450 ms are allowed, closed only by the end of its process: fd 4 ESTABLISHED");
}

TEST_CASE("a socket that the harness's signal closed was not closed by the client", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(2s, "temp").snapshot(3s, "after return", "ESTABLISHED");
    run.client_fin(4s).dies(4s, 9, true);
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF004");
    CHECK(says(verdict.reasons, "until the harness ended the client: fd 4 ESTABLISHED"));
}

TEST_CASE("a connection may be kept for the next operation, and is due after the last that used it", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(1s, "ok");
    SECTION("it is used, and closed in time") {
        run.exchange(3s, "MAIL FROM:<a@b>", "250 ok").returned(4s, "ok").client_fin(4400ms).exits(6s, 0);
        CHECK_FALSE(codes(judge_it(scenario, run)).starts_with("PF004"));
    }
    SECTION("it is used, and not closed after that") {
        run.exchange(3s, "MAIL FROM:<a@b>", "250 ok").returned(4s, "ok").snapshot(5s, "after return", "ESTABLISHED");
        run.client_fin(6s).exits(6s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict).starts_with("PF004"));
        CHECK(says(verdict.reasons, "after operation 2 of 2 (send) returned"));
    }
    SECTION("a fault strikes it in the meantime, and it is closed as soon as that is seen") {
        scenario.fault("", scenario::Inject{"250 ok"}, scenario::Point::Kind::idle);
        run.fault(1900ms, 1, "idle", 1).client_fin(1901ms).returned(4s, "ok").exits(6s, 0);
        CHECK_FALSE(codes(judge_it(scenario, run)).starts_with("PF004"));
    }
    SECTION("QUIT at last is no use that would excuse the time before") {
        run.exchange(3s, "QUIT", "221 bye").client_fin(3100ms).returned(4s, "ok").exits(6s, 0);
        CHECK(codes(judge_it(scenario, run)).starts_with("PF004"));
    }
    SECTION("the server closes it before it is used, and the client follows") {
        run.server_fin(2s).client_fin(2400ms).returned(4s, "ok").exits(6s, 0);
        CHECK_FALSE(codes(judge_it(scenario, run)).starts_with("PF004"));
    }
    SECTION("the server closes it before it is used, and the client does not follow") {
        run.server_fin(2s).client_fin(3400ms).returned(4s, "ok").exits(6s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict).starts_with("PF004"));
        CHECK(says(verdict.reasons, "after the server had closed its side"));
    }
}

TEST_CASE("what a failed operation leaves open is kept for nothing", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(2s, "temp");
    run.server_fin(3s).client_fin(3100ms).returned(4s, "ok").exits(6s, 0);
    CHECK(codes(judge_it(scenario, run)).starts_with("PF004"));
}

TEST_CASE("a close within the grace is in time", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(2s, "temp").client_fin(2449ms).exits(5s, 75);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("a close that is late by less than the machine's noise is no verdict", "[judge][pf004][busy]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(2s, "temp").client_fin(2460ms).exits(5s, 75);
    run.record().lateness = {{at(2300ms), 30ms}};
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::error);
    CHECK(codes(verdict) == "busy");
    run.record().lateness.clear();
    CHECK(judge_it(scenario, run).kind == VerdictKind::fail);
}

TEST_CASE("a one-shot client that ends at once shows no leak, and that is said", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.one_shot().connected(1ms).fault(3ms);
    SECTION("the FIN may be the kernel's") {
        run.client_fin(2s).returned(2001ms, "temp").exits(2001ms, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(codes(verdict.not_observable) == "PF004");
        CHECK(verdict.measures.connections[0].ended_with_process);
    }
    SECTION("a close well before its end was its own") {
        run.client_fin(1900ms).returned(2001ms, "temp").exits(2001ms, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(verdict.not_observable.empty());
    }
}

TEST_CASE("a client that says `returned` after its close and then ends at once has closed by itself",
          "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).returned(2001ms, "temp").exits(2003ms, 75);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(verdict.not_observable.empty());
}

TEST_CASE("a process that ends soon after its return cannot show a leak", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).returned(2s, "temp").client_fin(2100ms).exits(2100ms, 75);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(codes(verdict.not_observable) == "PF004");
}

TEST_CASE("after the server has closed its side the client must close within the grace", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.fault("EHLO", scenario::Fin{});
    RecordBuilder run;
    run.connected(1ms).fault(3ms).server_fin(3ms);
    SECTION("which it does") {
        run.client_fin(400ms).returned(400ms, "temp").exits(3s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("or does late") {
        run.client_fin(2003ms).returned(2003ms, "temp").exits(3s, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF004");
        CHECK(says(verdict.reasons, "stayed open for 2.0 s after the server had closed its side"));
    }
    SECTION("or only by ending") {
        run.one_shot().client_fin(2003ms).returned(2005ms, "temp").exits(2005ms, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF004");
        CHECK(says(verdict.reasons, "closed only by the end of its process"));
    }
    SECTION("or cannot be seen to do, because its process ends") {
        run.one_shot().client_fin(100ms).returned(100ms, "temp").exits(100ms, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("a hang in CLOSE_WAIT is both") {
        run.cut_off(11s, "CLOSE_WAIT");
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF001 PF004");
        CHECK(says(verdict.reasons, "until the harness ended the client: fd 4 CLOSE_WAIT"));
    }
}

TEST_CASE("a hang on an open connection is only a hang", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_hanging();
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF001");
    CHECK(codes(verdict.not_observable) == "PF004");
}

TEST_CASE("what the server has reset needs no closing", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.fault("EHLO", scenario::Reset{});
    RecordBuilder run;
    run.connected(1ms).fault(3ms).event(3ms, Event::Kind::server_reset, 1).returned(10ms, "temp").exits(3s, 75);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(verdict.not_observable.empty());
}

TEST_CASE("while the server does not read, the client's own sockets are the evidence", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Deaf{}, scenario::Point::Kind::body);
    RecordBuilder run;
    run.connected(1ms).fault(3ms).event(3ms, Event::Kind::reading_stopped, 1).returned(2s, "temp").exits(5s, 75);
    SECTION("none is left") {
        run.snapshot(3s, "after return");
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("one is left") {
        run.snapshot(3s, "after return", "ESTABLISHED");
        CHECK(codes(judge_it(scenario, run)) == "PF004");
    }
    SECTION("nobody looked") { CHECK(codes(judge_it(scenario, run).not_observable) == "PF004"); }
}

TEST_CASE("a socket that still connects after the return is not closed", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Blackhole{}, scenario::Point::Kind::connect);
    RecordBuilder run;
    run.connect_attempt(1ms).fault(1ms, 0).returned(2s, "temp").snapshot(3s, "after return", "SYN_SENT").exits(5s, 75);
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF004");
    CHECK(says(verdict.reasons, "still connecting 1.0 s after it returned temp"));
}

TEST_CASE("a socket that went on connecting until the server was well again is kept, too", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Blackhole{}, scenario::Point::Kind::connect);
    RecordBuilder run;
    run.connect_attempt(1ms).fault(1ms, 0).returned(2s, "temp").connected(2050ms, 2);
    SECTION("until the process ends") {
        run.snapshot(2500ms, "after return", "ESTABLISHED").client_reset(4s, 2).exits(4s, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF004");
        CHECK(says(verdict.reasons, "connection 2 stayed open for 2.0 s after the client returned temp"));
    }
    SECTION("but not by a client that closed it, however late we heard of it") {
        run.client_fin(2051ms, 2).exits(4s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("nor by one whose sockets are gone when we look") {
        run.snapshot(2500ms, "after return", "").client_fin(3s, 2).exits(4s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
}

TEST_CASE("a client that relays may keep its connection until it has nothing more to do", "[judge][pf004]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::relay).times(2);
    RecordBuilder run;
    run.connected(1ms).stored(2ms).reply(2ms, "accepted", "250 ok").returned(3ms, "ok");
    run.stored(2s, 1).reply(2s, "accepted", "250 ok").returned(2s, "ok");
    SECTION("and closes it then") {
        run.quits(2100ms).exits(6s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("and not after that") {
        run.snapshot(2500ms, "after return", "ESTABLISHED").quits(5s).exits(6s, 0);
        CHECK(codes(judge_it(scenario, run)) == "PF004");
    }
    SECTION("others may not even keep it that long") {
        scenario.operation(Operation::send).times(2);
        run.snapshot(500ms, "after return", "ESTABLISHED").client_fin(2100ms).exits(6s, 0);
        CHECK(codes(judge_it(scenario, run)) == "PF004 PF012");
    }
}
