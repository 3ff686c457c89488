#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

// PF001 hang: still not done after the run's patience. RFC 5321 4.5.3.2: a client MUST have a time-out mechanism.
namespace postfault::judge {

namespace {

// The first operation that did not come to its end; none if all did.
const OperationFacts* unfinished(const Facts& facts) {
    for (const OperationFacts& operation : facts.operations())
        if (operation.client != nullptr && operation.returned == nullptr &&
            (!operation.client->ended || operation.client->ended->killed_by_harness))
            return &operation;
    return nullptr;
}

std::string since(const Facts& facts, const observe::Observation& client, Instant until) {
    if (facts.measures.fault_at && *facts.measures.fault_at <= until)
        return fmt::format("still waiting {} after the fault", rough(until - *facts.measures.fault_at));
    return fmt::format("still running {} after its start", rough(until - client.started));
}

std::string what_it_does(const observe::Observation& client, Instant until) {
    const observe::Snapshot* snapshot = snapshot_of(client, "patience is over", client.started, until);
    if (snapshot == nullptr)
        return "";
    const std::string threads = describe_threads(*snapshot);
    const std::string sockets = describe_sockets(*snapshot);
    if (threads.empty() && sockets.empty())
        return "";
    return fmt::format(" ({}{}{})", threads, threads.empty() || sockets.empty() ? "" : "; ", sockets);
}

} // namespace

void check_hang(const Facts& facts, Findings& findings) {
    const OperationFacts* operation = unfinished(facts);
    if (operation == nullptr) {
        if (!facts.record.cut_off || facts.record.clients.empty())
            return;
        // It said that it was done, and then did not end.
        const auto& client = facts.record.clients.back();
        const Instant until = facts.alive_until(client);
        const std::string said =
            client.returned.empty() ? ""
                                    : fmt::format(", {} after it returned {}", rough(until - client.returned.back().at),
                                                  client.returned.back().result);
        findings.broken.push_back(
            {"", fmt::format("its process did not end{}{}", said, what_it_does(client, facts.end))});
        return;
    }

    const auto& client = *operation->client;
    const Instant until = facts.alive_until(client);
    const std::string name = facts.name(*operation);
    findings.broken.push_back(
        {"", fmt::format("{}{}{}; {}{}", name, name.empty() ? "" : ": ", describe_waiting(facts, until),
                         since(facts, client, until), what_it_does(client, facts.end))});
}

} // namespace postfault::judge
