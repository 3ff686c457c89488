#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/mail.hpp"
#include "client_under_test/driver/mail_client.hpp"

#include <memory>

namespace refclient {

namespace {

// A large message need not be searched for dots when it goes in chunks.
constexpr std::size_t chunks_from = std::size_t{128} << 10U;

struct Relay {
    MailOptions options;

    int run() const {
        const std::vector<std::string> messages = options.read_messages();
        const Settings& settings = options.settings;
        MailSettings mail;
        mail.server = settings.endpoint();
        mail.style = {true, chunks_from};
        mail.pause = let_pass;
        if (settings.verbose)
            mail.trace = show;
        Policy policy = settings.policy();
        policy.retry.after = RetryAfter::any_failure;
        MailClient client{std::move(mail), policy};
        const std::size_t last = messages.size() - 1;
        return options.schedule.run(
            *options.command, settings,
            [&](std::size_t item) {
                SendRequest request = options.request;
                request.message = messages[item];
                return client.send(std::move(request), item < last);
            },
            [&](Duration pause) { client.rest(pause); });
    }
};

} // namespace

void add_relay(CLI::App& app, Action& action) {
    const auto relay = std::make_shared<Relay>();
    relay->options.add_to(*app.add_subcommand(
        "relay", "pass messages on by SMTP as a queue does: over one connection as long as it holds, again after what "
                 "may pass"));
    add_retry_settings(*relay->options.command, relay->options.settings);
    relay->options.command->callback([relay, &action] { action = [relay] { return relay->run(); }; });
}

} // namespace refclient
