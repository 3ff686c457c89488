#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

// The subcommands of `postfault`, one file each.
namespace postfault::cli {

// Exit statuses (DESIGN.md, section 5).
constexpr int all_as_expected = 0;
constexpr int some_verdict_failed = 1;
constexpr int input_is_wrong = 2;
constexpr int harness_cannot_work = 3;

// What main() hands to every subcommand.
struct Invocation {
    std::string program;                     // argv[0], for command lines that people can copy
    std::vector<std::string> client_command; // what stood behind `--`
};

// Adds its options to the application and returns what is to be called if the subcommand was chosen.
using Action = std::function<int()>;
Action add_run(CLI::App& app, const Invocation& invocation);
Action add_serve(CLI::App& app, const Invocation& invocation);
Action add_check(CLI::App& app, const Invocation& invocation);
Action add_list(CLI::App& app, const Invocation& invocation);
Action add_clients(CLI::App& app, const Invocation& invocation);
Action add_explain(CLI::App& app, const Invocation& invocation);
Action add_schema(CLI::App& app, const Invocation& invocation);

} // namespace postfault::cli
