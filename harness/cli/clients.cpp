#include "harness/cli/client_choice.hpp"
#include "harness/cli/command.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace postfault::cli {

Action add_clients(CLI::App&, const Invocation&) {
    return [] {
        for (const client::Profile& profile : bundled_clients()) {
            std::vector<std::string> operations;
            bool installed = true;
            for (const auto& [operation, how] : profile.operations) {
                operations.emplace_back(to_string(operation));
                installed = installed && find_program(how.command.front()).has_value();
            }
            fmt::print("{:<12} {:<16} {}{}\n", profile.name, fmt::format("{}", fmt::join(operations, ", ")),
                       profile.about, installed ? "" : " (not installed)");
        }
        return all_as_expected;
    };
}

} // namespace postfault::cli
