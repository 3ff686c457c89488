#include "harness/judge/measure.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace postfault::judge {

namespace {

using namespace std::chrono_literals;
using journal::Event;
using Kind = Event::Kind;

// A FIN this near to the end of the process may be the kernel's, which closes what the process left open.
constexpr Duration moment_of_death = 10ms;

// Without a better source: a killed process is reaped this soon after the signal.
constexpr Duration time_to_reap = 100ms;

// A beat as late as this means that our loop did nothing but catch up since the one before.
constexpr Duration stall = 50ms;
constexpr Duration between_beats = 20ms;

// Data that came while our loop was late is read with the beat that says how late, or soon after it.
constexpr Duration time_to_look = 250ms;

bool is_quit(const Event& event) {
    return event.kind == Kind::unread_quit || (event.kind == Kind::command && event.subject == "QUIT");
}

bool is_client_end(const Event& event) { return event.kind == Kind::client_fin || event.kind == Kind::client_reset; }

template <class Condition>
std::optional<Instant> earliest(const std::vector<Event>& events, std::size_t from, Condition&& condition) {
    for (std::size_t index = from; index < events.size(); ++index)
        if (condition(events[index]))
            return events[index].at;
    return std::nullopt;
}

std::optional<Instant> sooner(std::optional<Instant> left, std::optional<Instant> right) {
    if (!left || !right)
        return left ? left : right;
    return std::min(*left, *right);
}

// Which process opened a connection: they run one after the other.
const observe::Observation* owner(const RunRecord& record, Instant opened) {
    const observe::Observation* found = nullptr;
    for (const auto& client : record.clients)
        if (found == nullptr || client.started <= opened)
            found = &client;
    return found;
}

// When the first operation since then was over for the client, by its word or by the end of its process.
std::optional<Instant> return_after(const RunRecord& record, Instant start) {
    for (const auto& client : record.clients) {
        for (const auto& returned : client.returned)
            if (returned.at >= start)
                return returned.at;
        if (client.returned.empty() && client.ended && client.ended->at >= start)
            return ended_by_harness(record, client) ? std::nullopt : std::optional(client.ended->at);
    }
    return std::nullopt;
}

// The fault left nothing to close: the client has given up when it is back with a new connection or returns.
// One that had returned already needed no time to do so.
std::optional<Duration> gives_up_elsewhere(const RunRecord& record, int connection, Instant opened, Instant start) {
    const auto reconnected = earliest(record.journal, 0, [&](const Event& event) {
        // The attempt is the client's doing, how soon it is accepted is not.
        return (event.kind == Kind::connected || event.kind == Kind::connect_attempt) &&
               event.connection != connection && event.at > start;
    });
    const auto end = sooner(reconnected, return_after(record, start));
    if (end)
        return *end - start;
    return return_after(record, opened) ? std::optional(Duration{0}) : std::nullopt;
}

// The client called connect() before the fault was there; if nobody watched, all we know is when it was started.
Instant start_of_connect(const RunRecord& record, const Event& fault) {
    const Event* attempt = nullptr;
    for (const Event& event : record.journal)
        if (event.kind == Kind::connect_attempt && (attempt == nullptr || event.connection == fault.connection))
            attempt = &event;
    if (attempt != nullptr)
        return attempt->at;
    return record.clients.empty() ? fault.at : record.clients.front().started;
}

// The octets that the server sent last may have come too late for the client to read: a close then sends RST.
bool unread_input(const std::vector<Event>& events, const std::vector<std::size_t>& positions, std::size_t end_index) {
    std::optional<Instant> heard;
    std::optional<Instant> said;
    for (const std::size_t index : positions) {
        if (index >= end_index)
            break;
        const Event& event = events[index];
        if (event.kind == Kind::received)
            heard = event.last;
        if (event.kind == Kind::sent)
            said = event.last;
    }
    return said && (!heard || *said >= *heard);
}

// `positions` are the connection's events in the journal.
ConnectionMeasure measure_connection(const RunRecord& record, const std::vector<std::size_t>& positions) {
    const auto& events = record.journal;

    ConnectionMeasure result;
    result.number = events[positions.front()].connection;
    result.opened = events[positions.front()].at;
    for (const std::size_t index : positions)
        if (events[index].kind == Kind::connected) {
            result.opened = events[index].at;
            result.client_port = static_cast<std::uint16_t>(events[index].count);
            result.address = address_of(events[index]);
        }
    const observe::Observation* client = owner(record, result.opened);
    const auto killed = client == nullptr ? std::nullopt : ended_by_harness(record, *client);

    std::optional<Instant> gave_up;
    for (const std::size_t index : positions) {
        const Event& event = events[index];
        if (event.kind == Kind::fault_fired && !result.fault_fired) {
            result.fault_fired = event.at;
            // A client that says QUIT and closes at once had given up before our answer was due.
            if (result.client_end)
                gave_up = event.at;
        }
        if (event.kind == Kind::server_fin && !result.server_fin)
            result.server_fin = event.at;
        if (event.kind == Kind::server_reset && !result.server_reset)
            result.server_reset = event.at;
        if ((!is_quit(event) && !is_client_end(event)) || (killed && event.at >= *killed))
            continue;
        if (result.fault_fired && !gave_up)
            gave_up = event.at;
        if (is_quit(event) && !result.client_quit)
            result.client_quit = event.at;
        if (is_client_end(event) && !result.client_end) {
            result.client_end = event.at;
            result.close = event.kind == Kind::client_reset ? ClientClose::reset : ClientClose::fin;
            result.reset_was_forced = result.close == ClientClose::reset && unread_input(events, positions, index);
        }
    }
    if (result.client_end && result.client_quit)
        result.close = ClientClose::quit;
    if (result.client_end && client != nullptr && client->ended)
        result.ended_with_process = *result.client_end + moment_of_death > client->ended->at;

    if (gave_up)
        result.gives_up = *gave_up - *result.fault_fired;
    else if (result.fault_fired && result.server_reset)
        result.gives_up = gives_up_elsewhere(record, result.number, result.opened, *result.fault_fired);
    if (result.server_fin && result.client_end && *result.client_end >= *result.server_fin)
        result.close_lag = *result.client_end - *result.server_fin;
    return result;
}

// How long our loop had been doing nothing but catch up when it came to this moment. Work goes from one step to the
// next by turns of the loop, so what waits through several long turns is late by all of them.
Duration stalled_before(const RunRecord& record, Instant moment) {
    Duration sum{0};
    Instant begin = moment;
    for (std::size_t index = record.lateness.size(); index-- > 0;) {
        const Lateness& late = record.lateness[index];
        const Instant began = late.at - late.by;
        if (began >= moment)
            continue;
        if (late.by < stall || begin - late.at > (sum == Duration{0} ? time_to_look : between_beats))
            break;
        sum += std::min(late.at, moment) - began;
        begin = began;
    }
    return sum;
}

Duration growth_of_run_delay(const RunRecord& record, Instant from, Instant to) {
    Duration worst{0};
    for (const auto& client : record.clients) {
        const observe::Snapshot* before = nullptr;
        const observe::Snapshot* after = nullptr;
        for (const auto& snapshot : client.snapshots) {
            if (snapshot.at <= from || before == nullptr)
                before = &snapshot;
            after = &snapshot;
            if (snapshot.at >= to)
                break;
        }
        if (before != nullptr && before->at < to && after->at > from)
            worst = std::max(worst, after->run_delay - before->run_delay);
    }
    return worst;
}

} // namespace

