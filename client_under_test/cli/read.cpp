#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/settings.hpp"
#include "client_under_test/conversation/read_conversation.hpp"
#include "client_under_test/conversation/send_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

namespace refclient {

namespace {

struct Read {
    Settings settings;
    Schedule schedule;
    std::string group;
    std::vector<std::string> outputs;
    std::size_t max_article = Caps{}.article;
    CLI::App* command = nullptr;

    int run() const {
        Policy policy = settings.policy();
        policy.caps.article = max_article;
        return schedule.run(*command, settings, [&](std::size_t item) {
            ReadConversation conversation{{group, schedule.items()[item]}, policy};
            Result result = hold_conversation(conversation, settings, policy);
            if (result.outcome == Outcome::ok && item < outputs.size())
                result = keep(conversation.article(), outputs[item], std::move(result));
            return result;
        });
    }

    // An article that could not be written completely is not there.
    static Result keep(const std::string& article, const std::string& name, Result result) {
        std::ofstream file{name, std::ios::binary | std::ios::trunc};
        const bool opened = file.is_open();
        file << article;
        file.close();
        if (file)
            return result;
        if (opened)
            std::remove(name.c_str());
        return {Outcome::temp, fmt::format("the article came but {} cannot be written", printable(name))};
    }
};

std::string check_article(const std::string& id) {
    const bool number = std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool message_id = id.starts_with('<') && id.ends_with('>') && id.size() > 2;
    return is_word(id) && (number || message_id) ? std::string{} : "'" + id + "' is neither <message-id> nor a number";
}

} // namespace

void add_read(CLI::App& app, Action& action) {
    const auto read = std::make_shared<Read>();
    read->command = app.add_subcommand("read", "fetch articles by NNTP, each over a connection of its own");
    add_settings(*read->command, read->settings);
    read->schedule.add_to(*read->command, "--article",
                          "<message-id>, or a number within the group; one operation for each");
    read->command->get_option("--article")->type_name("ID")->check(check_article);
    read->command->add_option("--group", read->group, "select this group first")
        ->type_name("GROUP")
        ->check(
            [](const std::string& text) { return is_word(text) ? std::string{} : "'" + text + "' is no group name"; });
    read->command
        ->add_option(
            "--output", read->outputs,
            "where to write the article, if all of it came; the first goes with the first --article, and so on")
        ->type_name("FILE");
    read->command->add_option("--max-article", read->max_article, "largest article to accept; a longer one is dropped")
        ->transform(CLI::AsSizeValue(false).description(""))
        ->type_name("SIZE")
        ->default_str("64MiB");
    read->command->callback([read, &action] {
        for (const std::string& id : read->schedule.items())
            if (!id.starts_with('<') && read->group.empty())
                throw CLI::ValidationError("--article", "the number " + id + " needs --group");
        action = [read] { return read->run(); };
    });
}

} // namespace refclient
