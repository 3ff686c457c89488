#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::Match;
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

// ---- PF004 connection not closed

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

// ---- PF005 lost message

TEST_CASE("success without a stored message is a lost message", "[judge][pf005]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().stored = scenario::StoredWord::once;
    RecordBuilder run;
    run.talk_to_data(1ms).fault(5ms).client_fin(6ms).returned(7ms, "ok").exits(2s, 0);
    SECTION("always") {
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF005");
        CHECK(verdict.reasons[0].text == "lost message: it returned ok, but the server never accepted the message");
    }
    SECTION("but not if success means queued") {
        run.record().abilities.ok_means_queued = true;
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(codes(verdict.not_observable) == "PF005 expect.stored");
    }
    SECTION("a message of somebody else does not count") {
        run.stored(5ms, judge::StoredCopy::npos);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF005");
        CHECK(says(verdict.reasons, "it took 1 that it was not asked to send"));
    }
}

TEST_CASE("a failure without a stored message is the truth", "[judge][pf005]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

// ---- PF006 duplicate

TEST_CASE("the same message for other recipients is no duplicate", "[judge][pf006]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").quits(20ms);
    run.talk_to_data(1s, 2).stored(1111ms, 0, 2).reply(1112ms, "accepted", "250 ok", 2).quits(1200ms, 2);
    run.returned(1300ms, "ok").exits(3s, 0);
    auto& stored = run.record().stored;
    stored[0].recipients = {"a@x", "b@x"};
    stored[1].recipients = {"c@x"};
    CHECK(codes(judge_it(scenario, run)).empty());
    stored[1].recipients = {"c@x", "b@x"};
    CHECK(codes(judge_it(scenario, run)) == "PF006");
    CHECK(judge::record_from_json(judge::to_json(run.record())).stored == stored);
}

TEST_CASE("a second copy after a known acceptance is a duplicate", "[judge][pf006]") {
    ScenarioBuilder scenario;
    scenario.expect().stored = scenario::StoredWord::once;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").quits(20ms);
    run.talk_to_data(1s, 2).stored(1111ms, 0, 2).reply(1112ms, "accepted", "250 ok", 2).quits(1200ms, 2);
    run.returned(1300ms, "ok").exits(3s, 0);
    const auto verdict = judge_it(scenario, run);
    REQUIRE(codes(verdict) == "PF006");
    CHECK(says(verdict.reasons, "accepted again on connection 2, 1.1 s after its acceptance had reached the client"));
}

TEST_CASE("a second copy after a lost acknowledgement is legal and noted", "[judge][pf006]") {
    ScenarioBuilder scenario;
    scenario.stall("accepted");
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).fault(10ms, 1, "accepted");
    SECTION("never sent") { run.client_fin(2010ms); }
    SECTION("sent after the client had left") { run.client_fin(2010ms).reply(2011ms, "accepted", "250 ok"); }
    SECTION("sent after the client had said QUIT") {
        run.event(2010ms, Event::Kind::unread_quit, 1).reply(2011ms, "accepted", "250 ok").client_fin(2012ms);
    }
    SECTION("destroyed by a reset") { run.reply(11ms, "accepted", "250 ok").event(11ms, Event::Kind::server_reset, 1); }
    SECTION("replaced by another reply") {
        scenario.scenario().faults[0].actions = {scenario::Reply{451, "later"}};
        run.reply(11ms, "accepted", "451 later").quits(20ms);
    }
    run.talk_to_data(3s, 2).stored(3100ms, 0, 2).reply(3101ms, "accepted", "250 ok", 2).quits(3200ms, 2);
    run.returned(3300ms, "ok").exits(6s, 0);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(says(verdict.notes, "after a lost acknowledgement, which is legal (RFC 1047)"));
}

