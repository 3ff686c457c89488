#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;

TEST_CASE("trouble of the harness is an error, whatever else happened", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_hanging();
    run.record().harness_trouble = "cannot start refclient: No such file or directory";
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::error);
    CHECK(codes(verdict) == "harness");
}

TEST_CASE("a fault that never fired was not reached, even if all else is well", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = delivered_well();
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::not_reached);
    REQUIRE(codes(verdict) == "fault");
    CHECK(verdict.reasons[0].text == "'EHLO: stall' never happened: it returned ok");
}

TEST_CASE("a hang before the fault is not reached, with a note", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall("DATA");
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "220 x").cut_off(11s);
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::not_reached);
    CHECK(says(verdict.notes, "PF001 hang"));
}

TEST_CASE("a client that never connects reaches nothing", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run;
    run.returned(10ms, "perm", "bad address").exits(1s, 2);
    CHECK(says(judge_it(scenario, run).reasons, "the client never connected, it returned perm (\"bad address\")"));
}

TEST_CASE("of several faults each must fire, but a failure is worth more", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall().stall("MAIL");
    RecordBuilder run = stalled_and_correct();
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::not_reached);
    CHECK(says(verdict.reasons, "'MAIL: stall' never happened"));
    scenario.expect().result = {scenario::ResultWord::ok};
    CHECK(judge_it(scenario, run).kind == VerdictKind::fail);
}

TEST_CASE("a scenario without faults needs none to fire", "[judge]") {
    ScenarioBuilder scenario;
    RecordBuilder run = delivered_well();
    const auto verdict = judge_it(scenario, run);
    CHECK(verdict.kind == VerdictKind::pass);
    CHECK(verdict.measures.fault_fired);
}

TEST_CASE("all reasons are given, invariants first", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().result = {scenario::ResultWord::ok};
    scenario.expect().exit = 0;
    RecordBuilder run = stalled_and_kept();
    CHECK(codes(judge_it(scenario, run)) == "PF004 expect.result expect.exit");
}

TEST_CASE("a known failure is xfail, an unexpected pass xpass", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.scenario().xfail = {{"curl", "waits 120 s for QUIT"}};
    RecordBuilder bad = stalled_and_kept();
    RecordBuilder good = stalled_and_correct();
    const auto settled = [&](RecordBuilder& run, const std::string& client) {
        return judge::settle(judge_it(scenario, run), scenario.scenario(), client);
    };
    CHECK(settled(bad, "curl").kind == VerdictKind::xfail);
    CHECK(codes(settled(bad, "curl")) == "PF004"); // known failures keep their code
    CHECK(says(settled(bad, "curl").notes, "waits 120 s"));
    CHECK(settled(good, "curl").kind == VerdictKind::xpass);
    CHECK(settled(bad, "msmtp").kind == VerdictKind::fail);
    CHECK(settled(good, "msmtp").kind == VerdictKind::pass);
    scenario.scenario().xfail[0].client.clear();
    CHECK(settled(bad, "msmtp").kind == VerdictKind::xfail);
}

TEST_CASE("a skipped run says why", "[judge]") {
    const auto verdict = judge::skipped("curl cannot post");
    CHECK(verdict.kind == VerdictKind::skipped);
    CHECK(says(verdict.reasons, "curl cannot post"));
}

TEST_CASE("verdicts have the names of the reports", "[judge]") {
    CHECK(to_string(VerdictKind::not_reached) == "not reached");
    CHECK(to_string(VerdictKind::xpass) == "xpass");
    CHECK(to_string(judge::ClientClose::open) == "open");
}

TEST_CASE("an empty record is judged without trouble", "[judge]") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.expect().result = {scenario::ResultWord::ok};
    judge::RunRecord record;
    CHECK(judge::judge(scenario.scenario(), record).kind == VerdictKind::not_reached);
    scenario.scenario().faults.clear();
    scenario.scenario().steps.clear();
    CHECK(judge::judge(scenario.scenario(), record).kind == VerdictKind::fail);
}

TEST_CASE("a run record survives its JSON", "[judge][json]") {
    RecordBuilder run = stalled_and_hanging();
    run.stored(5ms, judge::StoredCopy::npos, 1, "<\xff@x>", judge::Match::extended).smuggled();
    run.delivered(1, judge::Match::altered, true, "line 4 differs").output(1s, "said \x01 this");
    run.next_process(12s).returned(13s, "uncertain", "no reply", 1).exits(14s, 75, 1);
    run.record().lateness = {{at(1s), 3ms}};
    run.record().harness_trouble = "none \"really\"";
    const std::string text = judge::to_json(run.record()).dump();
    CHECK(judge::record_from_json(nlohmann::json::parse(text)) == run.record());
    CHECK(judge::record_from_json(judge::to_json(judge::RunRecord{})) == judge::RunRecord{});
    CHECK_THROWS_AS(judge::record_from_json(nlohmann::json::parse(R"({"schema": "postfault.record/2"})")),
                    nlohmann::json::exception);
}

TEST_CASE("judging twice gives the same verdict, also from the stored record", "[judge][json]") {
    ScenarioBuilder scenario;
    scenario.stall();
    RecordBuilder run = stalled_and_kept();
    const auto again = judge::record_from_json(judge::to_json(run.record()));
    CHECK(judge_it(scenario, run) == judge::judge(scenario.scenario(), again));
}
