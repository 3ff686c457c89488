#pragma once

#include "fakeserver/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::journal {

// One thing that happened on the server side of a run. Which fields mean something depends on the kind; the others are
// empty.
struct Event {
    enum class Kind {
        listening,       // text = address:port
        connect_attempt, // the client called connect() to our port; count = which attempt, subject as of connected
        connected,       // a connection was accepted; it gets the next number; text = the client's address:port, count
                         // = that port, subject = which of our addresses, from 1, if there are several
        received,        // bytes from the client; text = the first of them, count = how many in all. Under TLS what
                         // the client said; no text for records that are not whole or not for us
        command,         // the session took a command; subject = verb, text = line without CRLF
        unread_quit,     // a QUIT line arrived while a fault held the session back
        reply,           // the session's correct answer was decided; subject, text = first line
        sent,            // bytes to the client; text = the first of them, count = how many. Under TLS the same
        reply_sent,      // the reply to subject is complete on our side
        upload,          // progress of the client's upload; count = octets so far, subject = dot at its end
        stored,          // the server took a message; subject = message-id, count = octets, text = index in the mailbox
        fault_fired,     // count = number of the fault in its scenario, from 0; text = where and what
        reading_stopped,
        reading_resumed,
        server_fin,
        server_reset,
        server_closed, // the server has nothing more to do with the connection
        client_fin,
        client_reset,
        violation, // the client broke a rule of the protocol; subject = the rule in a few words, text = the offending
                   // octets, count = where they are in what the client said on this connection
        tls,       // subject = what happened (begins, ClientHello, established, failed, alert, close_notify), text =
                   // version and cipher, or why; count = microseconds since it began, of established and failed
        note,      // text, for people
    };

    Instant at;
    Kind kind = Kind::note;
    int connection = 0; // from 1; 0 = none
    std::string subject;
    std::string text;
    std::uint64_t count = 0;
    Instant last{};       // of events that were merged (received, sent): when the last one was; else equal to at
    Duration lateness{0}; // how late a timer that caused this was served

    bool operator==(const Event&) const = default;
};

// The enumerator's own name: `fault_fired`.
std::string_view to_string(Event::Kind kind);
std::optional<Event::Kind> kind_from(std::string_view name);

} // namespace postfault::journal
