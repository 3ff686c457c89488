#include "fakeserver/base/text.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

// PF013 protocol violation. The server has found them while it heard the client; whatever came once the harness had
// ended the client is torn off and proves nothing.
namespace postfault::judge {

namespace {

using journal::Event;

constexpr std::size_t shown_octets = 80;

// Many connections that break the same rule are one finding.
struct Broken {
    const Event* first = nullptr;
    std::size_t times = 1;
};

std::vector<Broken> broken_rules(const RunRecord& record) {
    std::vector<Broken> rules;
    for (const Event& event : record.journal) {
        if (event.kind != Event::Kind::violation || (record.cut_off_at && event.at >= *record.cut_off_at))
            continue;
        const auto known = std::find_if(rules.begin(), rules.end(),
                                        [&](const Broken& rule) { return rule.first->subject == event.subject; });
        if (known == rules.end())
            rules.push_back({&event});
        else
            ++known->times;
    }
    return rules;
}

// What stood in the text of a message was taken for commands: the client let the message end where it does not.
void check_smuggled(const Facts& facts, Findings& findings) {
    for (const StoredCopy& copy : facts.record.stored) {
        if (!copy.smuggled || (facts.record.cut_off_at && copy.at >= *facts.record.cut_off_at))
            continue;
        findings.broken.push_back(
            {"", fmt::format("the text of the message ended it early: what followed were commands to the server, which "
                             "stored {} for them on connection {}, {}",
                             escaped(copy.message_id), copy.connection, in_seconds(copy.at.time_since_epoch()))});
    }
}

} // namespace

void check_violation(const Facts& facts, Findings& findings) {
    for (const Broken& rule : broken_rules(facts.record)) {
        const Event& first = *rule.first;
        const std::string octets =
            first.text.empty() ? "" : fmt::format(": \"{}\"", escaped_excerpt(first.text, shown_octets));
        const std::string more =
            rule.times == 1 ? ""
                            : fmt::format(", and on {} more connection{}", rule.times - 1, rule.times == 2 ? "" : "s");
        findings.broken.push_back(
            {"", fmt::format("{}{} at octet {} of what it said on connection {}, {}{}", escaped(first.subject), octets,
                             first.count, first.connection, in_seconds(first.at.time_since_epoch()), more)});
    }
    check_smuggled(facts, findings);
}

} // namespace postfault::judge
