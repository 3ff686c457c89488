#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>

// PF003 busy loop: who waits does not burn CPU.
namespace postfault::judge {

namespace {

using namespace std::chrono_literals;
using journal::Event;

// Of the processor time that the client could get. A spinning client is near 1 however busy the machine is.
constexpr double burning = 0.8;

// Shorter than this may be honest work, such as a start-up in a slow language.
constexpr Duration worth_telling = 900ms;

// Less than this between two looks says nothing.
constexpr Duration least_share = 100ms;

bool is_traffic(const Event& event) {
    return event.kind == Event::Kind::sent || event.kind == Event::Kind::received ||
           event.kind == Event::Kind::connected || event.kind == Event::Kind::upload;
}

// Something went over the wire between the two looks, so there was work to do.
bool had_work(const Facts& facts, Instant from, Instant to) {
    return std::any_of(facts.record.journal.begin(), facts.record.journal.end(),
                       [&](const Event& event) { return is_traffic(event) && event.at <= to && event.last >= from; });
}

// It took octets that had come long ago, or wrote some that nobody takes yet: the queues of a connection are not what
// they were. Where only one of the looks saw the sockets, nobody knows.
bool moved(const observe::Snapshot& before, const observe::Snapshot& after) {
    const auto has_moved = [&](const observe::SocketState& now) {
        return std::any_of(before.sockets.begin(), before.sockets.end(), [&](const observe::SocketState& then) {
            return then.pid == now.pid && then.fd == now.fd && then.local_port == now.local_port &&
                   (then.receive_queue != now.receive_queue || then.send_queue != now.send_queue);
        });
    };
    return std::any_of(after.sockets.begin(), after.sockets.end(), has_moved);
}

// Until it connects for the first time a client has nothing to wait for: it starts, and reads its message.
Instant first_traffic(const Facts& facts, const observe::Observation& client) {
    for (const Event& event : facts.record.journal) {
        if (is_traffic(event) && event.at >= client.started)
            return event.at;
    }
    return client.started;
}

struct Burnt {
    Duration time{0};
    Duration cpu{0};
};

bool burns(const observe::Snapshot& before, const observe::Snapshot& after) {
    const Duration wall = after.at - before.at;
    const Duration could_get = wall - std::max(Duration{0}, after.run_delay - before.run_delay);
    const Duration cpu = after.cpu - before.cpu;
    return could_get >= least_share && to_seconds(cpu) >= burning * to_seconds(could_get);
}

// The longest stretch of looks in which it burnt without work.
Burnt longest_burn(const Facts& facts, const observe::Observation& client) {
    Burnt longest;
    Burnt now;
    const Instant begin = first_traffic(facts, client);
    for (std::size_t i = 1; i < client.snapshots.size(); ++i) {
        const auto& before = client.snapshots[i - 1];
        const auto& after = client.snapshots[i];
        if (before.at < begin || !burns(before, after) || had_work(facts, before.at, after.at) ||
            moved(before, after)) {
            now = {};
            continue;
        }
        now.time += after.at - before.at;
        now.cpu += after.cpu - before.cpu;
        if (now.time > longest.time)
            longest = now;
    }
    return longest;
}

} // namespace

void check_busy_loop(const Facts& facts, Findings& findings) {
    for (const auto& client : facts.record.clients) {
        const Burnt burnt = longest_burn(facts, client);
        if (burnt.time >= worth_telling)
            findings.broken.push_back(
                {"", fmt::format("burnt {} of CPU time in {} in which nothing came and nothing went", rough(burnt.cpu),
                                 rough(burnt.time))});
    }
}

} // namespace postfault::judge
