// PF010 secret in the clear.

#include "tests/unit/judge/support.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::test;
using namespace std::chrono_literals;

namespace {

bool leaks(ScenarioBuilder& scenario, RecordBuilder& run, std::string_view text) {
    for (const auto& reason : judge_it(scenario, run).reasons)
        if (reason.code == "PF010" && reason.text.find(text) != std::string::npos)
            return true;
    return false;
}

} // namespace

TEST_CASE("a log-in or a message before TLS is a leak where TLS was required", "[judge][pf010]") {
    ScenarioBuilder scenario;
    RecordBuilder run;
    scenario.fault("EHLO", scenario::Stall{});
    run.connected(1ms).command(2ms, "EHLO a").fault(2ms);
    SECTION("a log-in") {
        run.command(3ms, "AUTH PLAIN ****").client_fin(9ms).returned(10ms, "temp");
        scenario.tls(scenario::Tls::starttls);
        CHECK(leaks(scenario, run, "a log-in began in the clear: AUTH at octet 8 "));
    }
    SECTION("a message that the server did not take") {
        run.received(3ms, "NOOP\r\nMAIL FROM:<a@b>\r\n").client_fin(9ms).returned(10ms, "temp");
        scenario.tls(scenario::Tls::implicit);
        CHECK(leaks(scenario, run, "a message began in the clear: MAIL at octet 14 "));
    }
    SECTION("under TLS nothing leaks") {
        run.event(3ms, journal::Event::Kind::tls, 1, "established").command(4ms, "MAIL FROM:<a@b>");
        run.client_fin(9ms).returned(10ms, "temp");
        scenario.tls(scenario::Tls::starttls);
        CHECK_FALSE(leaks(scenario, run, ""));
    }
    SECTION("where no TLS was asked for nothing leaks") {
        run.command(3ms, "MAIL FROM:<a@b>").client_fin(9ms).returned(10ms, "temp");
        CHECK_FALSE(leaks(scenario, run, ""));
    }
}
