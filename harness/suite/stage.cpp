#include "harness/suite/stage.hpp"

#include "fakeserver/protocol/nntp/service.hpp"
#include "fakeserver/protocol/script/session.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <algorithm>
#include <utility>

namespace postfault::suite {

namespace {

using scenario::Operation;

// Of the spool; the client is told of these.
std::size_t in_first_group(const scenario::Scenario& scenario, const std::vector<Letter>& spooled) {
    const auto& groups = scenario.news.groups;
    const std::size_t count =
        groups.empty() ? spooled.size() : groups.front().articles.value_or(scenario.news.articles);
    return std::min(count, spooled.size());
}

std::vector<Letter> letters_for(const scenario::Scenario& scenario, const std::string& token,
                                const std::vector<Letter>& spooled) {
    std::vector<Letter> letters;
    for (const Operation operation : scenario::operations_of(scenario)) {
        const std::size_t number = letters.size();
        if (!row_of(operation).uploads)
            letters.push_back(spooled.at(number % in_first_group(scenario, spooled)));
        else if (carries_mail(scenario.protocol))
            letters.push_back(mail(scenario, token, number));
        else
            letters.push_back(news(scenario, token, number));
    }
    return letters;
}

// The spool's articles, handed out to the groups in their order.
std::vector<protocol::nntp::GroupSettings> groups_for(const scenario::Scenario& scenario,
                                                      const std::vector<Letter>& spooled) {
    std::vector<scenario::GroupSpec> wanted = scenario.news.groups;
    if (wanted.empty())
        wanted.push_back({newsgroup, std::nullopt});
    std::vector<protocol::nntp::GroupSettings> groups;
    std::size_t next = 0;
    for (const scenario::GroupSpec& group : wanted) {
        groups.push_back({group.name, "Test articles", {}});
        const std::uint32_t count = group.articles.value_or(groups.size() == 1 ? scenario.news.articles : 0);
        for (std::uint32_t i = 0; i < count && next < spooled.size(); ++i)
            groups.back().articles.push_back(spooled[next++].text);
    }
    return groups;
}

std::unique_ptr<protocol::Service> service_for(const scenario::Scenario& scenario, const std::vector<Letter>& spooled) {
    if (scenario.script)
        return std::make_unique<protocol::script::Service>(*scenario.script);
    if (carries_mail(scenario.protocol)) {
        protocol::smtp::Settings settings;
        settings.lmtp = scenario.protocol == scenario::Protocol::lmtp;
        if (scenario.server.capabilities)
            settings.extensions = *scenario.server.capabilities;
        settings.starttls = scenario.server.tls == scenario::Tls::starttls;
        settings.log_in_needs_tls = settings.starttls;
        for (const scenario::LogIn method : scenario.server.auth)
            if (const auto mechanism = protocol::sasl::mechanism_from(to_string(method)))
                settings.mechanisms.push_back(*mechanism);
        settings.account = {user, password};
        return std::make_unique<protocol::smtp::Service>(std::move(settings));
    }
    protocol::nntp::Settings settings;
    settings.capabilities = scenario.server.capabilities;
    settings.starttls = scenario.server.tls == scenario::Tls::starttls;
    if (!scenario.server.auth.empty()) {
        settings.passwords = {{user, password}};
        settings.authentication_required = true;
    }
    settings.groups = groups_for(scenario, spooled);
    return std::make_unique<protocol::nntp::Service>(std::move(settings));
}

transport::ServerSettings server_settings(StageSettings&& settings, const std::vector<Letter>& letters) {
    transport::ServerSettings result;
    result.listen = settings.listen;
    result.limit = settings.limit;
    result.upload_octets = letters.empty() ? 0 : wire_octets(letters.front().text);
    result.seed = settings.seed;
    result.authority = settings.authority;
    result.before_command = std::move(settings.before_command);
    result.on_connection_ended = std::move(settings.on_connection_ended);
    return result;
}

} // namespace

Stage::Stage(asio::io_context& context, const scenario::Scenario& scenario, StageSettings settings)
    : spool_(scenario.protocol == scenario::Protocol::nntp ? spool(scenario, settings.token, settings.seed)
                                                           : std::vector<Letter>{}),
      letters_(letters_for(scenario, settings.token, spool_)), service_(service_for(scenario, spool_)),
      server_(context, scenario, *service_, journal_, time_, server_settings(std::move(settings), letters_)) {}

} // namespace postfault::suite
