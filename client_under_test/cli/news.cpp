#include "client_under_test/cli/news.hpp"

namespace refclient {

int run_news(const CLI::App& command, const Settings& settings, const Policy& policy, const Schedule& schedule,
             const NewsWork& work) {
    NewsSettings news;
    news.server = settings.endpoint();
    if (!settings.user.empty())
        news.login = Login{settings.user, settings.password};
    news.pause = let_pass;
    if (settings.verbose)
        news.trace = show;
    NewsClient client{std::move(news), policy};
    const std::size_t last = schedule.items().size() - 1;
    return schedule.run(
        command, settings, [&](std::size_t item) { return work(client, item, item < last); },
        [&](Duration pause) { client.rest(pause); });
}

} // namespace refclient
