#include "fakeserver/base/file.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/cli/client_choice.hpp"
#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/cli/result_files.hpp"
#include "harness/report/baseline.hpp"
#include "harness/report/json.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/terminal.hpp"
#include "harness/suite/corpus.hpp"
#include "harness/suite/select.hpp"
#include "harness/suite/suite.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <random>

namespace postfault::cli {

namespace {

struct RunOptions {
    std::vector<std::string> paths;
    std::string client;
    std::vector<std::string> client_arguments;
    std::string operation = "send";
    std::string timeout;
    std::string patience;
    std::size_t jobs = 0;
    std::string names;
    std::optional<std::uint64_t> seed;
    std::string shard;
    std::string baseline;
    std::string json;
    std::string junit;
    bool no_sanity = false;
    bool no_repeat = false;
    bool verbose = false;
};

// Everything that a run needs, read and checked before anything is started.
struct Preparation {
    std::vector<scenario::Scenario> scenarios;
    client::Profile profile;
    suite::SuiteSettings settings;
    std::optional<report::Baseline> baseline;
};

// False after a complaint.
bool read_duration(const char* option, const std::string& text, std::optional<Duration>& duration) {
    if (text.empty())
        return true;
    const auto parsed = parse_duration(text);
    if (!parsed || parsed->count() <= 0) {
        complain(fmt::format("{}: {}", option, parsed ? "a time of nothing is no limit" : parsed.problem()));
        return false;
    }
    duration = *parsed;
    return true;
}

std::optional<std::vector<scenario::Scenario>> select_scenarios(const RunOptions& options) {
    const auto names = suite::parse_name_expression(options.names.empty() ? "::" : options.names);
    const auto shard = suite::parse_shard(options.shard.empty() ? "1/1" : options.shard);
    if (!names || !shard) {
        complain(names ? shard.problem() : names.problem());
        return std::nullopt;
    }
    const auto paths = scenario_paths(options.paths);
    if (paths.empty())
        return std::nullopt;
    Diagnostics diagnostics;
    suite::Corpus corpus = suite::load_corpus(paths, diagnostics);
    if (print(diagnostics))
        return std::nullopt;
    std::vector<scenario::Scenario> chosen;
    for (scenario::Scenario& scenario : corpus.scenarios)
        if ((*names)(scenario.id))
            chosen.push_back(std::move(scenario));
    if (chosen.empty()) {
        complain(
            fmt::format("none of the {} scenarios is selected by -k '{}'", corpus.scenarios.size(), options.names));
        return std::nullopt;
    }
    return suite::in_shard(std::move(chosen), *shard);
}

std::vector<std::string> operation_names() {
    std::vector<std::string> names;
    for (const scenario::OperationRow& row : scenario::operation_rows())
        names.emplace_back(row.name);
    return names;
}

scenario::Operation operation_of(const std::string& word) {
    const auto operation = scenario::parse_operation(word);
    return operation ? *operation : scenario::Operation::send; // it was checked as an option
}

constexpr std::size_t most_baseline_octets = std::size_t{16} << 20;

std::optional<report::Baseline> load_baseline(const std::string& path) {
    const auto text = read_file(path, most_baseline_octets + 1);
    if (text && text->size() > most_baseline_octets) {
        complain(fmt::format("--baseline: {} is too large: at most {} octets are read", path, most_baseline_octets));
        return std::nullopt;
    }
    if (!text) {
        complain(fmt::format("--baseline: cannot read {}: {}", path, text.problem()));
        return std::nullopt;
    }
    const auto baseline = report::read_baseline(*text);
    if (!baseline) {
        complain(fmt::format("--baseline: {}: {}", path, baseline.problem()));
        return std::nullopt;
    }
    return *baseline;
}

// The words of this command line that make one run what it is, and no others.
std::vector<std::string> repeat_words(const RunOptions& options, const Invocation& invocation, std::uint64_t seed,
                                      const scenario::Scenario& scenario) {
    std::vector<std::string> words{invocation.program, "run", scenario.position.file + "::" + scenario.name};
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) {
            words.emplace_back(option);
            words.push_back(value);
        }
    };
    add("--client", invocation.client_command.empty() ? options.client : "");
    add("--timeout", options.timeout);
    add("--patience", options.patience);
    if (!invocation.client_command.empty() && options.operation != "send")
        add("--operation", options.operation);
    for (const std::string& argument : options.client_arguments)
        words.push_back("--client-arg=" + argument);
    add("--seed", std::to_string(seed));
    if (options.no_sanity)
        words.emplace_back("--no-sanity");
    if (!invocation.client_command.empty()) {
        words.emplace_back("--");
        words.insert(words.end(), invocation.client_command.begin(), invocation.client_command.end());
    }
    return words;
}

