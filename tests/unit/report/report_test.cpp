#include "harness/report/json.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/shell_line.hpp"
#include "harness/report/terminal.hpp"
#include "harness/report/time_line.hpp"
#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;
using judge::VerdictKind;
using report::RunResult;
using report::SuiteResult;

namespace {

RunResult result_of(ScenarioBuilder& scenario, RecordBuilder& run) {
    return {scenario.scenario(), run.record(), judge_it(scenario, run)};
}

ScenarioBuilder stall_scenario(const std::string& name = "stall after EHLO") {
    ScenarioBuilder scenario;
    scenario.stall();
    scenario.scenario().id = "smtp/silence::" + name;
    scenario.scenario().name = name;
    scenario.scenario().why = "a client must bound its wait for every reply";
    scenario.scenario().refs = {"RFC 5321 4.5.3.2"};
    scenario.scenario().position = {"scenarios/smtp/silence.yaml", 12, 3};
    return scenario;
}

RunResult passed() {
    ScenarioBuilder scenario = stall_scenario("passes");
    RecordBuilder run = stalled_and_correct();
    return result_of(scenario, run);
}

RunResult failed() {
    ScenarioBuilder scenario = stall_scenario();
    RecordBuilder run = stalled_and_hanging();
    run.output(1s, "waiting for \x1b[31mEHLO\x01 & <more>");
    run.record().repeat = {"postfault", "run", "scenarios/smtp/silence.yaml", "-k", "smtp/silence::stall after EHLO",
                           "--seed",    "7"};
    return result_of(scenario, run);
}

RunResult with(VerdictKind kind) {
    RunResult run = passed();
    run.verdict.kind = kind;
    run.verdict.reasons = {{"code", "a reason"}};
    return run;
}

SuiteResult suite(std::vector<RunResult> runs) {
    SuiteResult result;
    result.client = "refclient";
    result.seed = 7;
    result.took = 12345ms;
    result.runs = std::move(runs);
    return result;
}

SuiteResult one_of_each() {
    return suite({passed(), failed(), with(VerdictKind::xfail), with(VerdictKind::xpass),
                  with(VerdictKind::not_reached), with(VerdictKind::skipped), with(VerdictKind::error)});
}

} // namespace

TEST_CASE("exit status: 0 only if all is as expected", "[report]") {
    CHECK(report::exit_status(suite({})) == 0);
    CHECK(report::exit_status(
              suite({passed(), with(VerdictKind::xfail), with(VerdictKind::xpass), with(VerdictKind::skipped)})) == 0);
    for (const VerdictKind kind : {VerdictKind::fail, VerdictKind::not_reached, VerdictKind::error})
        CHECK(report::exit_status(suite({passed(), with(kind)})) == 1);
    SuiteResult result = suite({passed()});
    result.baseline_trouble = "connection refused";
    CHECK(report::exit_status(result) == 1);
}

TEST_CASE("the line of a shell can be pasted", "[report]") {
    CHECK(report::shell_line({"postfault", "run", "-k", "stall after EHLO", "--seed=7"}) ==
          "postfault run -k 'stall after EHLO' --seed=7");
    CHECK(report::shell_line({"it's", "", "$HOME", "a\nb", "~x"}) == "'it'\\''s' '' '$HOME' 'a\nb' '~x'");
}

TEST_CASE("progress: one line with verdict, id, time and codes", "[report][terminal]") {
    CHECK_THAT(report::progress_line(passed()), Catch::StartsWith("pass         smtp/silence::passes "));
    CHECK_THAT(report::progress_line(passed()), Catch::EndsWith(" 5.0 s\n"));
    CHECK_THAT(report::progress_line(failed()), Catch::StartsWith("FAIL         smtp/silence::stall after EHLO "));
    CHECK_THAT(report::progress_line(failed()), Catch::EndsWith("11.0 s  PF001\n"));
    CHECK_THAT(report::progress_line(with(VerdictKind::skipped)), Catch::EndsWith("  a reason\n"));
    CHECK_THAT(report::progress_line(with(VerdictKind::not_reached)), Catch::StartsWith("NOT REACHED "));
    CHECK(report::progress_line(failed(), {true}).find("\x1b[31;1m") != std::string::npos);
    CHECK(report::progress_line(failed(), {false}).find('\x1b') == std::string::npos);
}

