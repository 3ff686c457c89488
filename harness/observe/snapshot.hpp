#pragma once

#include "harness/observe/observation.hpp"
#include "harness/observe/proc.hpp"

#include <string>
#include <vector>

namespace postfault::observe {

// One look at the processes of a run; those that have ended meanwhile are left out. `ports` are those of the server of
// this run. What threads wait for costs more and, for a few microseconds, holds a copy of the sockets they wait on: ask
// for it only when a verdict needs it.
Snapshot take_snapshot(const std::vector<pid_t>& pids, const std::vector<std::uint16_t>& ports,
                       const SocketTable& table, Instant now, std::string reason, bool with_threads);

// The connections of these processes to the server of this run.
std::vector<SocketState> sockets_towards(const std::vector<std::uint16_t>& ports, const SocketTable& table,
                                         const std::vector<pid_t>& pids);

} // namespace postfault::observe
