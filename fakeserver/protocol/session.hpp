#pragma once

#include "fakeserver/protocol/facts.hpp"
#include "fakeserver/protocol/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::protocol {

// The server side of one connection, always well behaved: no socket, no clock, no fault.
//
// Feed it with on_connected() once and on_bytes(), in any pieces, then take steps until next_step() is empty. Each
// command gives a `received` step and, on the next call, its `reply`; in between the caller may overrule the session
// with answer_with() or discard(). An upload gives `body` steps at watched offsets, `received dot` (nothing stored
// yet), `received accepted` (stored) and a `reply` with the subject of the last of the two. Pipelined input is kept and
// handled in order. Nothing here throws because of what a client sends.
//
// Two commands are followed by octets without waiting for a reply: BDAT and TAKETHIS. Their `received` step comes with
// the command line, their `reply` only behind the octets, and the octets are read whatever is decided. A chunk that is
// not the last one, or that is refused or overruled with another class of reply, is answered with the subject of the
// command; the last chunk of a good message and a good article go on to `dot` and `accepted`.
//
// A command that asks for TLS gives an `upgrade` step behind its reply, and then nothing until on_secured(). What the
// client has sent in the clear behind that command is dropped when the reply is given (RFC 8143 section 4).
class Session {
public:
    virtual ~Session() = default;

    virtual void on_connected() = 0;
    virtual void on_bytes(std::string_view bytes) = 0;

    // TLS is up: after an `upgrade` step, or before on_connected() if the connection began with it. What was known of
    // the client is forgotten.
    virtual void on_secured() = 0;

    virtual std::optional<Step> next_step() = 0;

    // Only after a `received` step and before the next call. The subject is answered with these lines (CRLF included)
    // instead of the correct reply. If the code's first digit is that of the correct reply the subject takes effect,
    // else it does not.
    virtual void answer_with(std::string reply) = 0;

    // Only after a `received` or `body` step. The command has no effect and gets no reply; an upload is read to its end
    // and dropped.
    virtual void discard() = 0;

    // Ask for `body` steps at these octets of each upload, counted from its first octet as sent on the wire. Ascending.
    // The chunks of one message count as one upload, without the BDAT lines between them.
    virtual void watch_body(std::vector<std::uint64_t> offsets) = 0;

    // What is known at this moment; directly after a `received` step the command or message that has come counts too.
    virtual Facts facts() const { return {}; }

    // True while the client's next octets belong to an upload.
    virtual bool in_upload() const = 0;

    // Octets fed but not yet turned into steps. While a fault holds the session back they pile up here.
    virtual std::string_view unread() const = 0;

    // Octets dropped so far of a command line that is too long, as long as its end has not come.
    virtual std::uint64_t dropped() const = 0;

protected:
    Session() = default;
    Session(const Session&) = default;
    Session& operator=(const Session&) = default;
};

} // namespace postfault::protocol
