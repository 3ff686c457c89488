#pragma once

#include "fakeserver/base/rng.hpp"
#include "fakeserver/base/time.hpp"
#include "fakeserver/fault/channel.hpp"
#include "fakeserver/fault/choice.hpp"

#include <cstdint>
#include <functional>

namespace postfault::fault {

// What a conversation needs to know of the run it belongs to.
struct Occasion {
    std::uint32_t connection = 1;       // from 1, refused attempts counted
    std::uint32_t address = 1;          // of the server, that the client has connected to
    Duration limit{0};                  // T
    std::uint64_t upload_octets = 0;    // expected size of an upload on the wire, for `body@50%`
    Rng rng{0};                         // forked for this connection
    Choose choose;                      // the client chooses what it meets; empty = the conversation's scenario
    std::function<bool()> faults_armed; // false once the faulty step of the run is over; empty = always armed
    OpenChannel open_channel;           // for TLS; not needed by a scenario without it
};

} // namespace postfault::fault
