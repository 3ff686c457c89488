// refclient: a mail and news client done right, small enough to learn from.

#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/exit_status.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    CLI::App app{"A reference client for mail (SMTP) and news (NNTP).\n\n"
                 "Every wait has a limit of its own, every connection is closed, and the result is the truth."};
    app.name("refclient");
    app.require_subcommand(1);
    app.footer(
        "For each operation one line is printed as soon as it is over and its connection is closed:\n"
        "  returned ok|temp|perm|uncertain: TEXT\n"
        "temp: trying again later may help. perm: it will not. uncertain: all was sent, but the final reply was\n"
        "lost, so the server may have the message or not.\n\n"
        "Exit status: 0 all ok, 1 some perm, else 76 some uncertain, else 75 some temp; 64 wrong command line,\n"
        "66 a message file cannot be read. Durations: 100us, 250ms, 1.5s, 2min, 1h.");

    refclient::Action action;
    refclient::add_send(app, action);
    refclient::add_relay(app, action);
    refclient::add_deliver(app, action);
    refclient::add_post(app, action);
    refclient::add_feed(app, action);
    refclient::add_read(app, action);
    refclient::add_defects(app, action);
    for (CLI::App* command : app.get_subcommands({}))
        command->footer(app.get_footer());
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? refclient::exit_status::ok : refclient::exit_status::usage;
    }
    try {
        return action();
    } catch (const std::exception& error) {
        fmt::print(stderr, "refclient: {}\n", error.what());
        return refclient::exit_status::temp;
    }
}
