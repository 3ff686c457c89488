#include "harness/suite/one_server.hpp"

#include "fakeserver/protocol/nntp/service.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/suite/letter.hpp"

#include <fmt/format.h>

#include <utility>

namespace postfault::suite {

namespace {

constexpr std::uint64_t most_kept = std::uint64_t{64} << 20;

// A group for each scenario that can be chosen by reading, with articles that name it too.
std::vector<protocol::nntp::GroupSettings> groups_of(const Menu& menu) {
    std::vector<protocol::nntp::GroupSettings> groups{{newsgroup, "Test articles", {}}};
    for (const Menu::Entry& entry : menu.entries()) {
        if (entry.means.empty() || row_of(entry.scenario->operation).uploads)
            continue;
        groups.push_back({fmt::format("postfault.{}", entry.word), entry.scenario->why, {}});
        for (const Letter& letter : spool(*entry.scenario, entry.word))
            groups.back().articles.push_back(letter.text);
    }
    return groups;
}

std::unique_ptr<protocol::Service> service_for(scenario::Protocol protocol, const Menu& menu) {
    if (carries_mail(protocol)) {
        protocol::smtp::Settings settings;
        settings.lmtp = protocol == scenario::Protocol::lmtp;
        settings.max_kept = most_kept;
        return std::make_unique<protocol::smtp::Service>(std::move(settings));
    }
    protocol::nntp::Settings settings;
    settings.groups = groups_of(menu);
    settings.max_kept = most_kept;
    return std::make_unique<protocol::nntp::Service>(std::move(settings));
}

scenario::Scenario healthy(scenario::Protocol protocol) {
    scenario::Scenario scenario;
    scenario.protocol = protocol;
    return scenario;
}

} // namespace

OneServer::OneServer(asio::io_context& context, const std::vector<const scenario::Scenario*>& scenarios,
                     const asio::ip::tcp::endpoint& listen, Duration limit, std::uint64_t seed)
    : menu_(scenarios), healthy_(healthy(scenarios.front()->protocol)), service_(service_for(healthy_.protocol, menu_)),
      server_(context, healthy_, *service_, journal_, time_, [&] {
          transport::ServerSettings settings;
          settings.listen = listen;
          settings.limit = limit;
          settings.seed = seed;
          settings.choose = [this](const protocol::Facts& facts, const std::string& client) {
              return menu_.choose(facts, client, time_.now());
          };
          return settings;
      }()) {
    journal_.keep_nothing();
}

} // namespace postfault::suite
