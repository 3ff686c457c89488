#include "fakeserver/base/text.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

// PF012 abrupt close. RFC 5321 4.1.1.10: a client MUST NOT intentionally close before it has sent QUIT, also after an
// error reply. News clients may (RFC 3977 5.4), but a reset of a healthy connection is rude there, too.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

// What the connection had come to when the client left it.
struct Parting {
    bool reply_due = true; // the greeting
    bool uploading = false;
    bool unheard = false;   // the server did not read
    bool held = false;      // a fault happened since the last reply, and may keep the server from what comes next
    bool said_more = false; // to a server that was held: a reply is due that it does not know of
    bool spoilt = false;    // the server has said something that no server should, or that it will say no more
    std::string asked_last = "the greeting";
    Instant asked{};
    std::string verb;            // what was answered last
    std::string reply;           // the first line of that answer
    std::optional<Instant> late; // when the last reply came that may have tried its patience

    // The server waits for a command, or goes on answering a group without a hitch (RFC 2920 3.1): QUIT could be said.
    // Of several replies under way, how many have left when the client leaves is a matter of microseconds.
    bool could_say_quit() const {
        if ((reply_due && held) || said_more || uploading || unheard || spoilt || reply.size() < 3)
            return false;
        const char kind = reply.front();
        const bool leaves = reply.starts_with("421") || reply.starts_with("400");
        // After 220 to STARTTLS the next thing is TLS or nothing.
        return (kind == '2' || kind == '4' || kind == '5') && !leaves && !(verb == "STARTTLS" && kind == '2');
    }
};

bool spoils(const Facts& facts, const Event& event) {
    if (event.count >= facts.scenario.faults.size())
        return false;
    const auto& actions = facts.scenario.faults[static_cast<std::size_t>(event.count)].actions;
    return std::any_of(actions.begin(), actions.end(), [](const scenario::Action& action) {
        return std::holds_alternative<scenario::Edit>(action) || std::holds_alternative<scenario::Inject>(action) ||
               std::holds_alternative<scenario::Garbage>(action) || std::holds_alternative<scenario::Flood>(action) ||
               std::holds_alternative<scenario::Flip>(action) || std::holds_alternative<scenario::Alert>(action) ||
               std::holds_alternative<scenario::HalfClose>(action);
    });
}

// Under TLS a client has left when it has said close_notify (RFC 8446 6.1): the server answers that by ending the
// connection. Whose FIN is seen first then, and whether the answer meets a socket that is gone and provokes a reset, is
// no matter.
bool is_farewell(const Event& event) { return event.kind == Kind::tls && event.subject == "close_notify"; }

std::optional<Instant> farewell_of(const Facts& facts, const ConnectionMeasure& connection) {
    for (const Event& event : facts.record.journal)
        if (event.connection == connection.number && is_farewell(event))
            return event.at;
    return std::nullopt;
}

// Then there was nobody left to say QUIT to.
bool server_left_first(const ConnectionMeasure& connection, std::optional<Instant> farewell) {
    if (!connection.server_fin)
        return false;
    return farewell ? *connection.server_fin < *farewell : *connection.server_fin <= *connection.client_end;
}

Parting parting_of(const Facts& facts, const ConnectionMeasure& connection) {
    const auto tries_patience = [&](Instant since, Instant until) { return until - since >= facts.record.limit / 2; };
    Parting parting;
    parting.asked = connection.opened;
    for (const Event& event : facts.record.journal) {
        if (event.connection != connection.number)
            continue;
        if (is_farewell(event))
            return parting;
        switch (event.kind) {
        case Kind::client_fin:
        case Kind::client_reset:
            return parting;
        case Kind::received:
            parting.said_more = parting.held;
            break;
        case Kind::command:
            parting.reply_due = true;
            parting.asked_last = event.subject;
            parting.asked = event.at;
            break;
        case Kind::upload:
        case Kind::stored:
            parting.reply_due = true;
            parting.uploading = event.kind == Kind::upload && event.subject.empty();
            parting.asked_last = "the final dot";
            parting.asked = event.at;
            break;
        case Kind::reply:
            parting.verb = parting.asked_last;
            parting.reply = event.text;
            break;
        case Kind::reply_sent:
            parting.reply_due = false;
            parting.held = false;
            parting.said_more = false;
            parting.uploading = false;
            if (tries_patience(parting.asked, event.at))
                parting.late = event.at;
            break;
        case Kind::reading_stopped:
            parting.unheard = true;
            break;
        case Kind::reading_resumed:
            parting.unheard = false;
            break;
        case Kind::fault_fired:
            parting.held = true;
            parting.spoilt = parting.spoilt || spoils(facts, event);
            break;
        default:
            break;
        }
    }
    return parting;
}

