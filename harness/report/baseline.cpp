#include "harness/report/baseline.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace postfault::report {

namespace {

using judge::VerdictKind;

bool is_failure(std::string_view verdict) {
    return verdict == "fail" || verdict == "xfail" || verdict == "not reached" || verdict == "error";
}

} // namespace

Result<Baseline> read_baseline(std::string_view json) {
    using Failed = Result<Baseline>;
    const auto document = nlohmann::json::parse(json, nullptr, false);
    if (document.is_discarded())
        return Failed::failed("this is no JSON");
    try {
        if (document.at("schema").get<std::string>() != "postfault.results/1")
            return Failed::failed("expected results of `postfault run --json` (schema postfault.results/1)");
        Baseline baseline;
        for (const auto& run : document.at("runs")) {
            if (!is_failure(run.at("verdict").get<std::string>()))
                continue;
            auto& codes = baseline[run.at("id").get<std::string>()];
            for (const auto& reason : run.at("reasons"))
                codes.push_back(reason.at("code").get<std::string>());
        }
        return baseline;
    } catch (const nlohmann::json::exception& error) {
        return Failed::failed(fmt::format("these are no results of `postfault run --json`: {}", error.what()));
    }
}

void apply(const Baseline& baseline, SuiteResult& result) {
    for (RunResult& run : result.runs) {
        const auto known = baseline.find(run.record.id);
        if (known == baseline.end())
            continue;
        judge::Verdict& verdict = run.verdict;
        const auto was_there = [&](const judge::Reason& reason) {
            return std::find(known->second.begin(), known->second.end(), reason.code) != known->second.end();
        };
        const bool failed = verdict.kind == VerdictKind::fail || verdict.kind == VerdictKind::not_reached;
        if (failed && !verdict.reasons.empty() &&
            std::all_of(verdict.reasons.begin(), verdict.reasons.end(), was_there))
            verdict.kind = VerdictKind::xfail;
        else if (verdict.kind == VerdictKind::pass)
            verdict.kind = VerdictKind::xpass;
    }
}

} // namespace postfault::report
