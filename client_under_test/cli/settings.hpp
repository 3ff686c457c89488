#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/driver/endpoint.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace refclient {

// What all operations have in common on the command line.
struct Settings {
    Endpoint server;
    std::vector<HostEntry> known_hosts;
    std::optional<Duration> timeout;
    Duration hold{0};
    std::vector<std::string> defects;
    bool verbose = false;
    TlsMode tls = TlsMode::none;
    std::string ca_file;
    Retry retry;
    std::size_t max_article = Caps{}.article;
    std::optional<std::size_t> socket_buffers;
    std::string user; // none if empty
    std::string password;

    // The limits with --timeout, then the defects, whatever the order on the command line was.
    Policy policy() const;

    // The server, with its addresses if --resolve names them.
    Endpoint endpoint() const { return with_known_addresses(server, known_hosts); }
};

// Adds the common options to a subcommand; `settings` must outlive the parsing. All checks report through
// CLI::ParseError.
void add_settings(CLI::App& command, Settings& settings);

// Options of those operations that try again.
void add_retry_settings(CLI::App& command, Settings& settings);

// Options whose value is not a plain string.
Duration read_duration(const std::string& option, const std::string& text);

// The items of a subcommand in the order in which they stood on the command line: work to do, and pauses between.
class Schedule {
public:
    // `option` is the one that names the work, such as --message.
    void add_to(CLI::App& command, const std::string& option, const std::string& help);

    const std::vector<std::string>& items() const { return items_; }

    using Work = std::function<Result(std::size_t)>;
    using Pause = std::function<void(Duration)>;

    // Calls work(i) for each item and prints `returned OUTCOME: TEXT` as soon as it is done; then holds. Returns the
    // exit status. `pause` is what to do between two operations; sleep if it is empty.
    int run(const CLI::App& command, const Settings& settings, const Work& work, const Pause& pause = {}) const;

private:
    CLI::Option* item_option_ = nullptr;
    CLI::Option* wait_option_ = nullptr;
    std::vector<std::string> items_;
    std::vector<std::string> waits_;
};

// Does nothing for that long, which is what somebody asked for.
void let_pass(Duration duration);

// Shows a line of a conversation on standard error.
void show(char direction, std::string_view line);

// Runs a conversation, showing it on standard error if that was asked for. The policy is the one for the next, too.
Result hold_conversation(Conversation& conversation, const Settings& settings, Policy& policy);

// The content of a file; ends the program with exit_status::no_input if there is none to be had.
std::string read_file(const std::string& name);

} // namespace refclient
