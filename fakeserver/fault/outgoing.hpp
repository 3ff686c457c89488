#pragma once

#include "fakeserver/fault/wire.hpp"
#include "fakeserver/scenario/actions.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::fault {

// How a text leaves: piece by piece.
struct Pace {
    std::uint64_t octets = 0;      // 0 = each line
    std::optional<Duration> every; // none = just far enough apart to be segments of their own
};

// Turns plain text into TLS records; empty = the connection is in the clear.
using Seal = std::function<std::string(std::string_view plain)>;

// One text on its way out. Handed out piece by piece, so that a slow article costs no more memory than a fast one.
//
// Under TLS, what is spread over time is spread on the wire: drip and throttle cut the records themselves, while split
// makes records of its pieces. Sealed only when it is handed out, because records are numbered.
class Outgoing {
public:
    enum class Layer {
        text,   // for the client's protocol, to be sealed if there is TLS
        record, // belongs to TLS itself: as it is
    };

    Outgoing(std::string bytes, std::string ends, std::optional<Pace> pace, Layer layer = Layer::text)
        : bytes_(std::move(bytes)), ends_(std::move(ends)), pace_(pace), layer_(layer) {}

    // Turns over bits of what is on the wire.
    void flip(const std::vector<scenario::Flip>& flips) { flips_ = flips; }

    // What the client can read when it has all of a record.
    void shows(std::string plain) { plain_ = std::move(plain); }

    // The next piece, or the pause before it. `limit` is T.
    wire::Op next(const Seal& seal, Duration limit);

    bool is_over() const { return handed_out_ && sent_ >= bytes_.size(); }

private:
    wire::Send whole(const Seal& seal);
    wire::Send piece(std::size_t end, const Seal& seal);
    Duration apart(Duration limit) const;

    std::string bytes_;
    std::string ends_;
    std::optional<Pace> pace_;
    Layer layer_;
    std::vector<scenario::Flip> flips_;
    std::optional<std::string> plain_; // of records
    std::size_t sent_ = 0;
    bool handed_out_ = false; // something was
    bool rested_ = false;     // the pause before the next piece has been handed out
};

} // namespace postfault::fault