TEST_CASE("details: cause, time line, what the client was doing and how to repeat it", "[report][terminal]") {
    const std::string text = report::details(failed());
    CAPTURE(text);
    for (const char* part :
         {"___ FAIL  smtp/silence::stall after EHLO ___",
          "  scenarios/smtp/silence.yaml:12: a client must bound its wait for every reply [RFC 5321 4.5.3.2]",
          "  PF001 hang: the reply to EHLO never came; still waiting 11.0 s after the fault",
          ">>>    0.003 s  conn 1  fault   EHLO: stall", "recvfrom(fd 4), no timeout visible",
          "fd 4  ESTABLISHED  port 40000 to 2525", "is still there, the patience is over",
          "  repeat: postfault run scenarios/smtp/silence.yaml -k 'smtp/silence::stall after EHLO' --seed 7"})
        CHECK(text.find(part) != std::string::npos);
    CHECK(text.find('\x01') == std::string::npos); // what the client printed cannot reach the terminal
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("summary: every kind that there is, and the seed", "[report][terminal]") {
    CHECK(
        report::summary_line(one_of_each()) ==
        "1 passed, 1 failed, 1 not reached, 1 error, 1 failed as known, 1 passed although known to fail, 1 skipped in "
        "12.3 s (seed 7)\n");
    CHECK(report::summary_line(suite({passed(), passed()})) == "2 passed in 12.3 s (seed 7)\n");
    CHECK(report::summary_line(suite({})) == "0 passed in 12.3 s (seed 7)\n");
}

TEST_CASE("terminal: what did not go well in full, what could not be seen once, the rest as a number",
          "[report][terminal]") {
    const std::string text = report::terminal(suite({passed(), failed(), failed()}));
    CAPTURE(text);
    CHECK(text.find("___ FAIL") != std::string::npos);
    CHECK(text.find("smtp/silence::passes") == std::string::npos);
    CHECK(text.find("  PF004 in 2 runs: the client never returned\n") != std::string::npos);
    CHECK_THAT(text, Catch::EndsWith("1 passed, 2 failed in 12.3 s (seed 7)\n"));
}

TEST_CASE("terminal: a client that cannot talk to a healthy server gets this one answer", "[report][terminal]") {
    SuiteResult result = one_of_each();
    result.baseline_trouble = "it returned perm: bad recipient";
    const std::string text = report::terminal(result);
    CHECK(text == "refclient cannot talk to a healthy server, so nothing else was judged:\n  it returned perm: bad "
                  "recipient\n\n");
}

TEST_CASE("time line: both sides in one order", "[report]") {
    CHECK(report::time_line(passed()) == R"(       0.000 s          client  starts
       0.001 s  conn 1  connected
       0.002 s  conn 1  server  "220 ready\r\n"
       0.003 s  conn 1  client  "EHLO a\r\n"
>>>    0.003 s  conn 1  fault   EHLO: stall
       2.003 s  conn 1  client  FIN
       2.004 s          client  returned temp: no reply
       5.000 s          client  exits with 75
)");
}

TEST_CASE("JSON: the contract of postfault.results/1", "[report][json]") {
    const auto json = nlohmann::json::parse(report::to_json_text(one_of_each()));
    CHECK(json.at("schema") == "postfault.results/1");
    CHECK(json.at("seed") == 7);
    CHECK(json.at("summary").at("not reached") == 1);
    CHECK(json.at("exit_status") == 1);
    REQUIRE(json.at("runs").size() == 7);

    const auto& good = json.at("runs").at(0);
    CHECK(good.at("id") == "smtp/silence::passes");
    CHECK(good.at("client") == "refclient");
    CHECK(good.at("verdict") == "pass");
    CHECK(good.at("reasons").empty());
    CHECK(good.at("doubtful") == false);
    CHECK(good.at("fault").at("fired") == true);
    CHECK(good.at("fault").at("at_s") == Approx(0.003));
    CHECK(good.at("client_process").at("exit") == 75);
    CHECK(good.at("client_process").at("signal").is_null());
    CHECK(good.at("client_process").at("ended_s") == Approx(5));
    CHECK(good.at("client_process").contains("cpu_s"));
    CHECK(good.at("client_process").contains("max_rss_bytes"));
    REQUIRE(good.at("connections").size() == 1);
    CHECK(good.at("connections").at(0).at("opened_s") == Approx(0.001));
    CHECK(good.at("connections").at(0).at("client_close") == "fin");
    CHECK(good.at("connections").at(0).at("gives_up_s") == Approx(2));
    CHECK(good.at("connections").at(0).at("close_lag_s").is_null());
    CHECK(good.at("stored") == 0);

    const auto& bad = json.at("runs").at(1);
    CHECK(bad.at("verdict") == "fail");
    CHECK(bad.at("reasons").at(0).at("code") == "PF001");
    CHECK(bad.at("connections").at(0).at("client_close") == "open");
    CHECK(bad.at("connections").at(0).at("gives_up_s").is_null());
    CHECK(bad.at("repeat") == "postfault run scenarios/smtp/silence.yaml -k 'smtp/silence::stall after EHLO' --seed 7");
    CHECK(bad.at("repeat_argv").size() == 7);
}

TEST_CASE("JSON: bytes that are no UTF-8 do no harm, and runs without a client have none", "[report][json]") {
    RunResult run = passed();
    run.verdict.notes.push_back("\xff\xfe");
    run.record.clients.clear();
    const auto json = nlohmann::json::parse(report::to_json_text(suite({run})));
    CHECK(json.at("runs").at(0).at("client_process").is_null());
}

TEST_CASE("JUnit: a case per run that CI servers understand", "[report][junit]") {
    pugi::xml_document document;
    const std::string text = report::to_junit(one_of_each());
    REQUIRE(document.load_string(text.c_str()));
    const pugi::xml_node suite = document.child("testsuites").child("testsuite");
    CHECK(suite.attribute("tests").as_int() == 7);
    CHECK(suite.attribute("failures").as_int() == 2);
    CHECK(suite.attribute("errors").as_int() == 1);
    CHECK(suite.attribute("skipped").as_int() == 2);
    CHECK(std::string(suite.attribute("time").value()) == "12.345");

    const pugi::xml_node bad = suite.find_child_by_attribute("testcase", "name", "stall after EHLO");
    CHECK(std::string(bad.attribute("classname").value()) == "smtp/silence");
    CHECK(std::string(bad.child("failure").attribute("type").value()) == "PF001");
    CHECK_THAT(bad.child("failure").attribute("message").value(), Catch::StartsWith("PF001 hang: "));
    CHECK_THAT(bad.child("system-out").text().get(), Catch::Contains(">>>    0.003 s  conn 1  fault   EHLO: stall"));
    CHECK_THAT(bad.child("system-out").text().get(), Catch::Contains("repeat: postfault run"));
    CHECK_THAT(bad.child("system-err").text().get(), Catch::Contains("EHLO\\x01 & <more>"));
    CHECK(text.find('\x01') == std::string::npos);
}

TEST_CASE("JUnit: the one failed conversation with a healthy server is an error", "[report][junit]") {
    SuiteResult result = suite({});
    result.baseline_trouble = "cannot connect";
    pugi::xml_document document;
    REQUIRE(document.load_string(report::to_junit(result).c_str()));
    const pugi::xml_node suite_node = document.child("testsuites").child("testsuite");
    CHECK(suite_node.attribute("errors").as_int() == 1);
    CHECK(std::string(suite_node.child("testcase").child("error").attribute("message").value()) == "cannot connect");
}

TEST_CASE("what XML cannot hold is written out", "[report][junit]") {
    CHECK(report::fit_for_xml("a\tb\nc") == "a\tb\nc");
    CHECK(report::fit_for_xml(std::string_view("\0\x1b\x7f", 3)) == "\\x00\\x1b\x7f");
    CHECK(report::fit_for_xml("caf\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x99\x82") ==
          "caf\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x99\x82");
    CHECK(report::fit_for_xml("\xff \xc3 \xc0\xaf \xed\xa0\x80 \xef\xbf\xbe") ==
          "\\xff \\xc3 \\xc0\\xaf \\xed\\xa0\\x80 \\xef\\xbf\\xbe");
}
