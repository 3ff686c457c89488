#pragma once

#include "harness/judge/facts.hpp"
#include "harness/judge/findings.hpp"

namespace postfault::judge {

// Part of PF004: descriptors that are left over from many operations of one process.
void check_growing_descriptors(const Facts& facts, Findings& findings);

// Part of PF008.
void check_growing_memory(const Facts& facts, Findings& findings);

} // namespace postfault::judge
