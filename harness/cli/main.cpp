#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/suite/suite.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace postfault;

// Everything behind the first `--` is the client's command line and none of our business.
cli::Invocation split_off_client(std::vector<char*>& arguments) {
    cli::Invocation invocation;
    invocation.program = arguments.front();
    const auto mark = std::find_if(arguments.begin(), arguments.end(),
                                   [](const char* word) { return std::string_view(word) == "--"; });
    if (mark != arguments.end()) {
        invocation.client_command.assign(mark + 1, arguments.end());
        arguments.erase(mark, arguments.end());
    }
    return invocation;
}

int run(int argc, char** argv) {
    std::vector<char*> arguments(argv, argv + argc);
    const cli::Invocation invocation = split_off_client(arguments);

    CLI::App app{"Fault injection for mail and news clients: does this client give up in time, close properly and tell "
                 "the truth?"};
    app.name("postfault");
    app.set_version_flag("--version", "postfault " POSTFAULT_VERSION);
    app.require_subcommand(1);
    using Add = cli::Action (*)(CLI::App&, const cli::Invocation&);
    std::vector<std::pair<CLI::App*, cli::Action>> commands;
    for (const auto& [name, about, add] :
         {std::tuple<const char*, const char*, Add>{"run", "Run scenarios against a client and judge it", cli::add_run},
          {"serve", "Serve a scenario for clients that you start yourself", cli::add_serve},
          {"check", "Check scenario files without running them", cli::add_check},
          {"list", "List scenarios", cli::add_list},
          {"clients", "List the client profiles that came with postfault", cli::add_clients},
          {"explain", "Say in plain sentences what a scenario does", cli::add_explain},
          {"schema", "Print the JSON Schema of scenario files, for editors", cli::add_schema}}) {
        CLI::App* command = app.add_subcommand(name, about);
        commands.emplace_back(command, add(*command, invocation));
    }
    try {
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? cli::all_as_expected : cli::input_is_wrong;
    }
    for (const auto& [command, action] : commands)
        if (command->parsed())
            return action();
    return cli::input_is_wrong;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const postfault::suite::Interrupted& interrupted) {
        postfault::cli::complain("interrupted");
        // Whoever waits for us sees what ended us.
        std::signal(interrupted.signal, SIG_DFL);
        std::raise(interrupted.signal);
        return postfault::cli::harness_cannot_work;
    } catch (const std::exception& error) {
        postfault::cli::complain(error.what());
        return postfault::cli::harness_cannot_work;
    }
}
