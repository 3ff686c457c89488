#include "fakeserver/scenario/explain.hpp"

#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/suite/corpus.hpp"

#include <fmt/format.h>

#include <memory>

namespace postfault::cli {

Action add_explain(CLI::App& app, const Invocation&) {
    auto paths = std::make_shared<std::vector<std::string>>();
    app.add_option("SCENARIO", *paths, "FILE::NAME for one scenario, or scenario files or folders")->required();
    return [paths] {
        Diagnostics diagnostics;
        const suite::Corpus corpus = suite::load_corpus(*paths, diagnostics);
        if (print(diagnostics))
            return input_is_wrong;
        const char* between = "";
        for (const scenario::Scenario& scenario : corpus.scenarios) {
            fmt::print("{}{}", between, scenario::explain(scenario));
            between = "\n";
        }
        return all_as_expected;
    };
}

} // namespace postfault::cli
