#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::Match;
using judge::VerdictKind;
using scenario::CloseKind;
using scenario::Operation;
using scenario::ResultWord;
using scenario::TimeRange;

namespace {

TimeRange limits(double from, double to) { return {TimeValue{0us, from}, TimeValue{0us, to}}; }

} // namespace

TEST_CASE("result: any of the words, and what a client cannot say is not held against it", "[judge][expect]") {
    struct Case {
        std::vector<std::string> can_say;
        std::string said;
        ResultWord wanted;
        bool good;
    };

    const Case example = GENERATE(values<Case>({
        {{"ok", "temp", "perm", "uncertain"}, "temp", ResultWord::temp, true},
        {{"ok", "temp", "perm", "uncertain"}, "temp", ResultWord::perm, false},
        {{"ok", "temp", "perm", "uncertain"}, "temp", ResultWord::uncertain, false},
        {{"ok", "temp", "perm", "uncertain"}, "perm", ResultWord::temp, false},
        {{"ok", "temp", "perm", "uncertain"}, "ok", ResultWord::temp, false},
        {{"ok", "temp", "perm", "uncertain"}, "temp", ResultWord::ok, false},
        {{"ok", "temp", "perm", "uncertain"}, "temp", ResultWord::failure, true},
        {{"ok", "temp", "perm"}, "temp", ResultWord::uncertain, true},
        {{"ok", "temp", "perm"}, "perm", ResultWord::uncertain, false},
        {{"ok", "temp", "perm"}, "ok", ResultWord::uncertain, false},
        {{"ok", "temp"}, "temp", ResultWord::perm, true},
        {{"ok", "failure"}, "failure", ResultWord::temp, true},
        {{"ok", "failure"}, "failure", ResultWord::perm, true},
        {{"ok", "failure"}, "failure", ResultWord::uncertain, true},
        {{"ok", "failure"}, "failure", ResultWord::failure, true},
        {{"ok", "failure"}, "failure", ResultWord::ok, false},
        {{"ok", "failure"}, "ok", ResultWord::failure, false},
    }));
    CAPTURE(example.can_say, example.said, static_cast<int>(example.wanted));
    ScenarioBuilder scenario;
    scenario.expect().result = {example.wanted};
    RecordBuilder run;
    run.record().abilities.results = example.can_say;
    run.talk_to_data(1ms).stored(5ms).reply(6ms, "accepted", "250 ok").quits(7ms);
    run.returned(8ms, example.said).exits(3s, 0);
    CHECK(codes(judge_it(scenario, run)) == (example.good ? "" : "expect.result"));
}

TEST_CASE("result: several words mean any of them", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().result = {ResultWord::temp, ResultWord::perm};
    RecordBuilder run = stalled_and_correct();
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("result: a client that ends without a word has none", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().result = {ResultWord::temp};
    RecordBuilder run;
    run.connected(1ms).fault(2ms).client_fin(2s).exits(3s, 7);
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "expect.result");
    CHECK(says(verdict.reasons, "it ended with exit 7 and did not say, expected temp"));
}

TEST_CASE("exit: the status of the process", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct();
    scenario.expect().exit = 75;
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    scenario.expect().exit = 0;
    const auto verdict = judge_it(scenario, run);
    CHECK(codes(verdict) == "expect.exit");
    CHECK(says(verdict.reasons, "exit 75, expected 0"));
    run.record().clients[0].ended->killed_by_harness = true;
    CHECK(codes(judge_it(scenario, run).not_observable) == "expect.exit");
}

TEST_CASE("gives_up: neither too early nor too late", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct(); // after 2.000 s
    scenario.expect().gives_up = limits(0.8, 1.5);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    scenario.expect().gives_up = limits(1.1, 1.5);
    CHECK(says(judge_it(scenario, run).reasons,
               "gave up on connection 1 2.000 s after the fault, expected 1.1T..1.5T, which is 2.200 s..3.000 s"));
    scenario.expect().gives_up = limits(0.5, 0.9);
    CHECK(codes(judge_it(scenario, run)) == "expect.gives_up");
}

TEST_CASE("gives_up: a bound missed by less than the noise is no verdict but an error", "[judge][expect][busy]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().gives_up = limits(0.5, 0.99);
    RecordBuilder run = stalled_and_correct();
    run.record().lateness = {{at(1s), 20ms}};
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::error);
    REQUIRE(codes(verdict) == "busy");
    CHECK(says(verdict.reasons, "machine too busy"));

    scenario.expect().result = {ResultWord::ok};
    const auto failed = judge_it(scenario, run);
    CHECK(failed.kind == VerdictKind::fail); // something else is wrong beyond doubt
    CHECK(codes(failed) == "expect.result");
    CHECK(says(failed.notes, "expect.gives_up"));
}