Measures measure(const RunRecord& record, const scenario::Scenario& scenario) {
    Measures measures;
    const auto& events = record.journal;

    std::set<std::uint64_t> fired;
    std::size_t first_fault = events.size();
    std::map<int, std::vector<std::size_t>> positions; // of each connection's events
    std::set<int> opened;
    for (std::size_t index = 0; index < events.size(); ++index) {
        const Event& event = events[index];
        if (event.connection != 0)
            positions[event.connection].push_back(index);
        if (event.kind == Kind::connected)
            opened.insert(event.connection);
        if (event.kind == Kind::fault_fired) {
            fired.insert(event.count);
            first_fault = std::min(first_fault, index);
        }
    }
    measures.fault_fired = scenario.faults.empty() || first_fault < events.size();
    for (std::size_t fault = 0; fault < scenario.faults.size(); ++fault)
        if (const scenario::Fault& one = scenario.faults[fault];
            !fired.contains(fault) && one.probability >= 1 && !one.optional)
            measures.not_fired.push_back(fault);

    for (const int number : opened)
        measures.connections.push_back(measure_connection(record, positions[number]));

    const Instant end = last_seen(record);
    if (first_fault == events.size()) {
        measures.uncertainty = uncertainty(record, Instant{}, end);
        return measures;
    }

    const Event& fault = events[first_fault];
    measures.fault_at = fault.at;
    Instant start = fault.at;
    if (opened.contains(fault.connection)) {
        for (const auto& connection : measures.connections)
            if (connection.number == fault.connection)
                measures.gives_up = connection.gives_up;
    } else {
        start = start_of_connect(record, fault);
        measures.fault_at = start; // a black hole may come to light only when all is over
        measures.gives_up = gives_up_elsewhere(record, fault.connection, start, start);
    }
    measures.uncertainty = uncertainty(record, start, measures.gives_up ? start + *measures.gives_up : end);
    return measures;
}

