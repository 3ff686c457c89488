#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/judge/verdict.hpp"

namespace postfault::judge {

// Pure: no clock, no file, no socket. Does not look at xfail; that is settle()'s.
Verdict judge(const scenario::Scenario& scenario, const RunRecord& record);

// Turns fail into xfail, and pass into xpass, where the scenario says that this client is known to fail.
Verdict settle(Verdict verdict, const scenario::Scenario& scenario, const std::string& client);

// A run whose scenario cannot be asked of this client.
Verdict skipped(std::string why);

} // namespace postfault::judge
