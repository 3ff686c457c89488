#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace postfault {

// A dialogue written by hand, as far as a server plays it: what it says, and to what. What goes wrong in it is said by
// faults, as for every other server.
struct Script {
    struct Turn {
        std::string subject;  // `greeting`, a command's verb, or `line N`
        std::string hears;    // glob for one line of the client; empty for the greeting and for an upload
        bool uploads = false; // the client's lines up to the one with a dot alone
        bool stores = false;  // an upload is taken before anything is said to it
        std::string says;     // as on the wire; may be empty
        std::size_t line = 1; // of the script

        bool operator==(const Turn&) const = default;
    };

    std::vector<Turn> turns; // the first is the greeting, even where nothing is said

    bool operator==(const Script&) const = default;
};

} // namespace postfault