TEST_CASE("gives_up: without a known limit it is measured and not judged", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().gives_up = limits(0.1, 0.2);
    RecordBuilder run = stalled_and_correct();
    run.record().abilities.limit_known = false;
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(codes(verdict.not_observable) == "expect.gives_up");
    CHECK(says(verdict.not_observable, "gave up 2.000 s after the fault"));
}

TEST_CASE("gives_up: every connection that met the fault is judged", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().gives_up = limits(0.8, 1.5);
    RecordBuilder run;
    run.connected(0ms).fault(0ms).client_fin(2s).connected(3s, 2).fault(3s, 2).client_fin(3100ms, 2);
    run.returned(4s, "temp").exits(6s, 75);
    CHECK(says(judge_it(scenario, run).reasons, "gave up on connection 2 0.100 s after the fault"));
}

TEST_CASE("gives_up: a connect that came to nothing", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Blackhole{}, scenario::Point::Kind::connect);
    scenario.expect().gives_up = limits(0.8, 1.5);
    RecordBuilder run;
    run.connect_attempt(0ms).fault(0ms, 0);
    SECTION("in time") {
        run.returned(2s, "temp").exits(4s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("too late") {
        run.returned(5s, "temp").exits(7s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "gave up 5.000 s after it began to connect"));
    }
}

TEST_CASE("ends: from the start of the client to the end of its operation", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_correct(); // returned at 2.004 s
    scenario.expect().ends = limits(0.5, 1.2);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    scenario.expect().ends = TimeRange{std::nullopt, TimeValue{1s, 0}};
    CHECK(says(judge_it(scenario, run).reasons, "was over 2.004 s after its start, expected ..1s"));
    run.record().lateness = {{at(700ms), 600ms}, {at(1500ms), 500ms}}; // both together, not the worse of them
    CHECK(codes(judge_it(scenario, run).reasons) == "busy");
    run.record().lateness.clear();
    scenario.expect().ends = limits(0.1, 0.2);
    run.record().abilities.limit_known = false;
    CHECK(codes(judge_it(scenario, run).not_observable) == "expect.ends");
}

TEST_CASE("close: how the connection with the fault was closed", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "220 ready");
    const auto closed_as = [&](CloseKind kind) {
        scenario.expect().close = {kind};
        return judge_it(scenario, run).kind == VerdictKind::pass;
    };
    SECTION("FIN after a time-out: QUIT is not asked for") {
        run.command(3ms, "EHLO a").fault(3ms).client_fin(2s).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::fin));
        CHECK(closed_as(CloseKind::quit));
        CHECK_FALSE(closed_as(CloseKind::reset));
    }
    SECTION("FIN although every reply had come: QUIT was due") {
        run.exchange(3ms, "EHLO a", "500 no").fault(3ms).client_fin(2s).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::fin));
        CHECK_FALSE(closed_as(CloseKind::quit));
        scenario.scenario().protocol = scenario::Protocol::nntp;
        CHECK(closed_as(CloseKind::quit)); // RFC 3977 5.4
    }
    SECTION("QUIT and FIN") {
        run.fault(3ms).exchange(4ms, "QUIT", "221 bye").client_fin(5ms).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::quit));
        CHECK(closed_as(CloseKind::fin));
        CHECK_FALSE(closed_as(CloseKind::reset));
    }
    SECTION("a deliberate reset") {
        run.command(3ms, "EHLO a").fault(3ms).client_reset(2s).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::reset));
        CHECK_FALSE(closed_as(CloseKind::fin));
    }
    SECTION("a reset that unread input forced") {
        run.command(3ms, "EHLO a").fault(3ms).sent(1s, "250-x\r\n").client_reset(2s).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::reset));
        CHECK(closed_as(CloseKind::fin));
    }
    SECTION("close_notify of TLS before FIN") {
        run.command(3ms, "EHLO a").fault(3ms).event(1s, Event::Kind::tls, 1, "close_notify");
        run.client_fin(2s).returned(2s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::notify));
        CHECK(closed_as(CloseKind::fin));
    }
    SECTION("FIN alone is no close_notify") {
        run.command(3ms, "EHLO a").fault(3ms).client_fin(2s).returned(2s, "temp").exits(4s, 75);
        CHECK_FALSE(closed_as(CloseKind::notify));
    }
    SECTION("the server's own reset leaves nothing to close") {
        run.fault(3ms).event(3ms, Event::Kind::server_reset, 1).returned(1s, "temp").exits(4s, 75);
        CHECK(closed_as(CloseKind::quit));
    }
}