TEST_CASE("an article may be posted again only under its message-id", "[judge][pf006]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::post).stall("accepted");
    RecordBuilder run;
    run.connected(1ms).stored(10ms, 0, 1, "<1@x>").fault(10ms).client_fin(2010ms).connected(3s, 2);
    SECTION("the same id is legal") {
        run.stored(3100ms, 0, 2, "<1@x>");
        run.client_fin(3200ms, 2).returned(3300ms, "ok").exits(6s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(says(verdict.notes, "under the same message-id"));
    }
    SECTION("a new id is a duplicate") {
        run.stored(3100ms, 0, 2, "<2@x>");
        run.client_fin(3200ms, 2).returned(3300ms, "ok").exits(6s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF006");
        CHECK(says(verdict.reasons, "new message-id (<2@x> after <1@x>)"));
    }
}

TEST_CASE("the messages of two operations are no duplicates", "[judge][pf006]") {
    ScenarioBuilder scenario;
    scenario.then(Operation::send);
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").quits(20ms).returned(21ms, "ok");
    run.talk_to_data(1s, 2).stored(1100ms, 1, 2, "<2@x>").reply(1101ms, "accepted", "250 ok", 2).quits(1200ms, 2);
    run.returned(1300ms, "ok").exits(3s, 0);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

// ---- PF007 damaged article taken as whole

TEST_CASE("success for an altered message is a damaged one", "[judge][pf007]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms, 0, 1, "<1@x>", Match::altered).reply(11ms, "accepted", "250 ok").quits(20ms);
    SECTION("said ok") {
        run.returned(21ms, "ok").exits(3s, 0);
        CHECK(codes(judge_it(scenario, run)) == "PF007");
    }
    SECTION("said temp") {
        run.returned(21ms, "temp").exits(3s, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(verdict.kind == VerdictKind::pass);
        CHECK(says(verdict.notes, "that is not the message"));
    }
}

TEST_CASE("a message with more header lines is whole", "[judge][pf007]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms, 0, 1, "<1@x>", GENERATE(Match::extended, Match::identical, Match::unknown));
    run.reply(11ms, "accepted", "250 ok").quits(20ms).returned(21ms, "ok").exits(3s, 0);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("reading: what was delivered decides, and else what the server sent", "[judge][pf007]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::read).fault("ARTICLE", scenario::Fin{}, scenario::Point::Kind::reply);
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "200 ready").command(3ms, "ARTICLE <1@x>");
    run.event(3ms, Event::Kind::reply, 1, "ARTICLE", "220 1 <1@x>").sent(3ms, "220 1 <1@x>\r\nhalf").fault(4ms);
    run.server_fin(4ms).client_fin(5ms);

    SECTION("ok with a truncated article") {
        run.returned(6ms, "ok").delivered(0, Match::altered, true, "ends after 20 octets").exits(3s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF007");
        CHECK(says(verdict.reasons, "ends after 20 octets"));
    }
    SECTION("a truncated article under its final name, whatever the client says") {
        run.returned(6ms, "temp").delivered(0, Match::altered).exits(3s, 75);
        CHECK(codes(judge_it(scenario, run)) == "PF007");
    }
    SECTION("what came before a failure on standard output was never called whole") {
        run.record().abilities.delivers_as_stream = true;
        run.returned(6ms, "temp").delivered(0, Match::altered).exits(3s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("nothing delivered and said so") {
        run.returned(6ms, "temp").delivered(0, Match::unknown, false).exits(3s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("ok and nothing delivered") {
        run.returned(6ms, "ok").exits(3s, 0);
        CHECK(codes(judge_it(scenario, run)) == "PF007");
    }
    SECTION("ok, the delivery cannot be seen, but the article was never sent whole") {
        run.record().abilities.delivery_visible = false;
        run.returned(6ms, "ok").exits(3s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF007");
        CHECK(says(verdict.reasons, "never sent the article to its end"));
        CHECK(codes(verdict.not_observable) == "PF007");
    }
    SECTION("ok after the second connection sent it whole") {
        run.connected(1s, 2).exchange(1s, "ARTICLE <1@x>", "220 1 <1@x>", 2).client_fin(1100ms, 2);
        run.returned(1200ms, "ok").delivered(0, Match::identical).exits(3s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("a journal that left things out proves nothing") {
        run.record().abilities.delivery_visible = false;
        run.event(5ms, Event::Kind::note, 0, "left out", "the journal is full");
        run.returned(6ms, "ok").exits(3s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
}

TEST_CASE("octets that the fault changed are not held against the client", "[judge][pf007]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::read).fault("ARTICLE", scenario::Flip{20}, scenario::Point::Kind::reply);
    RecordBuilder run;
    run.connected(1ms).fault(2ms).exchange(3ms, "ARTICLE <1@x>", "220 1 <1@x>").client_fin(5ms);
    run.returned(6ms, "ok").delivered(0, Match::altered).exits(3s, 0);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(says(verdict.notes, "the fault changed octets"));
}

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
    SECTION("while data flows there is work to do") {
        look(run, 2s, 490ms, 0ms);
        for (Duration time = 600ms; time < 2s; time += 500ms)
            run.event(time, Event::Kind::received, 1, "", "x", 1);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
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
