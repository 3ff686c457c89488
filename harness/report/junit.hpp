#pragma once

#include "harness/report/results.hpp"

#include <string>
#include <string_view>

namespace postfault::report {

// JUnit's XML as CI servers read it: one suite, a case per run, class = the family, name = the scenario. `not reached`
// is a failure, a known failure is skipped with its reason.
std::string to_junit(const SuiteResult& result);

// What XML 1.0 cannot hold at all, not even escaped, becomes `\xNN`: control characters and bytes that are no UTF-8.
std::string fit_for_xml(std::string_view bytes);

} // namespace postfault::report
