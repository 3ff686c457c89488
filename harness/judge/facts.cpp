#include "harness/judge/facts.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

constexpr std::size_t threads_shown = 4;

std::vector<OperationFacts> find_operations(const scenario::Scenario& scenario, const RunRecord& record, Instant end) {
    std::vector<OperationFacts> operations;
    for (const scenario::Operation kind : scenario::operations_of(scenario)) {
        OperationFacts operation;
        operation.index = operations.size();
        operation.in_first_step = operation.index < scenario::operations_of_first_step(scenario);
        operation.kind = kind;
        operations.push_back(operation);
    }
    if (operations.empty()) {
        operations.emplace_back();
        operations.back().kind = scenario.operation;
    }

    const bool together = record.abilities.steps_in_one_process || record.clients.size() <= 1;
    Instant from{};
    for (OperationFacts& operation : operations) {
        const std::size_t process = together ? 0 : operation.index;
        const std::size_t place = together ? operation.index : 0;
        if (process < record.clients.size()) {
            operation.client = &record.clients[process];
            if (place < operation.client->returned.size())
                operation.returned = &operation.client->returned[place];
        }
        operation.from = from;
        operation.to = end;
        if (together && operation.returned != nullptr)
            operation.to = operation.returned->at;
        else if (!together && process + 1 < record.clients.size())
            operation.to = record.clients[process + 1].started;
        from = operation.to;
    }
    operations.back().to = end; // what came after the last word is still the last operation's
    return operations;
}

bool is_open(const observe::SocketState& socket) {
    return socket.state == "ESTABLISHED" || socket.state == "CLOSE_WAIT" || socket.state == "SYN_SENT";
}

// Follows one connection as far as the replies go.
struct Waiting {
    std::string subject = "greeting"; // whose reply is due; empty = none
    std::uint64_t octets = 0;         // of it that were sent
    bool uploading = false;
    std::uint64_t uploaded = 0;
    bool reading = true;
    std::optional<Instant> server_fin;
    std::optional<Instant> server_reset;
    std::optional<Instant> client_end;
    bool said_quit = false; // while a reply was due

    void on(const Event& event) {
        switch (event.kind) {
        case Kind::command:
        case Kind::reply:
        case Kind::stored:
            subject = event.kind == Kind::stored ? "accepted" : event.subject;
            octets = 0;
            if (subject == "dot" || subject == "accepted")
                uploading = false;
            break;
        case Kind::sent:
            octets += event.count;
            break;
        case Kind::reply_sent:
            subject.clear();
            break;
        case Kind::upload:
            subject = event.subject; // `dot` at the end
            octets = 0;
            uploading = subject.empty();
            uploaded = event.count;
            break;
        case Kind::reading_stopped:
            reading = false;
            break;
        case Kind::reading_resumed:
            reading = true;
            break;
        case Kind::server_fin:
            server_fin = event.at;
            break;
        case Kind::server_reset:
            server_reset = event.at;
            break;
        case Kind::unread_quit:
            said_quit = true;
            break;
        case Kind::client_fin:
        case Kind::client_reset:
            client_end = event.at;
            break;
        default:
            break;
        }
    }
};

// The others only take the measure of the processes.
bool looks_at_sockets(const observe::Snapshot& snapshot) {
    return snapshot.reason == "after return" || snapshot.reason == "patience is over";
}

std::string name_of_reply(const std::string& subject) {
    if (subject == "greeting")
        return "the greeting";
    if (subject == "dot" || subject == "accepted")
        return "the reply to the final dot";
    return "the reply to " + escaped(subject);
}

// The connection that a waiting client most probably waits for: the last one that it did not end.
int last_connection(const Facts& facts) {
    int last = 0;
    int last_open = 0;
    for (const ConnectionMeasure& connection : facts.measures.connections) {
        last = connection.number;
        if (!connection.client_end)
            last_open = connection.number;
    }
    return last_open != 0 ? last_open : last;
}

} // namespace

Facts::Facts(const scenario::Scenario& about, const RunRecord& seen)
    : scenario(about), record(seen), measures(measure(seen, about)), grace(judge::grace(seen.limit)),
      end(last_seen(seen)), operations_(find_operations(about, seen, end)) {}

std::span<const OperationFacts> Facts::first_step() const {
    const auto last = std::find_if(operations_.begin(), operations_.end(),
                                   [](const OperationFacts& operation) { return !operation.in_first_step; });
    return {operations_.begin(), last};
}

std::string Facts::name(const OperationFacts& operation) const {
    if (operations_.size() == 1)
        return "";
    return fmt::format("operation {} of {} ({})", operation.index + 1, operations_.size(), to_string(operation.kind));
}

std::string Facts::what_it_said(const OperationFacts& operation) const {
    if (operation.returned == nullptr)
        return "it never returned";
    if (operation.returned->text.empty())
        return "it returned " + operation.returned->result;
    return fmt::format("it returned {} (\"{}\")", operation.returned->result,
                       escaped_excerpt(operation.returned->text, 80));
}

