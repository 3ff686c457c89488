#pragma once

#include "fakeserver/base/result.hpp"
#include "harness/report/results.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::report {

// Earlier results as a measure: the reason codes of every run that failed then.
using Baseline = std::map<std::string, std::vector<std::string>>;

// Reads a results file (`postfault.results/1`).
Result<Baseline> read_baseline(std::string_view json);

// A failure whose codes were all there before is a known one (`xfail`); a run that failed then and passes now is shown
// as `xpass`. Everything else stays as it is.
void apply(const Baseline& baseline, SuiteResult& result);

} // namespace postfault::report
