#pragma once

#include "client_under_test/cli/settings.hpp"
#include "client_under_test/conversation/send_conversation.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace refclient {

// What the commands for mail have in common.
struct MailOptions {
    Settings settings;
    Schedule schedule;
    SendRequest request; // but for the message
    CLI::App* command = nullptr;

    // Adds the options; must outlive the parsing.
    void add_to(CLI::App& command);

    // All files, before anything is sent: a typo in the last name must not show after half of the work.
    std::vector<std::string> read_messages() const;
};

} // namespace refclient
