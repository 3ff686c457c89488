#include "harness/judge/expectations.hpp"

#include "harness/judge/expectations/checker.hpp"

namespace postfault::judge {

Findings check_expectations(const Facts& facts, const Findings& invariants) { return Checker(facts, invariants).run(); }

} // namespace postfault::judge
