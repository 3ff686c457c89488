#pragma once

#include "client_under_test/cli/settings.hpp"
#include "client_under_test/driver/news_client.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <functional>

namespace refclient {

// What the commands for news have in common: one client for all items of the schedule. `work` is told whether more
// items follow. Returns the exit status.
using NewsWork = std::function<Result(NewsClient& client, std::size_t item, bool more_follow)>;
int run_news(const CLI::App& command, const Settings& settings, const Policy& policy, const Schedule& schedule,
             const NewsWork& work);

} // namespace refclient
