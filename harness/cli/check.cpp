#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/suite/corpus.hpp"

#include <fmt/format.h>

#include <memory>

namespace postfault::cli {

Action add_check(CLI::App& app, const Invocation&) {
    auto paths = std::make_shared<std::vector<std::string>>();
    app.add_option("PATH", *paths, "Scenario files or folders; the bundled corpus if none is given");
    return [paths] {
        const auto wanted = scenario_paths(*paths);
        if (wanted.empty())
            return input_is_wrong;
        Diagnostics diagnostics;
        const suite::Corpus corpus = suite::load_corpus(wanted, diagnostics);
        if (print(diagnostics))
            return input_is_wrong;
        fmt::print("{} scenarios in {} files, no errors\n", corpus.scenarios.size(), corpus.files);
        return all_as_expected;
    };
}

} // namespace postfault::cli
