#include "harness/report/json.hpp"

#include "harness/report/shell_line.hpp"

#include <nlohmann/json.hpp>

namespace postfault::report {

namespace {

using nlohmann::json;

template <class Time>
json seconds(const std::optional<Time>& time) {
    return time ? json(to_seconds(*time)) : json(nullptr);
}

template <class Value>
json or_null(const std::optional<Value>& value) {
    return value ? json(*value) : json(nullptr);
}

json reasons(const std::vector<judge::Reason>& from) {
    json list = json::array();
    for (const auto& reason : from)
        list.push_back({{"code", reason.code}, {"text", reason.text}});
    return list;
}

json process(const observe::Observation& client) {
    json returned = json::array();
    for (const auto& word : client.returned)
        returned.push_back({{"at_s", to_seconds(word.at)}, {"result", word.result}, {"text", word.text}});
    json result = {{"started_s", to_seconds(client.started)},
                   {"exit", nullptr},
                   {"signal", nullptr},
                   {"ended_s", nullptr},
                   {"killed_by_harness", false},
                   {"cpu_s", to_seconds(client.cpu)},
                   {"max_rss_bytes", client.max_rss},
                   {"returned", std::move(returned)}};
    if (client.ended) {
        result["exit"] = or_null(client.ended->exit);
        result["signal"] = or_null(client.ended->signal);
        result["ended_s"] = to_seconds(client.ended->at);
        result["killed_by_harness"] = client.ended->killed_by_harness;
    }
    return result;
}

json connection(const judge::ConnectionMeasure& measure) {
    json result = {{"number", measure.number},
                   {"opened_s", to_seconds(measure.opened)},
                   {"fault_s", seconds(measure.fault_fired)},
                   {"client_close", to_string(measure.close)},
                   {"closed_s", seconds(measure.client_end)},
                   {"closed_by_process_end", measure.ended_with_process},
                   {"gives_up_s", seconds(measure.gives_up)},
                   {"close_lag_s", seconds(measure.close_lag)}};
    if (measure.server_reset && !measure.client_end)
        result["client_close"] = nullptr; // the server's reset left nothing to close
    return result;
}

} // namespace

json to_json(const RunResult& run) {
    const auto& verdict = run.verdict;
    const auto& measures = verdict.measures;
    json connections = json::array();
    for (const auto& measure : measures.connections)
        connections.push_back(connection(measure));
    json processes = json::array();
    for (const auto& client : run.record.clients)
        processes.push_back(process(client));

    return {{"id", run.scenario.id},
            {"client", run.record.client},
            {"verdict", to_string(verdict.kind)},
            {"reasons", reasons(verdict.reasons)},
            {"doubtful", run.doubtful},
            {"not_observable", reasons(verdict.not_observable)},
            {"notes", verdict.notes},
            {"seed", run.record.seed},
            {"took_s", to_seconds(took(run))},
            {"limit_s", to_seconds(run.record.limit)},
            {"fault",
             {{"fired", measures.fault_fired && verdict.kind != judge::VerdictKind::skipped},
              {"at_s", seconds(measures.fault_at)},
              {"gives_up_s", seconds(measures.gives_up)}}},
            {"uncertainty_s", to_seconds(measures.uncertainty)},
            {"client_process", processes.empty() ? json(nullptr) : processes.front()},
            {"client_processes", processes}, // one per process, in step order
            {"connections", std::move(connections)},
            {"stored", run.record.stored.size()},
            {"repeat", shell_line(run.record.repeat)},
            {"repeat_argv", run.record.repeat}};
}

json to_json(const SuiteResult& result) {
    json runs = json::array();
    json summary = json::object();
    using judge::VerdictKind;
    for (const VerdictKind kind : {VerdictKind::pass, VerdictKind::fail, VerdictKind::xfail, VerdictKind::xpass,
                                   VerdictKind::not_reached, VerdictKind::skipped, VerdictKind::error})
        summary[std::string(to_string(kind))] = 0;
    for (const RunResult& run : result.runs) {
        runs.push_back(to_json(run));
        auto& count = summary[std::string(to_string(run.verdict.kind))];
        count = count.get<int>() + 1;
    }
    return {{"schema", "postfault.results/1"},
            {"client", result.client},
            {"seed", result.seed},
            {"took_s", to_seconds(result.took)},
            {"exit_status", exit_status(result)},
            {"baseline_trouble", result.baseline_trouble.empty() ? json(nullptr) : json(result.baseline_trouble)},
            {"summary", std::move(summary)},
            {"runs", std::move(runs)}};
}

std::string to_json_text(const SuiteResult& result) {
    return to_json(result).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace postfault::report
