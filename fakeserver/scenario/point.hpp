#pragma once

#include "fakeserver/base/units.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::scenario {

// A place inside a run of octets: `512`, `64KiB`, `50%`, `-3` (from the end, counting the terminator), `line 4`.
struct Offset {
    enum class Unit { octet, percent, from_end, line };

    Unit unit = Unit::octet;
    std::uint64_t count = 0; // octets from the start or from the end, per cent (0..100), or a line number from 1

    auto operator<=>(const Offset&) const = default;

    // Where that is in a text of `size` octets: 0..size. `line N` needs the text and is answered by the caller.
    std::uint64_t within(std::uint64_t size) const;
};

// The subject of the points in the server's answer to the client's first TLS message.
inline constexpr std::string_view client_hello = "tls client-hello";

// A nameable place in a conversation.
struct Point {
    enum class Kind {
        connect,  // the client's SYN, or an accepted connection that has not seen a byte
        received, // subject received, its reply unsent: a command verb, `greeting`, `dot` or `accepted`
        reply,    // inside our reply to the subject, at offset
        done,     // our reply to the subject has been sent
        body,     // inside the client's upload, at offset
        record,   // inside the TLS records of our reply to the subject, at offset
        idle,     // the client has said nothing for `after`, and no reply is due
    };

    Kind kind = Kind::connect;
    // A command verb in upper case, `greeting`, `dot` (terminator received, nothing stored), `accepted` (stored, reply
    // unsent), `tls client-hello`, or `tls` (the handshake).
    std::string subject;
    std::optional<Offset> offset;
    TimeValue after{}; // of idle only

    auto operator<=>(const Point&) const = default;
};

// As it is written in a scenario: `connect`, `EHLO`, `BODY reply@50%`, `DATA done`, `body@64KiB`.
std::string to_string(const Offset& offset);
std::string to_string(const Point& point);

} // namespace postfault::scenario