// RFC 2033 4.2: a reply for each recipient, and a fault may have kept some of them back.
bool may_lack_replies(const Facts& facts, const ConnectionMeasure& connection, const Parting& parting) {
    return facts.scenario.protocol == scenario::Protocol::lmtp && parting.verb == "the final dot" &&
           connection.fault_fired;
}

// It may just have lost its patience when the reply came, or have waited for the one that is due.
bool was_late(const Facts& facts, const Parting& parting, Instant left) {
    return (parting.late && left - *parting.late < facts.grace) ||
           (parting.reply_due && left - parting.asked >= facts.record.limit / 2);
}

bool expects(const Facts& facts, scenario::CloseKind kind) {
    const auto& close = facts.scenario.expect.close;
    return std::find(close.begin(), close.end(), kind) != close.end();
}

// What the harness or a crash has cut off was not the client's decision.
bool left_by_itself(const Facts& facts, const ConnectionMeasure& connection) {
    const observe::Observation* client = facts.client_of(connection);
    if (client == nullptr)
        return false;
    const auto killed = ended_by_harness(facts.record, *client);
    const bool crashed = client->ended && client->ended->signal && connection.ended_with_process;
    // What it forgot to close until its end is PF004's.
    const bool forgotten = connection.ended_with_process && facts.record.abilities.returns_by_line &&
                           !client->returned.empty() &&
                           *connection.client_end > client->returned.back().at + facts.grace;
    return !crashed && !forgotten && (!killed || *connection.client_end < *killed);
}

} // namespace

void check_abrupt_close(const Facts& facts, Findings& findings) {
    for (const ConnectionMeasure& connection : facts.measures.connections) {
        const std::optional<Instant> farewell = farewell_of(facts, connection);
        if (!connection.client_end || connection.client_quit || (connection.reset_was_forced && !farewell) ||
            server_left_first(connection, farewell) || connection.server_reset || !left_by_itself(facts, connection))
            continue;
        const bool reset = connection.close == ClientClose::reset && !farewell;
        if (!reset && facts.scenario.protocol == scenario::Protocol::nntp)
            continue;
        if (expects(facts, reset ? scenario::CloseKind::reset : scenario::CloseKind::fin) ||
            (!reset && expects(facts, scenario::CloseKind::notify)))
            continue;
        const Parting parting = parting_of(facts, connection);
        const Instant left = farewell.value_or(*connection.client_end);
        if (!parting.could_say_quit() || may_lack_replies(facts, connection, parting) || was_late(facts, parting, left))
            continue;
        const std::string after = fmt::format("the reply \"{}\" to {}, at {}", escaped_excerpt(parting.reply, 60),
                                              escaped(parting.verb), in_seconds(left.time_since_epoch()));
        // A client that had no core for half of its limit may have lost its patience without having waited.
        const Duration noise = uncertainty(facts.record, parting.asked, left);
        findings.broken_by(
            facts.record.limit / 2, noise,
            {"", reset ? fmt::format("reset connection {}, which was healthy, after {}", connection.number, after)
                       : fmt::format("left connection {} without QUIT after {}", connection.number, after)});
    }
}

} // namespace postfault::judge
