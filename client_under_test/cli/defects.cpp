#include "client_under_test/conversation/defects.hpp"

#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/exit_status.hpp"

#include <fmt/format.h>

namespace refclient {

void add_defects(CLI::App& app, Action& action) {
    CLI::App* command = app.add_subcommand("defects", "list the classic mistakes that --defect can switch on");
    command->callback([&action] {
        action = [] {
            for (const Defect& defect : defects())
                fmt::print("{:<24} {} ({})\n", defect.name, defect.description, defect.stands_for);
            return exit_status::ok;
        };
    });
}

} // namespace refclient
