#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/news.hpp"
#include "client_under_test/cli/settings.hpp"
#include "client_under_test/conversation/read_task.hpp"
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
    CLI::App* command = nullptr;

    int run() const {
        const Policy policy = settings.policy();
        return run_news(*command, settings, policy, schedule, [&](NewsClient& client, std::size_t item, bool more) {
            ReadTask task{{group, schedule.items()[item]}, policy};
            Result result = client.perform(task, more);
            if (result.outcome == Outcome::ok && item < outputs.size())
                result = keep(task.article(), outputs[item], std::move(result));
            return result;
        });
    }

    // Nobody ever sees a part of an article at its final place, whatever happens while it is written.
    static Result keep(const std::string& article, const std::string& name, Result result) {
        const std::string unfinished = name + ".part";
        std::ofstream file{unfinished, std::ios::binary | std::ios::trunc};
        const bool opened = file.is_open();
        file << article;
        file.close();
        if (file && std::rename(unfinished.c_str(), name.c_str()) == 0)
            return result;
        if (opened)
            std::remove(unfinished.c_str());
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
    read->command = app.add_subcommand("read", "fetch articles by NNTP, over one connection as long as it holds");
    add_settings(*read->command, read->settings);
    add_retry_settings(*read->command, read->settings);
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
    read->command
        ->add_option("--max-article", read->settings.max_article, "largest article to accept; a longer one is dropped")
        ->transform(CLI::AsSizeValue(false).description(""))
        ->type_name("SIZE")
        ->default_str("8MiB");
    read->command->callback([read, &action] {
        for (const std::string& id : read->schedule.items())
            if (!id.starts_with('<') && read->group.empty())
                throw CLI::ValidationError("--article", "the number " + id + " needs --group");
        action = [read] { return read->run(); };
    });
}

} // namespace refclient