TEST_CASE("connects: connections, and refused attempts if they were watched", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.expect().connects = scenario::CountRange{2, 2};
    RecordBuilder run;
    run.connected(1ms).fault(2ms).client_fin(2s).connected(3s, 2).client_fin(4s, 2).returned(4s, "temp").exits(6s, 75);
    SECTION("counted at the server") {
        scenario.stall();
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
        scenario.expect().connects = scenario::CountRange{1, 1};
        CHECK(says(judge_it(scenario, run).reasons, "connected 2 times"));
    }
    SECTION("refused ones count") {
        scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
        run.connect_attempt(1ms, 1).connect_attempt(2500ms, 2).connect_attempt(3s, 3);
        CHECK(says(judge_it(scenario, run).reasons, "connected 3 times"));
    }
    SECTION("refused ones that nobody watched cannot be counted") {
        scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
        CHECK(codes(judge_it(scenario, run).not_observable) == "PF009 expect.connects");
        scenario.expect().connects = scenario::CountRange{0, 1}; // too many even so
        CHECK(codes(judge_it(scenario, run)) == "expect.connects");
    }
}

TEST_CASE("connects: later operations do not count", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    scenario.expect().connects = scenario::CountRange{1, 1};
    RecordBuilder run;
    run.connected(1ms).fault(2ms).client_fin(2s).returned(2s, "temp");
    run.connected(3s, 2).stored(3s, 1, 2).reply(3s, "accepted", "250 ok", 2).quits(3100ms, 2).returned(3200ms, "ok");
    run.exits(5s, 0);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("addresses: those that are tried, in their order", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
    scenario.expect().addresses = {1, 2};
    RecordBuilder run;
    SECTION("each counts once") {
        run.connect_attempt(1ms, 1, "1").fault(1ms).connect_attempt(2ms, 2, "2").connect_attempt(1s, 3, "1");
        run.connect_attempt(1100ms, 4, "2").returned(2s, "temp").exits(4s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("the order matters") {
        run.connect_attempt(1ms, 1, "2").fault(1ms).connect_attempt(2ms, 2, "1").returned(2s, "temp").exits(4s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "tried address 2, then 1, expected address 1, then 2"));
    }
    SECTION("one that is left out is missed") {
        run.connect_attempt(1ms, 1, "1").fault(1ms).returned(2s, "temp").exits(4s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "tried address 1, expected address 1, then 2"));
    }
    SECTION("one that was not needed is seen, also as a connection") {
        scenario.expect().addresses = {1};
        run.connect_attempt(1ms, 1, "1").fault(1ms).connect_attempt(2ms, 2, "2").connected(3ms, 2, "2");
        run.client_fin(1s, 2).returned(2s, "temp").exits(4s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "tried address 1, then 2, expected address 1"));
    }
    SECTION("what nobody watched is not known") {
        run.fault(1ms).returned(2s, "temp").exits(4s, 75);
        CHECK(codes(judge_it(scenario, run).not_observable) == "PF009 expect.addresses");
    }
}

