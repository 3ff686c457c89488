#include "harness/report/baseline.hpp"
#include "harness/report/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postfault;
using namespace postfault::report;
using judge::VerdictKind;

namespace {

RunResult run(const std::string& id, VerdictKind kind, const std::vector<std::string>& codes = {}) {
    RunResult result;
    result.scenario.id = id;
    result.record.id = id;
    result.verdict.kind = kind;
    for (const std::string& code : codes)
        result.verdict.reasons.push_back({code, "because"});
    return result;
}

SuiteResult suite(std::vector<RunResult> runs) {
    SuiteResult result;
    result.runs = std::move(runs);
    return result;
}

VerdictKind after(const Baseline& baseline, const RunResult& now) {
    SuiteResult result = suite({now});
    apply(baseline, result);
    return result.runs.front().verdict.kind;
}

const Baseline known{{"a", {"PF001", "expect.result"}}};

} // namespace

TEST_CASE("a baseline holds the codes of what failed", "[report][baseline]") {
    const auto baseline = read_baseline(R"({"schema": "postfault.results/1", "runs": [
        {"id": "a", "verdict": "fail", "reasons": [{"code": "PF001"}, {"code": "PF004"}]},
        {"id": "b", "verdict": "pass", "reasons": []},
        {"id": "c", "verdict": "xfail", "reasons": [{"code": "PF002"}]},
        {"id": "d", "verdict": "not reached", "reasons": [{"code": "fault"}]},
        {"id": "e", "verdict": "skipped", "reasons": [{"code": "skip"}]},
        {"id": "a", "verdict": "fail", "reasons": [{"code": "PF003"}]}]})");
    REQUIRE(baseline);
    CHECK(*baseline == Baseline{{"a", {"PF001", "PF004", "PF003"}}, {"c", {"PF002"}}, {"d", {"fault"}}});
}

TEST_CASE("what is no results file is refused", "[report][baseline]") {
    CHECK(read_baseline("").problem() == "this is no JSON");
    CHECK(read_baseline("{").problem() == "this is no JSON");
    CHECK(read_baseline(R"({"schema": "postfault.results/2", "runs": []})").problem() ==
          "expected results of `postfault run --json` (schema postfault.results/1)");
    for (const char* text : {"[]", "5", "{}", R"({"schema": 1})", R"({"schema": "postfault.results/1"})",
                             R"({"schema": "postfault.results/1", "runs": [1]})",
                             R"({"schema": "postfault.results/1", "runs": [{"id": "a", "verdict": "fail"}]})"}) {
        CAPTURE(text);
        CHECK(read_baseline(text).problem().find("these are no results of `postfault run --json`: ") == 0);
    }
}

TEST_CASE("a failure is known if all its codes were there before", "[report][baseline]") {
    CHECK(after(known, run("a", VerdictKind::fail, {"PF001"})) == VerdictKind::xfail);
    CHECK(after(known, run("a", VerdictKind::fail, {"expect.result", "PF001"})) == VerdictKind::xfail);
    CHECK(after(known, run("a", VerdictKind::fail, {"PF001", "PF004"})) == VerdictKind::fail);
    CHECK(after(known, run("b", VerdictKind::fail, {"PF001"})) == VerdictKind::fail);
    CHECK(after({{"a", {"fault"}}}, run("a", VerdictKind::not_reached, {"fault"})) == VerdictKind::xfail);
}

TEST_CASE("a failure without a reason is never known", "[report][baseline]") {
    CHECK(after(known, run("a", VerdictKind::fail)) == VerdictKind::fail);
}

TEST_CASE("what failed and passes now is shown", "[report][baseline]") {
    CHECK(after(known, run("a", VerdictKind::pass)) == VerdictKind::xpass);
    CHECK(after(known, run("b", VerdictKind::pass)) == VerdictKind::pass);
}

TEST_CASE("trouble of the harness is never a known failure", "[report][baseline]") {
    CHECK(after({{"a", {"harness"}}}, run("a", VerdictKind::error, {"harness"})) == VerdictKind::error);
    CHECK(after(known, run("a", VerdictKind::skipped, {"skip"})) == VerdictKind::skipped);
}

TEST_CASE("results that were written can be read as a baseline", "[report][baseline]") {
    const SuiteResult earlier = suite({run("a", VerdictKind::fail, {"PF001"}), run("b", VerdictKind::pass)});
    const auto baseline = read_baseline(to_json(earlier).dump());
    INFO(baseline.problem());
    REQUIRE(baseline);
    CHECK(*baseline == Baseline{{"a", {"PF001"}}});
}
