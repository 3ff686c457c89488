#include "harness/suite/menu.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::suite {

namespace {

using scenario::Point;

constexpr std::size_t longest_word = 40;

// The order in which a mail client says things; what it has not said yet cannot choose.
enum class Stage { before, hello, recipient, upload };

Stage stage_of(const Point& point) {
    if (point.kind == Point::Kind::connect || point.subject == "greeting")
        return Stage::before;
    for (const char* verb : {"EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "MAIL"})
        if (point.subject == verb)
            return Stage::hello;
    if (point.subject == "dot" || point.subject == "accepted")
        return Stage::upload;
    return Stage::recipient;
}

// Empty if one server can play this one and others.
std::string needs_a_port_of_its_own(const scenario::Scenario& scenario) {
    if (scenario.server.capabilities)
        return "its server offers something else";
    if (scenario.server.tls != scenario::Tls::none)
        return "its server speaks TLS";
    if (!scenario.server.auth.empty())
        return "its server wants a log-in";
    if (scenario.server.addresses > 1)
        return "its server has several addresses";
    if (scenario.script)
        return "it has a script";
    for (const scenario::Fault& fault : scenario.faults)
        if (stage_of(fault.at) == Stage::before)
            return fmt::format("'{}' is over when a client can choose", to_string(fault.at));
    return {};
}

// Of news only the article or the group that is asked for, or announced, comes before the fault.
bool comes_after_naming(const scenario::Scenario& scenario) {
    return std::none_of(scenario.faults.begin(), scenario.faults.end(), [](const scenario::Fault& fault) {
        const std::string& verb = fault.at.subject;
        return verb == "MODE" || verb == "CAPABILITIES" || verb == "AUTHINFO" || verb == "STARTTLS";
    });
}

std::vector<std::string_view> means_of(const scenario::Scenario& scenario) {
    Stage earliest = Stage::upload;
    for (const scenario::Fault& fault : scenario.faults)
        earliest = std::min(earliest, stage_of(fault.at));
    std::vector<std::string_view> means;
    if (carries_mail(scenario.protocol)) {
        means.push_back("EHLO");
        if (earliest >= Stage::recipient)
            means.push_back("recipient");
        if (earliest >= Stage::upload)
            means.push_back("message-id");
        return means;
    }
    if (scenario.operation == scenario::Operation::feed || earliest == Stage::upload)
        means.push_back("message-id");
    if (!row_of(scenario.operation).uploads) {
        means.push_back("newsgroup");
        const bool is_about_group =
            std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const scenario::Fault& fault) {
                return fault.at.subject == "GROUP" || fault.at.subject == "LISTGROUP";
            });
        if (!is_about_group)
            means.push_back("message-id");
    }
    return means;
}

} // namespace

std::string as_word(std::string_view name) {
    std::string word;
    for (const char letter : name) {
        const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        const bool is_capital = letter >= 'A' && letter <= 'Z';
        if (is_plain || is_capital)
            word += is_capital ? static_cast<char>(letter - 'A' + 'a') : letter;
        else if (!word.empty() && word.back() != '-')
            word += '-';
    }
    word.resize(std::min(word.size(), longest_word));
    while (!word.empty() && word.back() == '-')
        word.pop_back();
    return word.empty() ? "scenario" : word;
}

Menu::Menu(const std::vector<const scenario::Scenario*>& scenarios) {
    for (const scenario::Scenario* const scenario : scenarios) {
        Entry entry;
        entry.scenario = scenario;
        entry.word = as_word(scenario->name);
        for (int number = 2; by_word_.contains(entry.word); ++number)
            entry.word = fmt::format("{}-{}", as_word(scenario->name).substr(0, longest_word - 4), number);
        entry.why_not = needs_a_port_of_its_own(*scenario);
        if (entry.why_not.empty())
            entry.means = means_of(*scenario);
        if (entry.why_not.empty() &&
            (entry.means.empty() || (!carries_mail(scenario->protocol) && !comes_after_naming(*scenario)))) {
            entry.means.clear();
            entry.why_not = "its fault is over when a client can choose";
        }
        by_word_.emplace(entry.word, entries_.size());
        entries_.push_back(std::move(entry));
    }
}

const Menu::Entry* Menu::find(std::string_view name) const {
    if (name.starts_with('<'))
        name.remove_prefix(1);
    name = name.substr(0, name.find('@'));
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    std::string_view left = lower;
    for (;;) {
        const std::size_t end = left.find_first_of(".+>");
        if (const auto found = by_word_.find(left.substr(0, end)); found != by_word_.end()) {
            const Entry& entry = entries_[found->second];
            return entry.means.empty() ? nullptr : &entry;
        }
        if (end == std::string_view::npos)
            return nullptr;
        left.remove_prefix(end + 1);
    }
}

std::optional<fault::Choice> Menu::choose(const protocol::Facts& facts, const std::string& client, Instant now) {
    const Entry* entry = find(facts.hello);
    for (const std::string& recipient : facts.recipients)
        entry = entry != nullptr ? entry : find(recipient);
    for (const std::string* name : {&facts.message_id, &facts.group})
        entry = entry != nullptr ? entry : find(*name);
    if (entry == nullptr)
        return std::nullopt;
    if (counts_.size() >= most_clients)
        std::erase_if(counts_, [now](const auto& count) { return now - count.second.last > memory; });
    if (counts_.size() >= most_clients)
        counts_.clear(); // so many at once are no test of anything
    Count& count = counts_[{client, static_cast<std::size_t>(entry - entries_.data())}];
    if (now - count.last > memory)
        count.connections = 0;
    count.last = now;
    return fault::Choice{entry->scenario, ++count.connections};
}

} // namespace postfault::suite
