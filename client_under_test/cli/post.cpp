#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/news.hpp"
#include "client_under_test/cli/settings.hpp"
#include "client_under_test/cli/stamp.hpp"
#include "client_under_test/conversation/article.hpp"
#include "client_under_test/conversation/post_task.hpp"

#include <memory>

namespace refclient {

namespace {

struct Post {
    Settings settings;
    Schedule schedule;
    CLI::App* command = nullptr;

    int run() const {
        std::vector<std::string> articles;
        for (const std::string& name : schedule.items())
            articles.push_back(complete_article(read_file(name), new_message_id(), date_now()));
        const Policy policy = settings.policy();
        return run_news(*command, settings, policy, schedule, [&](NewsClient& client, std::size_t item, bool more) {
            PostTask task{articles[item], policy};
            return client.perform(task, more);
        });
    }
};

} // namespace

void add_post(CLI::App& app, Action& action) {
    const auto post = std::make_shared<Post>();
    post->command = app.add_subcommand("post", "post articles by NNTP, over one connection as long as it holds");
    add_settings(*post->command, post->settings);
    add_retry_settings(*post->command, post->settings);
    post->schedule.add_to(*post->command, "--message",
                          "a file with the article; one operation for each. Message-ID and Date are added if missing");
    post->command->callback([post, &action] { action = [post] { return post->run(); }; });
}

} // namespace refclient
