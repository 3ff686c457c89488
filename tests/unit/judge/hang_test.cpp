// PF001 hang, PF002 crash.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;
using scenario::Operation;

// ---- PF001 hang

TEST_CASE("a client that does all right passes", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(verdict.reasons.empty());
    CHECK(verdict.not_observable.empty());
}

TEST_CASE("a client that is still waiting at the end of the patience hangs, and the evidence says for what",
          "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_hanging();
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::fail);
    REQUIRE(codes(verdict) == "PF001");
    CHECK(verdict.reasons[0].text == "hang: the reply to EHLO never came; still waiting 11.0 s after the fault "
                                     "(recvfrom(fd 4), no timeout visible; fd 4 ESTABLISHED)");
}

TEST_CASE("the evidence of a hang names what was awaited", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    std::string expected;
    SECTION("a connect") {
        run.connect_attempt(1ms).fault(2ms, 0);
        expected = "its connect was never answered";
    }
    SECTION("the greeting") {
        run.connected(1ms).fault(2ms);
        expected = "the greeting never came";
    }
    SECTION("the rest of a reply") {
        run.connected(1ms).reply(2ms, "greeting", "220 x").command(3ms, "EHLO a").fault(3ms).sent(4ms, "250-");
        expected = "the reply to EHLO never ended (4 octets of it were sent)";
    }
    SECTION("the reply to the final dot, before anything was stored") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "", "", 99);
        run.event(50ms, Event::Kind::upload, 1, "dot", "", 120).fault(50ms);
        expected = "the reply to the final dot never came";
    }
    SECTION("the reply to the final dot") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "", "", 99).stored(6ms).fault(6ms);
        expected = "the reply to the final dot never came";
    }
    SECTION("that the server reads on") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "", "", 4096).fault(6ms);
        run.event(6ms, Event::Kind::reading_stopped, 1);
        expected = "the server had stopped reading after 4096 octets of its upload";
    }
    SECTION("nothing at all") {
        run.connected(1ms).fault(1ms).reply(2ms, "greeting", "220 x");
        expected = "every reply had been sent";
    }
    SECTION("a reply that nobody will send, as the server has reset") {
        run.connected(1ms).reply(2ms, "greeting", "220 x").command(3ms, "EHLO a").fault(3ms);
        run.event(4ms, Event::Kind::server_reset, 1);
        expected = "the server had reset its last connection 11.0 s before";
    }
    SECTION("a reply, when it has said QUIT already") {
        run.talk_to_data(1ms).event(5ms, Event::Kind::upload, 1, "dot", "", 120).fault(5ms);
        run.event(2s, Event::Kind::unread_quit, 1);
        expected = "the reply to the final dot never came, and it had said QUIT meanwhile";
    }
    SECTION("nothing, after its connection was over") {
        run.connected(1ms).fault(2ms).client_fin(1s);
        expected = "its last connection was over 10.0 s before";
    }
    run.cut_off(11s);
    const auto verdict = judge_it(scenario, run);
    REQUIRE(verdict.reasons.size() == 1);
    CHECK_THAT(verdict.reasons[0].text, Catch::Contains(expected));
}

TEST_CASE("what follows from a hang is not said again", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    scenario.expect().result = {scenario::ResultWord::temp};
    scenario.expect().gives_up = scenario::TimeRange{TimeValue{0us, 0.8}, TimeValue{0us, 1.5}};
    scenario.expect().ends = scenario::TimeRange{std::nullopt, TimeValue{4s, 0}};
    scenario.expect().exit = 75;
    scenario.expect().stored = scenario::StoredWord::once;
    scenario.expect().close = {scenario::CloseKind::fin};
    scenario.expect().log = scenario::LogPattern{"timed out"};
    RecordBuilder run = stalled_and_hanging();
    CHECK(codes(judge_it(scenario, run)) == "PF001");
}

TEST_CASE("what adds information stands beside a hang", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().never = {"EHLO"};
    scenario.expect().stored = scenario::StoredWord::never;
    RecordBuilder run = stalled_and_hanging();
    run.stored(2ms);
    CHECK(codes(judge_it(scenario, run)) == "PF001 expect.stored expect.never");
}

TEST_CASE("a client that returned but does not end hangs", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).returned(2s, "temp").cut_off(11s, "");
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF001");
    CHECK(says(verdict.reasons, "its process did not end, 9.0 s after it returned temp"));
}

TEST_CASE("a client that the harness ended after it was done does not hang", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).returned(2s, "temp").dies(4s, 9, true);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("a hang of the second operation is named", "[judge][pf001]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(2s).returned(2s, "temp").cut_off(11s, "");
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF001");
    CHECK(says(verdict.reasons, "operation 2 of 2 (send)"));
}

// ---- PF002 crash

TEST_CASE("a signal that the harness did not send is a crash", "[judge][pf002]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().result = {scenario::ResultWord::temp};
    RecordBuilder run;
    run.connected(1ms).fault(3ms).client_fin(303ms).dies(303ms, 11);
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF002");
    CHECK(verdict.reasons[0].text == "crash: ended by signal 11 (SIGSEGV), 300 ms after the fault");
}

TEST_CASE("behind a shell a signal is an exit status", "[judge][pf002]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.one_shot().connected(1ms).fault(3ms).client_fin(303ms);
    SECTION("141 is SIGPIPE") {
        run.exits(303ms, 141);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF002");
        CHECK(says(verdict.reasons, "exit 141, which is how a shell reports signal 13 (SIGPIPE)"));
    }
    SECTION("143 may have been meant") {
        run.exits(303ms, 143);
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(says(verdict.notes, "SIGTERM"));
    }
    SECTION("other numbers are only numbers") {
        run.exits(303ms, GENERATE(0, 1, 75, 127, 128, 255));
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
}

TEST_CASE("a sanitizer report is a crash even if the client goes on", "[judge][pf002]") {
    const char* line =
        GENERATE("==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
                 "==12==ERROR: LeakSanitizer: detected memory leaks", "WARNING: ThreadSanitizer: data race",
                 "reply.c:12:3: runtime error: signed integer overflow", "panic: runtime error: index out of range");
    CAPTURE(line);
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    run.output(1s, line);
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "PF002");
    CHECK(says(verdict.reasons, "sanitizer report"));
}

TEST_CASE("words that only look like a sanitizer report are none", "[judge][pf002]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    run.output(1s, "runtime error: connection timed out").output(1s, "LeakSanitizer has encountered a fatal error");
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}
