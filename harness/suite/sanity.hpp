#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/client/profile.hpp"
#include "harness/report/results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postfault::suite {

// A healthy run for every operation that the scenarios ask of this client: it shows that the client can talk to a
// server at all.
std::vector<scenario::Scenario> healthy_scenarios(const std::vector<scenario::Scenario>& scenarios,
                                                  const client::Profile& profile);

// Why the first healthy run that is not a pass did not work, for people; empty if all passed.
std::string sanity_trouble(const std::vector<report::RunResult>& healthy, const std::string& when);

} // namespace postfault::suite
