#include "harness/judge/invariants/endurance.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

// PF008 memory balloon: grows without bound on endless input. RFC 5321 4.5.3.1 and RFC 3977 3.1 bound every line, so a
// client that keeps whatever comes has no excuse.
namespace postfault::judge {

namespace {

using journal::Event;
using observe::Snapshot;

// Far more than any reply can be, also in a language with garbage to collect.
constexpr std::uint64_t most_for_reply = std::uint64_t{16} << 20U;

// Articles have no limit (RFC 3977 3.1), so a reader has one of its own choice.
constexpr std::uint64_t most_for_article = std::uint64_t{96} << 20U;

// Of each octet that comes; a client that drops what it does not need keeps none.
constexpr double kept_share = 0.2;

double mebibytes(std::uint64_t octets) { return static_cast<double>(octets) / (1 << 20); }

bool is_flood(const Facts& facts, const Event& event) {
    if (event.kind != Event::Kind::fault_fired || event.count >= facts.scenario.faults.size())
        return false;
    const auto& actions = facts.scenario.faults[static_cast<std::size_t>(event.count)].actions;
    return std::any_of(actions.begin(), actions.end(),
                       [](const scenario::Action& action) { return std::holds_alternative<scenario::Flood>(action); });
}

std::uint64_t most_growth(const Facts& facts, const Event& flood) {
    const std::string& subject = facts.scenario.faults[static_cast<std::size_t>(flood.count)].at.subject;
    return subject == "ARTICLE" || subject == "HEAD" || subject == "BODY" ? most_for_article : most_for_reply;
}

struct Growth {
    std::uint64_t memory = 0;
    std::uint64_t came = 0;
    Duration within{0};
};

// How much more it had at its fullest than when the flood began; none if nobody looked in between.
std::optional<Growth> growth_in(const Facts& facts, const observe::Observation& client, Instant begin, Instant until,
                                std::uint64_t sent) {
    const Snapshot* before = nullptr;
    std::optional<Growth> growth;
    for (const Snapshot& look : client.snapshots) {
        if (look.at > begin && look.flooded == 0 && before != nullptr && growth)
            break; // the flood is over
        if (look.rss == 0)
            continue;
        if (look.flooded == 0) {
            if (look.at <= begin || before == nullptr)
                before = &look;
            continue;
        }
        if (before == nullptr)
            continue;
        // A peak that is higher than before was reached since.
        const std::uint64_t top = look.peak_rss > before->peak_rss ? std::max(look.rss, look.peak_rss) : look.rss;
        const std::uint64_t more = top > before->rss ? top - before->rss : 0;
        if (!growth || more > growth->memory)
            growth = Growth{more, look.flooded, look.at - begin};
    }
    // With a single operation its highest peak belongs to the flood, if it is higher than what was before it.
    if (before != nullptr && facts.operations().size() == 1 && client.max_rss > before->peak_rss) {
        const std::uint64_t more = client.max_rss - before->rss;
        if (growth && more > growth->memory) {
            growth->memory = more;
            growth->came = std::max(growth->came, sent);
            growth->within = std::max(growth->within, until - begin);
        }
    }
    return growth;
}

// What was sent from there on, and until when.
std::pair<std::uint64_t, Instant> sent_from(const Facts& facts, const Event& flood) {
    std::uint64_t octets = 0;
    Instant until = flood.at;
    for (const Event& event : facts.record.journal)
        if (event.kind == Event::Kind::sent && event.connection == flood.connection && event.last >= flood.at) {
            octets += event.count;
            until = std::max(until, event.last);
        }
    return {octets, until};
}

const observe::Observation* client_at(const Facts& facts, Instant at) {
    const observe::Observation* found = nullptr;
    for (const auto& client : facts.record.clients)
        if (found == nullptr || client.started <= at)
            found = &client;
    return found;
}

} // namespace

void check_memory_balloon(const Facts& facts, Findings& findings) {
    check_growing_memory(facts, findings);
    for (const Event& event : facts.record.journal) {
        if (!is_flood(facts, event))
            continue;
        const observe::Observation* client = client_at(facts, event.at);
        // What never came cannot have been kept.
        const std::uint64_t most = most_growth(facts, event);
        const auto [sent, until] = sent_from(facts, event);
        if (client == nullptr || sent < most)
            continue;
        const auto growth = growth_in(facts, *client, event.at, until, sent);
        if (!growth) {
            findings.not_observable.push_back({"", "no look at its memory fell into the flood"});
            continue;
        }
        if (growth->memory <= most ||
            static_cast<double>(growth->memory) < kept_share * static_cast<double>(growth->came))
            continue;
        findings.broken.push_back(
            {"",
             fmt::format("its memory grew by {:.1f} MiB in {} in which {:.1f} MiB of endless input came on connection "
                         "{}; it keeps {:.2f} octets of each",
                         mebibytes(growth->memory), rough(growth->within), mebibytes(growth->came), event.connection,
                         static_cast<double>(growth->memory) /
                             static_cast<double>(std::max<std::uint64_t>(growth->came, 1)))});
    }
}

} // namespace postfault::judge
