#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/suite/corpus.hpp"
#include "harness/suite/select.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace postfault::cli {

namespace {

struct ListOptions {
    std::vector<std::string> paths;
    std::string names;
    bool json = false;
};

nlohmann::json to_json(const scenario::Scenario& scenario) {
    return {{"id", scenario.id},
            {"name", scenario.name},
            {"file", scenario.position.file},
            {"line", scenario.position.line},
            {"protocol", to_string(scenario.protocol)},
            {"operation", to_string(scenario.operation)},
            {"why", scenario.why},
            {"refs", scenario.refs}};
}

int list(const ListOptions& options) {
    const auto names = suite::parse_name_expression(options.names.empty() ? "::" : options.names);
    if (!names) {
        complain(names.problem());
        return input_is_wrong;
    }
    const auto paths = scenario_paths(options.paths);
    if (paths.empty())
        return input_is_wrong;
    Diagnostics diagnostics;
    const suite::Corpus corpus = suite::load_corpus(paths, diagnostics);
    if (print(diagnostics))
        return input_is_wrong;
    nlohmann::json all = nlohmann::json::array();
    for (const scenario::Scenario& scenario : corpus.scenarios) {
        if (!(*names)(scenario.id))
            continue;
        if (options.json)
            all.push_back(to_json(scenario));
        else
            fmt::print("{}\n", scenario.id);
    }
    if (options.json)
        fmt::print("{}\n", nlohmann::json{{"scenarios", std::move(all)}}.dump(2));
    return all_as_expected;
}

} // namespace

Action add_list(CLI::App& app, const Invocation&) {
    auto options = std::make_shared<ListOptions>();
    app.add_option("PATH", options->paths, "Scenario files or folders; the bundled corpus if none is given");
    app.add_option("-k", options->names, "Only IDs that match, e.g. 'greeting and not drip'");
    app.add_flag("--json", options->json, "As JSON");
    return [options] { return list(*options); };
}

} // namespace postfault::cli
