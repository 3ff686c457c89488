#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/invariants/endurance.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>

// PF004 connection not closed: what KB Q254795 is about. RFC 9293 3.6: a connection whose peer has closed stays in
// CLOSE_WAIT without limit until its owner closes it.
namespace postfault::judge {

namespace {

std::string socket_of(const ConnectionMeasure& connection, const observe::Snapshot* snapshot) {
    return snapshot == nullptr ? "" : describe_sockets(*snapshot, connection.client_port);
}

std::string after_colon(const std::string& text) { return text.empty() ? "" : ": " + text; }

// How it ended after all, for the end of a sentence.
std::string finally(const ConnectionMeasure& connection, const observe::Observation& client, bool killed) {
    if (connection.client_end && connection.ended_with_process)
        return ", closed only by the end of its process";
    if (connection.client_end)
        return "";
    if (killed)
        return ", until the harness ended the client";
    return client.ended ? ", until its process ended" : ", and still is";
}

// True while the server does not read: the client's FIN waits behind the octets that nobody takes.
bool hidden_from_server(const Facts& facts, int number) {
    bool hidden = false;
    for (const journal::Event& event : facts.record.journal)
        if (event.connection == number) {
            if (event.kind == journal::Event::Kind::reading_stopped)
                hidden = true;
            if (event.kind == journal::Event::Kind::reading_resumed)
                hidden = false;
        }
    return hidden;
}

// The client's FIN stands behind what it had sent before it could know; how long that took to read is our affair.
Instant last_octet_of(const Facts& facts, const ConnectionMeasure& connection) {
    Instant last{};
    for (const journal::Event& event : facts.record.journal)
        if (event.connection == connection.number && event.kind == journal::Event::Kind::received)
            last = std::max(last, event.last);
    return last;
}

// The server has closed its side, so the client must close its own within the grace. True if this was broken.
bool check_close_wait(const Facts& facts, const ConnectionMeasure& connection, const observe::Observation& client,
                      Findings& findings) {
    if (!connection.server_fin || (connection.client_end && *connection.client_end <= *connection.server_fin))
        return false;
    const Instant closed = std::max(*connection.server_fin, last_octet_of(facts, connection));
    const Instant due = closed + facts.grace;
    const Instant alive = facts.alive_until(client);
    if (connection.server_reset && *connection.server_reset <= due)
        return false;
    if (!connection.client_end && hidden_from_server(facts, connection.number) &&
        socket_of(connection, snapshot_of(client, "after return", due, alive)).empty())
        return false;
    const Instant until = std::min(connection.client_end.value_or(alive), connection.server_reset.value_or(alive));
    if (until <= due)
        return false;

    const bool killed = ended_by_harness(facts.record, client).has_value();
    const std::string sockets =
        socket_of(connection, snapshot_of(client, "patience is over", due, std::max(until, facts.end)));
    findings.broken_by(until - due, uncertainty(facts.record, closed, until),
                       {"", fmt::format("connection {} stayed open for {} after the server had closed its side, "
                                        "{} are allowed{}{}",
                                        connection.number, rough(until - closed), rough(facts.grace),
                                        finally(connection, client, killed), after_colon(sockets))});
    return true;
}

// The operation is over, so its connections must be.
void check_after_return(const Facts& facts, const ConnectionMeasure& connection, const OperationFacts& operation,
                        Findings& findings, bool& unseen) {
    const observe::Observation& client = *operation.client;
    const Instant returned = operation.returned->at;
    const Instant due = returned + facts.grace;
    const Instant alive = facts.alive_until(client);
    // A FIN near the end of the process is only known to be the client's own if the client spoke after it.
    const bool spoke_after = connection.client_end && *connection.client_end <= returned && returned < alive;
    const bool by_itself = connection.client_end && (!connection.ended_with_process || spoke_after);
    if (by_itself && *connection.client_end <= due)
        return;
    if (!facts.record.abilities.returns_by_line || alive < due) {
        unseen = true;
        return;
    }
    const std::string sockets =
        socket_of(connection, snapshot_of(client, "after return", returned, std::max(alive, facts.end)));
    // Its own descriptors tell more than our end, where the FIN may wait behind octets that we have not read yet.
    const observe::Snapshot* look = snapshot_of(client, "after return", due, std::max(alive, facts.end));
    if (look != nullptr && socket_of(connection, look).empty())
        return;
    if (look == nullptr && !connection.client_end && hidden_from_server(facts, connection.number)) {
        unseen = true;
        return;
    }
    const Instant until = connection.client_end.value_or(alive);
    if (until <= due)
        return;
    const bool killed = ended_by_harness(facts.record, client).has_value();
    const std::string name = facts.name(operation);
    findings.broken_by(
        until - due, uncertainty(facts.record, returned, until),
        {"", fmt::format("connection {} stayed open for {} after {} returned {}, {} are allowed{}{}", connection.number,
                         rough(until - returned), name.empty() ? "the client" : name, operation.returned->result,
                         rough(facts.grace), finally(connection, client, killed), after_colon(sockets))});
}

bool is_idle_fault(const Facts& facts, const journal::Event& event) {
    return event.kind == journal::Event::Kind::fault_fired && event.count < facts.scenario.faults.size() &&
           facts.scenario.faults[static_cast<std::size_t>(event.count)].at.kind == scenario::Point::Kind::idle;
}

// A command in an operation's time, or a fault that struck the connection while it was kept for that operation. QUIT
// does not count: it says that there is nothing more to say.
bool kept_for(const Facts& facts, const ConnectionMeasure& connection, const OperationFacts& operation) {
    return std::any_of(facts.record.journal.begin(), facts.record.journal.end(), [&](const journal::Event& event) {
        return event.connection == connection.number &&
               ((event.kind == journal::Event::Kind::command && event.subject != "QUIT") ||
                is_idle_fault(facts, event)) &&
               event.at > operation.from && event.at <= operation.to;
    });
}

// The operation after which a connection must be closed: the first to return after it was opened, or a later one of the
// same process that it was kept for, which its use tells. An operation that keeps its connections keeps them until the
// client has nothing more to do.
const OperationFacts* last_served_by(const Facts& facts, const ConnectionMeasure& connection,
                                     const observe::Observation& client) {
    const OperationFacts* last = nullptr;
    for (const OperationFacts& candidate : facts.operations())
        if (candidate.client == &client && candidate.returned != nullptr &&
            candidate.returned->at >= connection.opened &&
            (last == nullptr || row_of(candidate.kind).keeps_connections || kept_for(facts, connection, candidate)))
            last = &candidate;
    return last;
}

// The last operation of a process, where a connection came about after it had returned: the client had given up on it,
// and its kernel went on trying for a socket that is still there until a server in a better mood answered.
const OperationFacts* last_before(const Facts& facts, const ConnectionMeasure& connection,
                                  const observe::Observation& client) {
    const OperationFacts* last = nullptr;
    for (const OperationFacts& candidate : facts.operations())
        if (candidate.client == &client) {
            if (candidate.returned == nullptr || candidate.returned->at >= connection.opened)
                return nullptr;
            last = &candidate;
        }
    return facts.record.abilities.returns_by_line ? last : nullptr;
}

// What a client keeps for its next operation the server may close in the meantime. It had no chance then to use it, and
// how soon it closes its own side has been judged.
bool kept_until_server_closed(const Facts& facts, const ConnectionMeasure& connection,
                              const OperationFacts& operation) {
    const bool more_follow =
        std::any_of(facts.operations().begin(), facts.operations().end(), [&](const OperationFacts& other) {
            return other.client == operation.client && other.index > operation.index;
        });
    return operation.said_ok() && more_follow && connection.server_fin &&
           *connection.server_fin > operation.returned->at;
}

// A connect that never got through leaves no connection at the server, but a socket in the client all the same.
void check_half_open(const Facts& facts, const OperationFacts& operation, Findings& findings) {
    if (!facts.record.abilities.returns_by_line || operation.returned == nullptr || operation.client == nullptr)
        return;
    const Instant due = operation.returned->at + facts.grace;
    for (const auto& snapshot : operation.client->snapshots)
        if (snapshot.at >= due && snapshot.at <= operation.to)
            for (const auto& socket : snapshot.sockets)
                if (socket.state == "SYN_SENT") {
                    findings.broken.push_back(
                        {"", fmt::format("a socket was still connecting {} after it returned {}, {} are allowed: {}",
                                         rough(snapshot.at - operation.returned->at), operation.returned->result,
                                         rough(facts.grace), describe_sockets(snapshot))});
                    return;
                }
}

} // namespace

void check_not_closed(const Facts& facts, Findings& findings) {
    check_growing_descriptors(facts, findings);
    bool unseen = false;
    bool never_returned = false;
    for (const ConnectionMeasure& connection : facts.measures.connections) {
        const observe::Observation* client = facts.client_of(connection);
        if (client == nullptr)
            continue;
        if (check_close_wait(facts, connection, *client, findings))
            continue; // the same socket need not be reported twice
        if (connection.server_reset)
            continue; // nothing is left that could be closed
        const OperationFacts* operation = last_served_by(facts, connection, *client);
        if (operation != nullptr && kept_until_server_closed(facts, connection, *operation))
            continue;
        if (operation != nullptr)
            check_after_return(facts, connection, *operation, findings, unseen);
        else if (const OperationFacts* before = last_before(facts, connection, *client))
            check_after_return(facts, connection, *before, findings, unseen);
        else if (!connection.client_end)
            never_returned = true;
    }
    for (const OperationFacts& operation : facts.operations())
        check_half_open(facts, operation, findings);

    if (unseen && !facts.record.abilities.returns_by_line)
        findings.not_observable.push_back(
            {"", "the client returns by ending, which closes every socket that it may have kept"});
    else if (unseen)
        findings.not_observable.push_back(
            {"", fmt::format("its process did not live for {} after it returned", rough(facts.grace))});
    else if (never_returned)
        findings.not_observable.push_back({"", "the client never returned"});
}

} // namespace postfault::judge
