#pragma once

#include "harness/report/results.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace postfault::report {

// `postfault.results/1`: fields are only ever added. Times are seconds on the clock of each run.
nlohmann::json to_json(const RunResult& run);
nlohmann::json to_json(const SuiteResult& result);

// The document as it goes into a file; bytes of a peer that are no UTF-8 do no harm.
std::string to_json_text(const SuiteResult& result);

} // namespace postfault::report