std::optional<Preparation> prepare(const RunOptions& options, const Invocation& invocation) {
    Preparation prepared;
    suite::SuiteSettings& settings = prepared.settings;
    if (!read_duration("--timeout", options.timeout, settings.timeout) ||
        !read_duration("--patience", options.patience, settings.patience))
        return std::nullopt;
    auto scenarios = select_scenarios(options);
    if (!scenarios)
        return std::nullopt;
    prepared.scenarios = *std::move(scenarios);
    auto profile = choose_client(
        {options.client, invocation.client_command, options.client_arguments, operation_of(options.operation)});
    if (!profile)
        return std::nullopt;
    prepared.profile = *std::move(profile);
    if (!options.baseline.empty()) {
        prepared.baseline = load_baseline(options.baseline);
        if (!prepared.baseline)
            return std::nullopt;
    }
    settings.jobs = options.jobs;
    settings.seed = options.seed.value_or(std::random_device{}());
    settings.sanity = !options.no_sanity;
    settings.repeat_doubtful = !options.no_repeat;
    settings.program_folder = program_folder().string();
    settings.repeat = [&options, &invocation, seed = settings.seed](const scenario::Scenario& scenario) {
        return repeat_words(options, invocation, seed, scenario);
    };
    return prepared;
}

int run(const RunOptions& options, const Invocation& invocation) {
    auto prepared = prepare(options, invocation);
    if (!prepared)
        return input_is_wrong;
    ResultFile json(options.json);
    ResultFile junit(options.junit);
    for (const ResultFile* file : {&json, &junit})
        if (!file->problem().empty()) {
            complain(file->problem());
            return input_is_wrong;
        }

    const report::TerminalStyle style{stdout_has_colours()};
    std::size_t done = 0;
    prepared->settings.on_result = [&](const report::RunResult& result) {
        ++done;
        const std::string line = report::progress_line(result, style);
        if (options.verbose)
            fmt::print("{}{}", line, line.empty() || line.back() == '\n' ? "" : "\n");
        else if (stdout_is_terminal())
            fmt::print("\r{} of {} runs", done, prepared->scenarios.size());
        std::fflush(stdout);
    };
    report::SuiteResult result = suite::run_suite(prepared->scenarios, prepared->profile, prepared->settings);
    if (!options.verbose && stdout_is_terminal() && done > 0)
        fmt::print("\r\x1b[K");
    if (prepared->baseline)
        report::apply(*prepared->baseline, result);
    fmt::print("{}", report::terminal(result, style));
    std::fflush(stdout);
    bool written = json.write(options.json.empty() ? "" : report::to_json_text(result));
    written = junit.write(options.junit.empty() ? "" : report::to_junit(result)) && written;
    if (!written) {
        complain(json.problem().empty() ? junit.problem() : json.problem());
        return harness_cannot_work;
    }
    return report::exit_status(result);
}

} // namespace

Action add_run(CLI::App& app, const Invocation& invocation) {
    auto options = std::make_shared<RunOptions>();
    app.footer(
        "The client is a profile, a command line, or what stands behind `--`: postfault run -- CMD {host} {port} …");
    app.add_option("PATH", options->paths,
                   "Scenario files or folders, FILE::NAME for one; the bundled corpus if none is given");
    app.add_option("--client", options->client,
                   "A profile (see `postfault clients`), a profile file, or a command line")
        ->default_str("refclient");
    app.add_option("--client-arg", options->client_arguments, "One more argument for the client; may be repeated")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--operation", options->operation, "What a bare command line does")
        ->check(CLI::IsMember(operation_names()))
        ->capture_default_str();
    app.add_option("--timeout", options->timeout,
                   "T, the limit that the client is told to use for each wait (default 2s)");
    app.add_option("--patience", options->patience, "When a client that is not done is given up on (default 3T + 5s)");
    app.add_option("-j,--jobs", options->jobs, "Runs at once at most (default 100 for each core)");
    app.add_option("-k", options->names, "Only scenarios whose ID matches, e.g. 'greeting and not drip'");
    app.add_option("--seed", options->seed,
                   "For what scenarios leave to chance (default: a new one, which is printed)");
    app.add_option("--shard", options->shard, "I/N: only the I-th of N parts of the suite");
    app.add_option("--baseline", options->baseline,
                   "Earlier --json results; failures that were there before are known");
    app.add_option("--json", options->json, "Write results to this file");
    app.add_option("--junit", options->junit, "Write JUnit XML to this file");
    app.add_flag("--no-repeat", options->no_repeat, "Take the first verdict of a run, also if the machine was late");
    app.add_flag("--no-sanity", options->no_sanity, "Skip the healthy runs before and after");
    app.add_flag("-v,--verbose", options->verbose, "A line for every run");
    return [options, &invocation] {
        if (options->client.empty())
            options->client = "refclient";
        return run(*options, invocation);
    };
}

} // namespace postfault::cli
