#include "harness/observe/snapshot.hpp"

#include "harness/observe/waits.hpp"

#include <iterator>
#include <utility>

namespace postfault::observe {

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

Snapshot take_snapshot(const std::vector<pid_t>& pids, const std::vector<std::uint16_t>& ports,
                       const SocketTable& table, Instant now, std::string reason, bool with_threads) {
    Snapshot snapshot;
    snapshot.at = now;
    snapshot.reason = std::move(reason);
    for (const pid_t pid : pids) {
        const auto usage = read_usage(pid);
        if (!usage)
            continue;
        snapshot.cpu += usage->cpu; // a zombie's time is still its own
        if (usage->state == 'Z' || usage->state == 'X')
            continue;
        ++snapshot.processes;
        snapshot.run_delay += usage->run_delay;
        snapshot.rss += usage->rss;
        snapshot.peak_rss += usage->peak_rss;
        snapshot.descriptors += usage->descriptors;
        append(snapshot.sockets, sockets_towards(ports, table, pid));
        if (with_threads)
            append(snapshot.threads, read_waits(pid));
    }
    return snapshot;
}

std::vector<SocketState> sockets_towards(const std::vector<std::uint16_t>& ports, const SocketTable& table,
                                         const std::vector<pid_t>& pids) {
    std::vector<SocketState> found;
    for (const pid_t pid : pids)
        append(found, sockets_towards(ports, table, pid));
    return found;
}

} // namespace postfault::observe
