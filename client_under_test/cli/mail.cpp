#include "client_under_test/cli/mail.hpp"

#include "client_under_test/cli/stamp.hpp"

namespace refclient {

void MailOptions::add_to(CLI::App& app) {
    command = &app;
    add_settings(app, settings);
    const auto check_address = [](const std::string& text) {
        return text.empty() || is_address(text) ? std::string{} : "'" + text + "' cannot stand between < and >";
    };
    app.add_option("--from", request.from, "the envelope sender; may be empty")
        ->required()
        ->type_name("ADDRESS")
        ->check(check_address);
    app.add_option("--to", request.to,
                   "an envelope recipient; may be repeated. If some are refused, the message goes to the others, and "
                   "the result is perm if one refusal is permanent, else temp")
        ->required()
        ->type_name("ADDRESS")
        ->check(
            [](const std::string& text) { return is_address(text) ? std::string{} : "'" + text + "' is no address"; });
    schedule.add_to(app, "--message", "a file with the message; one operation for each");
    app.add_option("--hello", request.hello, "our name for EHLO; default: the name of this host")
        ->type_name("NAME")
        ->check(
            [](const std::string& text) { return is_word(text) ? std::string{} : "'" + text + "' is no host name"; });
    request.hello = host_name();
}

std::vector<std::string> MailOptions::read_messages() const {
    std::vector<std::string> messages;
    for (const std::string& name : schedule.items())
        messages.push_back(read_file(name));
    return messages;
}

} // namespace refclient