Duration uncertainty(const RunRecord& record, Instant from, Instant to) {
    Duration worst =
        std::max({growth_of_run_delay(record, from, to), stalled_before(record, from), stalled_before(record, to)});
    // What led to the first event may have waited for us in the kernel before we looked at it.
    const Instant since = from - time_to_look;
    for (const Lateness& late : record.lateness)
        if (late.at >= since && late.at - late.by <= to)
            worst = std::max(worst, late.by);
    for (const Event& event : record.journal)
        if (event.at >= from && event.at <= to)
            worst = std::max(worst, event.lateness);
    return worst;
}

Duration uncertainty_since_start(const RunRecord& record, const observe::Observation& client, Instant to) {
    Duration stalls{0};
    for (const Lateness& late : record.lateness)
        if (late.by >= stall && late.at > client.started)
            stalls += std::max(Duration{0}, std::min(late.at, to) - std::max(late.at - late.by, client.started));
    Duration run_delay{0};
    for (const auto& snapshot : client.snapshots) {
        run_delay = snapshot.run_delay;
        if (snapshot.at >= to)
            break;
    }
    return std::max(stalls + run_delay, uncertainty(record, client.started, to));
}

std::optional<Instant> ended_by_harness(const RunRecord& record, const observe::Observation& client) {
    const bool killed = client.ended ? client.ended->killed_by_harness : record.cut_off;
    if (!killed)
        return std::nullopt;
    if (record.cut_off) {
        if (record.cut_off_at)
            return record.cut_off_at;
        for (const auto& snapshot : client.snapshots)
            if (snapshot.reason == "patience is over")
                return snapshot.at;
    }
    if (client.ended)
        return client.ended->at - time_to_reap;
    return last_seen(record);
}

Instant last_seen(const RunRecord& record) {
    Instant last{};
    for (const Event& event : record.journal)
        last = std::max(last, event.last);
    for (const auto& client : record.clients) {
        last = std::max(last, client.started);
        if (client.ended)
            last = std::max(last, client.ended->at);
        for (const auto& snapshot : client.snapshots)
            last = std::max(last, snapshot.at);
        for (const auto& returned : client.returned)
            last = std::max(last, returned.at);
    }
    return last;
}

std::uint32_t address_of(const Event& event) {
    std::uint32_t address = 1;
    std::from_chars(event.subject.data(), event.subject.data() + event.subject.size(), address);
    return address;
}

Duration grace(Duration limit) { return limit / 10 + 250ms; }

} // namespace postfault::judge
