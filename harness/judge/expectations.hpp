#pragma once

#include "harness/judge/facts.hpp"
#include "harness/judge/findings.hpp"

namespace postfault::judge {

// What the scenario asks of the first operation, key by key (`expect.KEY`), and of later operations that they work
// (`next`). `invariants` is what the invariants said: what follows from a hang, a crash, a kept connection or a lost
// message is not repeated, so that a reader sees one cause first.
Findings check_expectations(const Facts& facts, const Findings& invariants);

} // namespace postfault::judge
