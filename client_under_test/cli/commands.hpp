#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace refclient {

// What a subcommand has to do once the whole command line was understood; returns the exit status.
using Action = std::function<int()>;

// Each adds its subcommand to the application and sets `action` if it was chosen.
void add_send(CLI::App& app, Action& action);
void add_relay(CLI::App& app, Action& action);
void add_deliver(CLI::App& app, Action& action);
void add_post(CLI::App& app, Action& action);
void add_feed(CLI::App& app, Action& action);
void add_read(CLI::App& app, Action& action);
void add_defects(CLI::App& app, Action& action);

} // namespace refclient
