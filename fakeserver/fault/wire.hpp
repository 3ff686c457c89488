#pragma once

#include "fakeserver/base/time.hpp"
#include "fakeserver/protocol/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

// What the transport executes for one connection, in order, one operation at a time.
namespace postfault::wire {

// `ends` names the subject whose reply is complete with this operation, "" if none. Under TLS `plain` is the text that
// the client can read when it has all this, "" if that is none; without TLS there is no `plain`.
struct Send {
    std::string bytes;
    std::string ends;
    std::optional<std::string> plain = std::nullopt;
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

// For so long; for good without a time. Sending goes on.
struct StopReading {
    std::optional<Duration> lasts;
};

// From here on at most `octets` are read each `every`.
struct PaceReading {
    std::uint64_t octets = 1;
    Duration every{0};
};

// Shut down the sending side, keep reading, close when the client has closed.
struct Fin {};

// Nothing more is sent, and the connection stays whatever the client does. Without `fin` the client does not hear of it
// from TCP: TLS has told it.
struct HalfClose {
    bool fin = true;
};

// Linger 0 and close.
struct Reset {};

// Not on the wire: fault number `fault` of the scenario begins here.
struct Fired {
    std::size_t fault = 0;
};

// Not on the wire: the session took this step here.
struct Took {
    protocol::Step step;
};

using Op = std::variant<Send, Flood, Pause, StopReading, PaceReading, Fin, HalfClose, Reset, Fired, Took>;

} // namespace postfault::wire
