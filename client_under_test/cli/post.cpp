#include "client_under_test/cli/commands.hpp"
#include "client_under_test/cli/news.hpp"
#include "client_under_test/cli/settings.hpp"
#include "client_under_test/cli/stamp.hpp"
#include "client_under_test/conversation/article.hpp"
#include "client_under_test/conversation/feed_task.hpp"
#include "client_under_test/conversation/post_task.hpp"

#include <memory>

namespace refclient {

namespace {

// Posting and feeding differ in what is done with each article.
struct Offer {
    using Perform = Result (*)(NewsClient& client, const std::string& article, const Policy& policy, bool more_follow);

    Settings settings;
    Schedule schedule;
    Perform perform = nullptr;
    CLI::App* command = nullptr;

    int run() const {
        std::vector<std::string> articles;
        for (const std::string& name : schedule.items())
            articles.push_back(complete_article(read_file(name), new_message_id(), date_now()));
        const Policy policy = settings.policy();
        return run_news(*command, settings, policy, schedule, [&](NewsClient& client, std::size_t item, bool more) {
            return perform(client, articles[item], policy, more);
        });
    }
};

template <class Task>
Result perform(NewsClient& client, const std::string& article, const Policy& policy, bool more_follow) {
    Task task{article, policy};
    return client.perform(task, more_follow);
}

void add_offer(CLI::App& app, Action& action, const std::string& name, const std::string& about,
               Offer::Perform perform) {
    const auto offer = std::make_shared<Offer>();
    offer->perform = perform;
    offer->command = app.add_subcommand(name, about);
    add_settings(*offer->command, offer->settings);
    add_retry_settings(*offer->command, offer->settings);
    offer->schedule.add_to(*offer->command, "--message",
                           "a file with the article; one operation for each. Message-ID and Date are added if missing");
    offer->command->callback([offer, &action] { action = [offer] { return offer->run(); }; });
}

} // namespace

void add_post(CLI::App& app, Action& action) {
    add_offer(app, action, "post", "post articles by NNTP, over one connection as long as it holds", perform<PostTask>);
}

void add_feed(CLI::App& app, Action& action) {
    add_offer(app, action, "feed", "offer articles to another news server, by TAKETHIS or IHAVE", perform<FeedTask>);
}

} // namespace refclient
