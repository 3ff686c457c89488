#include "harness/suite/sanity.hpp"

#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::suite {

namespace {

// Bad manners (PF012 abrupt close, PF013 protocol violation) and yet it works: the scenarios can be asked of it, and
// show them.
bool works_without_manners(const judge::Verdict& verdict) {
    return verdict.kind == judge::VerdictKind::fail && !verdict.reasons.empty() &&
           std::all_of(verdict.reasons.begin(), verdict.reasons.end(),
                       [](const judge::Reason& reason) { return reason.code == "PF012" || reason.code == "PF013"; });
}

} // namespace

std::vector<scenario::Scenario> healthy_scenarios(const std::vector<scenario::Scenario>& scenarios,
                                                  const client::Profile& profile) {
    std::vector<scenario::Scenario> healthy;
    for (const scenario::Scenario& asked : scenarios) {
        const auto same = [&](const scenario::Scenario& have) {
            return have.protocol == asked.protocol && have.operation == asked.operation &&
                   have.server.tls == asked.server.tls && (have.server.addresses > 1) == (asked.server.addresses > 1);
        };
        if (!profile.why_not(asked).empty() || std::any_of(healthy.begin(), healthy.end(), same))
            continue;
        scenario::Scenario plain;
        plain.name = fmt::format(
            "healthy {}{}{}", to_string(asked.operation),
            asked.server.tls == scenario::Tls::none ? "" : fmt::format(" with TLS ({})", to_string(asked.server.tls)),
            asked.server.addresses > 1 ? " with several addresses" : "");
        plain.id = fmt::format("sanity::{}", plain.name);
        plain.protocol = asked.protocol;
        plain.operation = asked.operation;
        plain.server.tls = asked.server.tls;
        plain.server.addresses = asked.server.addresses > 1 ? 2 : 1;
        plain.steps = {{asked.operation, {}}};
        plain.expect.result = {scenario::ResultWord::ok};
        if (!row_of(asked.operation).uploads)
            plain.expect.received = scenario::ReceivedWord::intact;
        else if (!profile.ok_means_queued)
            plain.expect.stored = scenario::StoredWord::once;
        healthy.push_back(std::move(plain));
    }
    return healthy;
}

std::string sanity_trouble(const std::vector<report::RunResult>& healthy, const std::string& when) {
    for (const report::RunResult& run : healthy) {
        if (run.verdict.kind == judge::VerdictKind::pass || works_without_manners(run.verdict))
            continue;
        std::string why =
            run.verdict.reasons.empty() ? std::string(to_string(run.verdict.kind)) : run.verdict.reasons.front().text;
        return fmt::format("{} the scenarios, {} against a healthy server did not work: {}", when,
                           to_string(run.scenario.operation), why);
    }
    return {};
}

} // namespace postfault::suite
