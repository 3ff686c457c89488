#pragma once

#include "fakeserver/base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

// The deviations a scenario can ask for. Behaviour lives in fault/, names and forms in tables.cpp; a new action is one
// struct here, one row there and one overload in fault/.
namespace postfault::scenario {

// Stops sending, for good without a time. Input is still read, so that the client's FIN or RST is seen.
struct Stall {
    std::optional<TimeValue> lasts;
};

// Stops reading; the client's upload fills the socket buffers and then blocks.
struct Deaf {
    std::optional<TimeValue> lasts;
};

// Both.
struct Freeze {
    std::optional<TimeValue> lasts;
};

// Goes on correctly, but later.
struct Delay {
    TimeValue by;
};

// `drip 1B/200ms`: pieces of that many octets with a pause between two; at `body` points it is the reading that drips.
struct Drip {
    std::uint64_t octets = 1;
    TimeValue every;
};

// `throttle 2KiB/s`: as drip, but a rate.
struct Throttle {
    std::uint64_t octets_per_second = 1;
};

// `split 1` sends every N octets as a TCP segment of their own, without a pause worth the name; `split lines` every
// line.
struct Split {
    std::uint64_t octets = 0; // 0 = lines
};

// `reply 451 4.3.0 later`: instead of the correct reply. A reply of the same class (first digit) lets the command take
// effect, any other one leaves the server's state as if the command had not come.
struct Reply {
    int code = 0;
    std::string text;
};

// Changes the correct reply: adds a line (`edit + 250-X`), drops a word or a line that holds it, or replaces text.
struct Edit {
    enum class How { add_line, remove_word, substitute };

    How how = How::add_line;
    std::string what;
    std::string by;
};

// An extra line, CRLF added, that nobody asked for.
struct Inject {
    std::string line;
};

// That many random octets from the run's seed.
struct Garbage {
    std::uint64_t octets = 0;
};

// Valid-looking output without an end: continuation lines of the reply, or one line.
struct Flood {
    enum class Shape { lines, line };

    std::uint64_t octets = 0;
    Shape shape = Shape::lines;
};

// Turns over the lowest bit of one octet of the reply.
struct Flip {
    std::uint64_t at = 0;
};

// The kernel answers the SYN with RST.
struct Refuse {};

// The SYN is never answered.
struct Blackhole {};

// The connection is accepted by the kernel at once but by the server only later.
struct AcceptLate {
    TimeValue by;
};

// Shuts down the sending side, drains, and closes when the client has closed.
struct Fin {};

// Shuts down the sending side and goes on reading and keeping the connection.
struct HalfClose {};

// RST at once.
struct Reset {};

using Action = std::variant<Stall, Deaf, Freeze, Delay, Drip, Throttle, Split, Reply, Edit, Inject, Garbage, Flood,
                            Flip, Refuse, Blackhole, AcceptLate, Fin, HalfClose, Reset>;

// As it is written in a scenario: `drip 1B/200ms`.
std::string to_string(const Action& action);

} // namespace postfault::scenario
