#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/judge/measure.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/judge/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace postfault::judge {

// One operation of the scenario and what became of it.
struct OperationFacts {
    std::size_t index = 0;     // from 0, waits are not counted
    bool in_first_step = true; // the faults act on it, and the expectations are about it
    scenario::Operation kind = scenario::Operation::send;
    const observe::Observation* client = nullptr; // the process that did it; none if it was never started
    const observe::Returned* returned = nullptr;
    Instant from; // what the server saw from here on…
    Instant to;   // …until here belongs to it

    bool said_ok() const { return returned != nullptr && returned->result == "ok"; }
};

// What all checks look at: the record, the scenario, and what follows from the two. Refers to both, which outlive it.
class Facts {
public:
    Facts(const scenario::Scenario& about, const RunRecord& seen);

    const scenario::Scenario& scenario;
    const RunRecord& record;
    const Measures measures;
    const Duration grace;
    const Instant end; // the last moment that the record tells anything about

    // One per operation of the scenario, in order; never empty.
    const std::vector<OperationFacts>& operations() const { return operations_; }

    // Those that the faults act on and the expectations are about; never empty.
    std::span<const OperationFacts> first_step() const;

    // `operation 2 of 2 (send)`; empty if there is only one.
    std::string name(const OperationFacts& operation) const;

    // `ok`, `temp: 421 later`, in words for a sentence: `it returned temp (421 later)`.
    std::string what_it_said(const OperationFacts& operation) const;

    // The process that opened this connection, and how long we know it to have been alive.
    const observe::Observation* client_of(const ConnectionMeasure& connection) const;
    Instant alive_until(const observe::Observation& client) const;

    // Copies of this operation's message, oldest first.
    std::vector<const StoredCopy*> stored(std::size_t operation) const;

private:
    std::vector<OperationFacts> operations_;
};

// What the conversation had come to at that moment: `the reply to EHLO never came`.
std::string describe_waiting(const Facts& facts, Instant until);

// Sockets to the server under test that are not closed: `fd 4 ESTABLISHED`; empty if there are none. With a port only
// the one that belongs to it.
std::string describe_sockets(const observe::Snapshot& snapshot, std::uint16_t client_port = 0);

// `recvfrom(fd 4), no timeout visible`; of many threads the first few.
std::string describe_threads(const observe::Snapshot& snapshot);

// The first snapshot within [from, to] that was taken for that reason, else the last one that was taken for another.
// Samples and looks at memory do not count: they do not look at sockets.
const observe::Snapshot* snapshot_of(const observe::Observation& client, std::string_view reason, Instant from,
                                     Instant to);

// `11.0 s`, `350 ms`: exact enough for a sentence.
std::string rough(Duration duration);

} // namespace postfault::judge
