#pragma once

#include "fakeserver/base/tls_words.hpp"
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

    bool operator==(const Stall&) const = default;
};

// Stops reading; the client's upload fills the socket buffers and then blocks.
struct Deaf {
    std::optional<TimeValue> lasts;

    bool operator==(const Deaf&) const = default;
};

// Both.
struct Freeze {
    std::optional<TimeValue> lasts;

    bool operator==(const Freeze&) const = default;
};

// Goes on correctly, but later.
struct Delay {
    TimeValue by;

    bool operator==(const Delay&) const = default;
};

// `drip 1B/200ms`: pieces of that many octets with a pause between two; at `body` points it is the reading that drips.
struct Drip {
    std::uint64_t octets = 1;
    TimeValue every;

    bool operator==(const Drip&) const = default;
};

// `throttle 2KiB/s`: as drip, but a rate.
struct Throttle {
    std::uint64_t octets_per_second = 1;

    bool operator==(const Throttle&) const = default;
};

// `split 1` sends every N octets as a TCP segment of their own, without a pause worth the name; `split lines` every
// line.
struct Split {
    std::uint64_t octets = 0; // 0 = lines

    bool operator==(const Split&) const = default;
};

// `reply 451 4.3.0 later`: instead of the correct reply. A reply of the same class (first digit) lets the command take
// effect, any other one leaves the server's state as if the command had not come.
struct Reply {
    int code = 0;
    std::string text;

    bool operator==(const Reply&) const = default;
};

// Changes the correct reply: adds a line (`edit + 250-X`), drops a word or a line that holds it, or replaces text.
struct Edit {
    enum class How { add_line, remove_word, substitute };

    How how = How::add_line;
    std::string what;
    std::string by;

    bool operator==(const Edit&) const = default;
};

// An extra line, CRLF added, that nobody asked for.
struct Inject {
    std::string line;

    bool operator==(const Inject&) const = default;
};

// That many random octets from the run's seed.
struct Garbage {
    std::uint64_t octets = 0;

    bool operator==(const Garbage&) const = default;
};

// Valid-looking output without an end: continuation lines of the reply, or one line.
struct Flood {
    enum class Shape { lines, line };

    std::uint64_t octets = 0;
    Shape shape = Shape::lines;

    bool operator==(const Flood&) const = default;
};

// Turns over the lowest bit of one octet of the reply.
struct Flip {
    std::uint64_t at = 0;

    bool operator==(const Flip&) const = default;
};

// The kernel answers the SYN with RST.
struct Refuse {
    bool operator==(const Refuse&) const = default;
};

// The SYN is never answered.
struct Blackhole {
    bool operator==(const Blackhole&) const = default;
};

// The connection is accepted by the kernel at once but by the server only later.
struct AcceptLate {
    TimeValue by;

    bool operator==(const AcceptLate&) const = default;
};

// Shuts down the sending side, drains, and closes when the client has closed.
struct Fin {
    bool operator==(const Fin&) const = default;
};

// Shuts down the sending side and goes on reading and keeping the connection.
struct HalfClose {
    bool operator==(const HalfClose&) const = default;
};

// RST at once.
struct Reset {
    bool operator==(const Reset&) const = default;
};

// TLS: FIN without close_notify before it.
struct Cut {
    bool operator==(const Cut&) const = default;
};

// TLS: an alert by its name in RFC 8446, encrypted if the handshake is over. Nothing can be said behind it.
struct Alert {
    std::string name;

    bool operator==(const Alert&) const = default;
};

// TLS: shows a certificate of that kind.
struct Cert {
    CertificateKind kind = CertificateKind::expired;

    bool operator==(const Cert&) const = default;
};

// From here on the server takes what comes for TLS, although nobody has asked for it.
struct SpeakTls {
    bool operator==(const SpeakTls&) const = default;
};

using Action = std::variant<Stall, Deaf, Freeze, Delay, Drip, Throttle, Split, Reply, Edit, Inject, Garbage, Flood,
                            Flip, Refuse, Blackhole, AcceptLate, Fin, HalfClose, Reset, Cut, Alert, Cert, SpeakTls>;

// As it is written in a scenario: `drip 1B/200ms`.
std::string to_string(const Action& action);

} // namespace postfault::scenario
