#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/judge/verdict.hpp"

#include <cstdint>
#include <optional>

namespace postfault::judge {

// Pure. Everything is on the server's clock; `gives_up` runs from the first fault of a connection to the client's QUIT,
// FIN or RST after it. Where the fault left no connection to close (refused, black hole, reset by the server) it runs
// to the moment that the client came back with a new connection or returned.
Measures measure(const RunRecord& record, const scenario::Scenario& scenario);

// What the machine may have added to a time measured between the two: how late our own timers were served and how long
// the client was ready to run but without a core.
Duration uncertainty(const RunRecord& record, Instant from, Instant to);

// The same for all that the client did since it was started, which may be many steps: each may have waited for the
// machine, so what that added adds up.
Duration uncertainty_since_start(const RunRecord& record, const observe::Observation& client, Instant to);

// When the harness ended this process; none if the process ended by itself or not at all.
std::optional<Instant> ended_by_harness(const RunRecord& record, const observe::Observation& client);

// The last moment that the record tells anything about.
Instant last_seen(const RunRecord& record);

// The server's address of a `connect_attempt` or `connected`, from 1.
std::uint32_t address_of(const journal::Event& event);

// 10 % of the limit + 250 ms (DESIGN.md, section 3). The constant is fifty times the worst timer lateness seen on a
// loaded two-core machine (p99 5 ms).
Duration grace(Duration limit);

} // namespace postfault::judge
