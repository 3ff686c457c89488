#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postfault::protocol {

// A message or article that the server has taken responsibility for.
struct Stored {
    std::string sender;                  // MAIL FROM's path; empty for news
    std::vector<std::string> recipients; // RCPT TO's paths, or the newsgroups
    std::string message_id;              // with angle brackets; empty if it has none
    std::string content;                 // as on the sender's disk with CRLF line ends: dots undone, no terminator
};

// What a correct server does next, labelled with the place of the conversation it belongs to. The subject is a command
// verb in upper case, `greeting`, `dot` or `accepted` (scenario::Point uses the same words).
struct Step {
    enum class Kind {
        received, // the subject has come (for `greeting`: is due), nothing was done yet; text = the command line
                  // without CRLF
        reply,    // text = the reply as on the wire, data block and terminator included
        body,     // a watched offset of the client's upload was passed; offset = octets of the upload so far
        upgrade,  // TLS begins here, behind the reply to the subject; text = what the client has sent since that reply
                  // was given, which is the beginning of it
        chosen,   // not of a session: from here on the client meets another scenario; text = its id
        close,    // the server ends the connection here, after QUIT or a fatal reply
    };

    Kind kind = Kind::received;
    std::string subject;
    std::string text;
    std::uint64_t offset = 0;
    std::uint64_t dropped = 0;            // of a command line or an upload that was too long
    std::string problem{};                // with received only: what is wrong with it, in a few words
    std::shared_ptr<const Stored> stored; // with received/`accepted` only
};

} // namespace postfault::protocol
