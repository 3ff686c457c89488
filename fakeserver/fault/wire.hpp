#pragma once

#include "fakeserver/base/time.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

// What the transport executes, in order, one operation at a time.
namespace postfault::wire {

// In as few segments as TCP likes. `ends` names the subject whose reply is complete with this operation, "" if none.
struct Send {
    std::string bytes;
    std::string ends;
};

// The same bytes again and again until `octets` are sent; never held in memory at once.
struct Flood {
    std::string pattern;
    std::uint64_t octets = 0;
};

// Nothing is sent for so long; for good without a time. With `paced` it counts from when the pause before was due to
// end, so that a late timer does not slow the pace down.
struct Pause {
    std::optional<Duration> lasts;
    bool paced = false;
};

struct StopReading {};

struct ResumeReading {};

// From here on at most `octets` are read each `every`; none = as fast as they come.
struct PaceReading {
    std::uint64_t octets = 0;
    Duration every{0};
};

// Shut down the sending side, keep reading, close when the client has closed.
struct Fin {};

// Shut down the sending side only.
struct HalfClose {};

// Linger 0 and close.
struct Reset {};

// Not on the wire: fault number `fault` of the scenario begins here.
struct Fired {
    std::size_t fault = 0;
};

using Op = std::variant<Send, Flood, Pause, StopReading, ResumeReading, PaceReading, Fin, HalfClose, Reset, Fired>;
using Program = std::deque<Op>;

} // namespace postfault::wire
