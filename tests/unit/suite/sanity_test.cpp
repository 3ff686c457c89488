#include "harness/suite/sanity.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::suite;
using judge::VerdictKind;
using scenario::Operation;
using scenario::Protocol;

namespace {

scenario::Scenario asking(Protocol protocol, Operation operation) {
    scenario::Scenario scenario;
    scenario.protocol = protocol;
    scenario.operation = operation;
    scenario.steps = {{operation, {}}};
    scenario.message.size = 1 << 20;
    scenario.faults.emplace_back();
    return scenario;
}

client::Profile client_for(std::initializer_list<Operation> operations) {
    client::Profile profile;
    for (const Operation operation : operations)
        profile.operations[operation].command = {"mailer"};
    return profile;
}

report::RunResult run(VerdictKind kind, std::string reason = "") {
    report::RunResult result;
    result.scenario = asking(Protocol::smtp, Operation::send);
    result.verdict.kind = kind;
    if (!reason.empty())
        result.verdict.reasons = {{"code", std::move(reason)}};
    return result;
}

} // namespace

TEST_CASE("each operation that is asked for and offered is tried once without a fault", "[suite][sanity]") {
    const std::vector<scenario::Scenario> asked{
        asking(Protocol::smtp, Operation::send), asking(Protocol::nntp, Operation::read),
        asking(Protocol::smtp, Operation::send), asking(Protocol::nntp, Operation::post)};
    const auto healthy = healthy_scenarios(asked, client_for({Operation::send, Operation::read}));
    REQUIRE(healthy.size() == 2);
    CHECK(healthy[0].id == "sanity::healthy send");
    CHECK(healthy[0].protocol == Protocol::smtp);
    CHECK(healthy[0].faults.empty());
    CHECK(healthy[0].message.size == 0);
    CHECK(healthy[0].steps.size() == 1);
    CHECK(healthy[0].expect.result == std::vector{scenario::ResultWord::ok});
    CHECK(healthy[0].expect.stored == scenario::StoredWord::once);
    CHECK(healthy[1].id == "sanity::healthy read");
    CHECK(healthy[1].protocol == Protocol::nntp);
    CHECK(healthy[1].expect.received == scenario::ReceivedWord::intact);
    CHECK_FALSE(healthy[1].expect.stored);
    CHECK(healthy_scenarios({}, client_for({Operation::send})).empty());
    CHECK(healthy_scenarios(asked, client_for({})).empty());
}

TEST_CASE("a client that only queues need not have delivered", "[suite][sanity]") {
    client::Profile profile = client_for({Operation::send});
    profile.ok_means_queued = true;
    const auto healthy = healthy_scenarios({asking(Protocol::smtp, Operation::send)}, profile);
    REQUIRE(healthy.size() == 1);
    CHECK_FALSE(healthy[0].expect.stored);
}

TEST_CASE("the first healthy run that is no pass is the trouble", "[suite][sanity]") {
    CHECK(sanity_trouble({}, "before") == "");
    CHECK(sanity_trouble({run(VerdictKind::pass)}, "before") == "");
    CHECK(sanity_trouble({run(VerdictKind::pass), run(VerdictKind::fail, "said temp"), run(VerdictKind::fail, "x")},
                         "before") == "before the scenarios, send against a healthy server did not work: said temp");
    CHECK(sanity_trouble({run(VerdictKind::error)}, "after") ==
          "after the scenarios, send against a healthy server did not work: error");
}

TEST_CASE("a client with bad manners can talk to a healthy server all the same", "[suite][sanity]") {
    report::RunResult rude = run(VerdictKind::fail, "left without QUIT");
    rude.verdict.reasons.front().code = "PF012";
    CHECK(sanity_trouble({rude}, "before") == "");
    rude.verdict.reasons.push_back({"PF013", "bare LF"});
    CHECK(sanity_trouble({rude}, "before") == "");
    rude.verdict.reasons.push_back({"expect.result", "said temp"});
    CHECK(sanity_trouble({rude}, "before") != "");
}