const observe::Observation* Facts::client_of(const ConnectionMeasure& connection) const {
    const observe::Observation* found = nullptr;
    for (const auto& client : record.clients)
        if (found == nullptr || client.started <= connection.opened)
            found = &client;
    return found;
}

Instant Facts::alive_until(const observe::Observation& client) const {
    if (const auto killed = ended_by_harness(record, client))
        return *killed;
    return client.ended ? client.ended->at : end;
}

std::vector<const StoredCopy*> Facts::stored(std::size_t operation) const {
    std::vector<const StoredCopy*> copies;
    for (const StoredCopy& copy : record.stored)
        if (copy.step == operation)
            copies.push_back(&copy);
    std::stable_sort(copies.begin(), copies.end(),
                     [](const StoredCopy* left, const StoredCopy* right) { return left->at < right->at; });
    return copies;
}

std::string describe_waiting(const Facts& facts, Instant until) {
    const int number = last_connection(facts);
    if (number == 0) {
        const bool tried = std::any_of(facts.record.journal.begin(), facts.record.journal.end(),
                                       [](const Event& event) { return event.kind == Kind::connect_attempt; });
        return tried || facts.measures.fault_at ? "its connect was never answered" : "it never connected";
    }
    Waiting waiting;
    for (const Event& event : facts.record.journal)
        if (event.connection == number && event.at <= until)
            waiting.on(event);

    if (waiting.client_end)
        return fmt::format("its last connection was over {} before", rough(until - *waiting.client_end));
    if (waiting.server_reset)
        return fmt::format("the server had reset its last connection {} before", rough(until - *waiting.server_reset));
    std::string text;
    if (!waiting.reading)
        text = waiting.uploading
                   ? fmt::format("the server had stopped reading after {} octets of its upload", waiting.uploaded)
                   : "the server had stopped reading";
    else if (waiting.uploading)
        text = fmt::format("its upload stopped after {} octets", waiting.uploaded);
    else if (waiting.subject.empty())
        text = "every reply had been sent";
    else if (waiting.octets != 0)
        text =
            fmt::format("{} never ended ({} octets of it were sent)", name_of_reply(waiting.subject), waiting.octets);
    else
        text = name_of_reply(waiting.subject) + " never came";
    if (waiting.said_quit)
        text += ", and it had said QUIT meanwhile";
    if (waiting.server_fin)
        text += fmt::format(", the server had closed its side {} before", rough(until - *waiting.server_fin));
    return text;
}

std::string describe_sockets(const observe::Snapshot& snapshot, std::uint16_t client_port) {
    std::vector<std::string> parts;
    for (const auto& socket : snapshot.sockets)
        if (is_open(socket) && (client_port == 0 || socket.local_port == client_port)) {
            std::string part = fmt::format("fd {} {}", socket.fd, socket.state);
            if (socket.send_queue != 0)
                part += fmt::format(" with {} octets unsent", socket.send_queue);
            if (socket.receive_queue != 0)
                part += fmt::format(" with {} octets unread", socket.receive_queue);
            parts.push_back(std::move(part));
        }
    return joined(parts, ", ");
}

std::string describe_threads(const observe::Snapshot& snapshot) {
    // Pools have many threads that do the same.
    std::vector<std::pair<std::string, int>> parts;
    for (const auto& thread : snapshot.threads) {
        std::string part = thread.call.empty()
                               ? (thread.state == 'R' ? "running" : "state " + std::string(1, thread.state))
                               : thread.call;
        if (!thread.timeout.empty())
            part += ", " + thread.timeout;
        const auto same =
            std::find_if(parts.begin(), parts.end(), [&](const auto& known) { return known.first == part; });
        if (same == parts.end())
            parts.emplace_back(std::move(part), 1);
        else
            ++same->second;
    }
    std::vector<std::string> shown;
    for (const auto& [part, count] : parts) {
        if (shown.size() == threads_shown) {
            shown.push_back(fmt::format("{} more", parts.size() - threads_shown));
            break;
        }
        shown.push_back(count == 1 ? part : fmt::format("{} in {} threads", part, count));
    }
    return joined(shown, "; ");
}

const observe::Snapshot* snapshot_of(const observe::Observation& client, std::string_view reason, Instant from,
                                     Instant to) {
    const observe::Snapshot* last = nullptr;
    for (const auto& snapshot : client.snapshots) {
        if (snapshot.at < from || snapshot.at > to)
            continue;
        if (snapshot.reason == reason)
            return &snapshot;
        if (looks_at_sockets(snapshot))
            last = &snapshot;
    }
    return last;
}

std::string rough(Duration duration) {
    if (duration < std::chrono::seconds(1))
        return fmt::format("{} ms", std::chrono::round<std::chrono::milliseconds>(duration).count());
    return fmt::format("{:.1f} s", to_seconds(duration));
}

} // namespace postfault::judge
