// What became of the message: PF005 lost, PF006 duplicate, PF007 damaged.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::Match;
using judge::VerdictKind;
using scenario::Operation;

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
