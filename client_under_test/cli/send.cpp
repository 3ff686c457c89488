#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/settings.hpp"
#include "client_under_test/cli/stamp.hpp"
#include "client_under_test/conversation/send_conversation.hpp"

#include <memory>

namespace refclient {

namespace {

struct Send {
    Settings settings;
    Schedule schedule;
    SendRequest request;
    CLI::App* command = nullptr;

    int run() const {
        // All files first: a typo in the last name must not show after half of the work.
        std::vector<std::string> messages;
        for (const std::string& name : schedule.items())
            messages.push_back(read_file(name));
        Policy policy = settings.policy();
        return schedule.run(*command, settings, [&](std::size_t item) {
            SendRequest one = request;
            one.message = messages[item];
            SendConversation conversation{std::move(one), policy};
            return hold_conversation(conversation, settings, policy);
        });
    }
};

} // namespace

void add_send(CLI::App& app, Action& action) {
    const auto send = std::make_shared<Send>();
    send->command = app.add_subcommand("send", "send messages by SMTP, each over a connection of its own");
    add_settings(*send->command, send->settings);

    const auto check_address = [](const std::string& text) {
        return text.empty() || is_address(text) ? std::string{} : "'" + text + "' cannot stand between < and >";
    };
    send->command->add_option("--from", send->request.from, "the envelope sender; may be empty")
        ->required()
        ->type_name("ADDRESS")
        ->check(check_address);
    send->command
        ->add_option("--to", send->request.to,
                     "an envelope recipient; may be repeated. If some are refused, the message goes to the others, and "
                     "the result is perm if one refusal is permanent, else temp")
        ->required()
        ->type_name("ADDRESS")
        ->check(
            [](const std::string& text) { return is_address(text) ? std::string{} : "'" + text + "' is no address"; });
    send->schedule.add_to(*send->command, "--message", "a file with the message; one operation for each");
    send->command->add_option("--hello", send->request.hello, "our name for EHLO; default: the name of this host")
        ->type_name("NAME")
        ->check(
            [](const std::string& text) { return is_word(text) ? std::string{} : "'" + text + "' is no host name"; });
    send->request.hello = host_name();
    send->command->callback([send, &action] { action = [send] { return send->run(); }; });
}

} // namespace refclient