TEST_CASE("backoff: to go on to the next address is no new try", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
    scenario.expect().backoff = TimeRange{TimeValue{1s, 0}, std::nullopt};
    RecordBuilder run;
    run.connect_attempt(1ms, 1, "1").fault(1ms).connect_attempt(2ms, 2, "2");
    SECTION("the pause is due before the first address is tried again") {
        run.connect_attempt(1500ms, 3, "1").connect_attempt(1501ms, 4, "2").returned(2s, "temp").exits(4s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("or any other that was tried") {
        run.connect_attempt(3ms, 3, "2").returned(2s, "temp").exits(4s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "connected again 0.001 s after connection 2 was over"));
    }
}

TEST_CASE("backoff: the pause between two connections", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().backoff = TimeRange{TimeValue{1s, 0}, std::nullopt};
    RecordBuilder run;
    run.connected(0ms).fault(2ms).client_fin(2s);
    SECTION("long enough") {
        run.connected(3s, 2).client_fin(4s, 2).returned(4s, "temp").exits(6s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("too short") {
        run.connected(2100ms, 2).client_fin(4s, 2).returned(4s, "temp").exits(6s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "connected again 0.100 s after connection 1 was over"));
    }
    SECTION("our own end counts where the client's was seen late, behind all that it had sent") {
        RecordBuilder late;
        late.connected(0ms).fault(2ms).server_fin(3ms).client_fin(1900ms).connected(1901ms, 2).client_fin(2s, 2);
        CHECK_FALSE(says(judge_it(scenario, late.returned(2s, "temp").exits(6s, 75)).reasons, "connected again"));
    }
    SECTION("nothing to judge") {
        run.returned(4s, "temp").exits(6s, 75);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("refused attempts count from the attempt") {
        scenario.fault("", scenario::Refuse{}, scenario::Point::Kind::connect);
        scenario.scenario().faults.erase(scenario.scenario().faults.begin());
        run.connect_attempt(0ms).connect_attempt(4s, 2).connect_attempt(4200ms, 3).fault(4s, 0);
        run.returned(5s, "temp").exits(7s, 75);
        CHECK(says(judge_it(scenario, run).reasons, "connected again 0.200 s"));
    }
}

TEST_CASE("stored: how many copies there are", "[judge][expect]") {
    using scenario::StoredWord;

    struct Case {
        int copies;
        StoredWord wanted;
        bool good;
    };

    const Case example = GENERATE(values<Case>({{0, StoredWord::never, true},
                                                {1, StoredWord::never, false},
                                                {0, StoredWord::once, false},
                                                {1, StoredWord::once, true},
                                                {2, StoredWord::once, false},
                                                {0, StoredWord::at_most_once, true},
                                                {1, StoredWord::at_most_once, true},
                                                {2, StoredWord::at_most_once, false}}));
    CAPTURE(example.copies, static_cast<int>(example.wanted));
    ScenarioBuilder scenario;
    scenario.stall("accepted");
    scenario.expect().stored = example.wanted;
    RecordBuilder run;
    run.connected(1ms).fault(2ms);
    for (int copy = 0; copy < example.copies; ++copy)
        run.stored(10ms * (copy + 1));
    run.client_fin(2s).returned(2s, "uncertain").exits(4s, 75);
    CHECK(codes(judge_it(scenario, run)) == (example.good ? "" : "expect.stored"));
}

TEST_CASE("received: intact or not at all", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::read);
    RecordBuilder run;
    run.connected(1ms).exchange(2ms, "ARTICLE 1", "220 1").client_fin(3ms).returned(4ms, "temp").exits(3s, 75);
    scenario.expect().received = scenario::ReceivedWord::intact;
    CHECK(says(judge_it(scenario, run).reasons, "nothing was delivered"));
    run.delivered(0, Match::identical);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    scenario.expect().received = scenario::ReceivedWord::never;
    CHECK(codes(judge_it(scenario, run)) == "expect.received");
    run.record().abilities.delivery_visible = false;
    CHECK(codes(judge_it(scenario, run).not_observable) == "expect.received");
}

TEST_CASE("never: verbs that must not be seen, taken by the server or not", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.connected(1ms).command(2ms, "EHLO a").fault(2ms);
    scenario.expect().never = {"mail"};
    SECTION("none") {}
    SECTION("taken") { run.command(3ms, "MAIL FROM:<>"); }
    SECTION("sent while the fault held the server back") { run.received(3ms, "MAIL FROM:<>\r\n"); }
    const bool seen = run.record().journal.size() > 4;
    run.client_fin(2s).returned(2s, "temp").exits(4s, 75);
    CHECK(codes(judge_it(scenario, run)) == (seen ? "expect.never" : ""));
}

TEST_CASE("never: the text of a message is no command", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.expect().never = {"AUTH"};
    RecordBuilder run;
    run.talk_to_data(1ms).received(3ms, "Subject: x\r\n\r\nAUTH is a word\r\n.\r\n").stored(4ms);
    run.reply(4ms, "accepted", "250 ok").quits(5ms).returned(6ms, "ok").exits(4s, 0);
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
}

TEST_CASE("rss: the peak of memory", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().rss = 32 << 20;
    RecordBuilder run = stalled_and_correct();
    CHECK(codes(judge_it(scenario, run).not_observable) == "expect.rss");
    run.record().clients[0].max_rss = 20 << 20;
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    run.record().clients[0].max_rss = 64 << 20;
    CHECK(says(judge_it(scenario, run).reasons, "used 64.0 MiB of memory, expected at most 32.0 MiB"));
}

TEST_CASE("log: a pattern in a line of the output", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().log = scenario::LogPattern{"timed? ?out"};
    RecordBuilder run = stalled_and_correct();
    CHECK(codes(judge_it(scenario, run)) == "expect.log");
    run.output(2s, "error: read timed out");
    CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    run.output(2s, std::string(1'000'000, 'x')); // must not blow the stack
    scenario.expect().log = scenario::LogPattern{"(x|y)*z"};
    CHECK(codes(judge_it(scenario, run)) == "expect.log");
}

TEST_CASE("next: a later operation meets a healthy server and must work", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    RecordBuilder run;
    run.connected(1ms).fault(2ms).client_fin(2s).returned(2s, "temp");
    SECTION("which it does") {
        run.connected(3s, 2).stored(3s, 1, 2).reply(3s, "accepted", "250 ok", 2).quits(3100ms, 2);
        run.returned(3200ms, "ok").exits(5s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("or says that it failed") {
        run.returned(3200ms, "temp", "lock held").exits(5s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "next");
        CHECK(verdict.reasons[0].text ==
              "operation 2 of 2 (send): it returned temp (\"lock held\") from a healthy server");
    }
    SECTION("or never does it") {
        run.exits(5s, 75);
        CHECK(codes(judge_it(scenario, run)) == "next");
    }
    SECTION("or only says so") {
        run.returned(3200ms, "ok").exits(5s, 0);
        CHECK(codes(judge_it(scenario, run)) == "PF005");
    }
}

TEST_CASE("next: in processes of their own, what one leaves behind is not observable", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall().then(Operation::send);
    RecordBuilder run;
    run.record().abilities.steps_in_one_process = false;
    run.connected(1ms).fault(2ms).client_fin(2s).returned(2100ms, "temp").exits(4s, 75);
    run.next_process(5s).connected(5s, 2).stored(5100ms, 1, 2).reply(5100ms, "accepted", "250 ok", 2);
    run.quits(5200ms, 2).returned(5200ms, "ok", "", 1).exits(7s, 0, 1);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(codes(verdict.not_observable) == "next");
}

TEST_CASE("what is expected of a step with several operations is expected of each", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.stall().times(2).then(Operation::send);
    scenario.expect().result = {ResultWord::temp};
    scenario.expect().connects = scenario::CountRange{2, 2};
    scenario.expect().gives_up = limits(0.8, 1.5);
    RecordBuilder run;
    run.connected(1ms).fault(2ms).client_fin(2s).returned(2s, "temp");
    run.connected(3s, 2).fault(3s, 2);
    SECTION("and the one after them meets a healthy server") {
        run.client_fin(5s, 2).returned(5s, "temp").connected(6s, 3).stored(6s, 2, 3);
        run.reply(6s, "accepted", "250 ok", 3).quits(6100ms, 3).returned(6100ms, "ok").exits(8s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("result") {
        run.client_fin(5s, 2).returned(5s, "perm", "gone").returned(6s, "ok").exits(8s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "PF005 expect.result");
        CHECK(verdict.reasons[1].text == "operation 2 of 3 (send): it returned perm (\"gone\"), expected temp");
    }
    SECTION("time") {
        run.client_fin(8s, 2).returned(8s, "temp").stored(9s, 2).returned(9s, "ok").exits(11s, 0);
        CHECK(codes(judge_it(scenario, run)) == "expect.gives_up");
    }
    SECTION("connections are counted together") {
        run.client_fin(5s, 2).connected(5s, 3).client_fin(5100ms, 3).returned(5200ms, "temp");
        run.stored(6s, 2).returned(6s, "ok").exits(8s, 0);
        CHECK(codes(judge_it(scenario, run)) == "expect.connects");
    }
    SECTION("the message") {
        scenario.expect().stored = scenario::StoredWord::never;
        run.stored(3100ms, 1, 2).client_fin(5s, 2).returned(5s, "temp").stored(6s, 2).returned(6s, "ok").exits(8s, 0);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "expect.stored");
        CHECK(verdict.reasons[0].text == "operation 2 of 3 (send): the message was stored once, expected never");
    }
}

TEST_CASE("received: each article of a step must be there", "[judge][expect]") {
    ScenarioBuilder scenario;
    scenario.operation(Operation::read).times(2);
    scenario.expect().received = scenario::ReceivedWord::intact;
    RecordBuilder run;
    run.connected(1ms).exchange(1ms, "ARTICLE <1@x>", "220 x").exchange(2ms, "ARTICLE <2@x>", "220 x").client_fin(3ms);
    run.delivered(0, Match::identical).returned(3ms, "ok");
    SECTION("both are") {
        run.delivered(1, Match::identical).returned(3ms, "ok").exits(2s, 0);
        CHECK(judge_it(scenario, run).kind == VerdictKind::pass);
    }
    SECTION("one is not") {
        run.returned(3ms, "temp").exits(2s, 75);
        const auto verdict = judge_it(scenario, run);
        CHECK(codes(verdict) == "expect.received");
        CHECK(verdict.reasons[0].text == "operation 2 of 2 (read): nothing was delivered, expected it intact");
    }
}
