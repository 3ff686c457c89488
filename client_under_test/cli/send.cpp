#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/mail.hpp"

#include <memory>

namespace refclient {

namespace {

struct Send {
    MailOptions options;
    Dialect dialect;

    int run() const {
        const std::vector<std::string> messages = options.read_messages();
        const Settings& settings = options.settings;
        Policy policy = settings.policy();
        return options.schedule.run(*options.command, settings, [&](std::size_t item) {
            SendRequest request = options.request;
            request.message = messages[item];
            SendConversation conversation{std::move(request), policy, {}, dialect};
            return hold_conversation(conversation, settings, policy);
        });
    }
};

void add(CLI::App& command, Action& action, Dialect dialect) {
    const auto send = std::make_shared<Send>();
    send->dialect = dialect;
    send->options.add_to(command);
    command.callback([send, &action] { action = [send] { return send->run(); }; });
}

} // namespace

void add_send(CLI::App& app, Action& action) {
    add(*app.add_subcommand("send", "send messages by SMTP, each over a connection of its own"), action, Dialect::smtp);
}

void add_deliver(CLI::App& app, Action& action) {
    add(*app.add_subcommand("deliver", "send messages by LMTP, each over a connection of its own"), action,
        Dialect::lmtp);
}

} // namespace refclient
