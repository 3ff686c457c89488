#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>

// PF006 duplicate: the same message accepted again although its acceptance had reached the client. After a lost
// acknowledgement a second copy is legal (RFC 1047); for news only under the same message-id (RFC 3977 6.3.1, RFC 5537
// 3.4.1), because only then can servers drop it.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

// Octets that a reset destroys right after they were sent may never have been read.
constexpr Duration in_flight{50'000};

bool alters_reply(const scenario::Action& action) {
    return std::holds_alternative<scenario::Reply>(action) || std::holds_alternative<scenario::Edit>(action) ||
           std::holds_alternative<scenario::Inject>(action) || std::holds_alternative<scenario::Garbage>(action) ||
           std::holds_alternative<scenario::Flood>(action) || std::holds_alternative<scenario::Flip>(action);
}

bool was_altered(const Facts& facts, const Event& event) {
    if (event.kind != Kind::fault_fired || event.count >= facts.scenario.faults.size())
        return false;
    const scenario::Fault& fault = facts.scenario.faults[static_cast<std::size_t>(event.count)];
    return (fault.at.subject == "accepted" || fault.at.subject == "dot") &&
           std::any_of(fault.actions.begin(), fault.actions.end(), alters_reply);
}

// When the client could know for sure that this copy was taken; none if the acknowledgement was lost or spoilt.
std::optional<Instant> acknowledged(const Facts& facts, const StoredCopy& copy) {
    std::optional<Instant> sent;
    for (const Event& event : facts.record.journal) {
        if (event.connection != copy.connection)
            continue;
        if (was_altered(facts, event))
            return std::nullopt;
        const bool client_left = event.kind == Kind::client_fin || event.kind == Kind::client_reset ||
                                 event.kind == Kind::unread_quit ||
                                 (event.kind == Kind::command && event.subject == "QUIT");
        if (!sent && client_left)
            return std::nullopt;
        if (!sent && event.kind == Kind::reply_sent && event.subject == "accepted" && event.at >= copy.at)
            sent = event.at;
        if (sent && event.kind == Kind::server_reset && event.at - *sent <= in_flight)
            return std::nullopt;
    }
    return sent;
}

// A message that was taken for some recipients is rightly sent again to the others (RFC 5321 4.5.3.1.10).
bool have_common_recipient(const StoredCopy& one, const StoredCopy& other) {
    if (one.recipients.empty() || other.recipients.empty())
        return true;
    return std::find_first_of(one.recipients.begin(), one.recipients.end(), other.recipients.begin(),
                              other.recipients.end()) != one.recipients.end();
}

void check_again(const Facts& facts, const OperationFacts& operation, const std::vector<const StoredCopy*>& copies,
                 std::size_t again, Findings& findings) {
    const StoredCopy& copy = *copies[again];
    const auto overlaps = [&](const StoredCopy* other) { return have_common_recipient(*other, copy); };
    if (std::none_of(copies.begin(), copies.begin() + static_cast<std::ptrdiff_t>(again), overlaps))
        return;
    for (std::size_t before = 0; before < again; ++before) {
        if (!overlaps(copies[before]))
            continue;
        const auto known = acknowledged(facts, *copies[before]);
        if (!known || *known > copy.at)
            continue;
        const std::string name = facts.name(operation);
        findings.broken.push_back(
            {"", fmt::format("{}{}the message was accepted again on connection {}, {} after its acceptance had reached "
                             "the client on connection {}",
                             name, name.empty() ? "" : ": ", copy.connection, rough(copy.at - *known),
                             copies[before]->connection)});
        return;
    }
    const StoredCopy& first = *copies.front();
    if (!carries_mail(facts.scenario.protocol) && copy.message_id != first.message_id) {
        findings.broken.push_back(
            {"", fmt::format("the article was posted again under a new message-id ({} after {}), so no server can see "
                             "that it is the same",
                             copy.message_id.empty() ? "none" : copy.message_id,
                             first.message_id.empty() ? "none" : first.message_id)});
        return;
    }
    findings.notes.push_back(fmt::format(
        "copy {} was accepted on connection {} after a lost acknowledgement, which is legal{}", again + 1,
        copy.connection,
        !carries_mail(facts.scenario.protocol) ? " under the same message-id (RFC 3977 6.3.1)" : " (RFC 1047)"));
}

} // namespace

void check_duplicate(const Facts& facts, Findings& findings) {
    for (const OperationFacts& operation : facts.operations()) {
        if (!row_of(operation.kind).uploads)
            continue;
        const auto copies = facts.stored(operation.index);
        for (std::size_t again = 1; again < copies.size(); ++again)
            check_again(facts, operation, copies, again, findings);
    }
}

} // namespace postfault::judge
