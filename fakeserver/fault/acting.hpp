#pragma once

#include "fakeserver/fault/occasion.hpp"
#include "fakeserver/fault/outgoing.hpp"
#include "fakeserver/fault/program.hpp"
#include "fakeserver/fault/tls_side.hpp"
#include "fakeserver/scenario/actions.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::fault {

// Where in our output a fault happens: the reply that it belongs to, and how far we are in it.
struct Place {
    std::string_view reply;
    std::uint64_t offset = 0;
};

// As it goes out, CRLF included.
std::string text_of(const scenario::Reply& reply);
std::string text_of(const scenario::Inject& inject);

// How fast that action lets a text go; none if it is about something else. `limit` is T.
std::optional<Pace> pace_of(const scenario::Action& action, Duration limit);

// What the actions of faults do, as far as that takes neither the session nor the correct reply: puts it into the
// program, in their order. The others (edit, flip, cert, refuse, blackhole) do nothing here.
class Acting {
public:
    using Layer = Outgoing::Layer;

    // All outlive it.
    Acting(const Occasion& occasion, Program& program, TlsSide& tls)
        : occasion_(occasion), program_(program), tls_(tls) {}

    // A whole list, up to what stops the program. What is said by it and by what comes behind it goes at `pace`, which
    // an action of it may change.
    void act(const std::vector<scenario::Action>& actions, const Place& place, std::optional<Pace>& pace,
             Layer layer = Layer::text);

    // One of a list; whoever takes it apart calls end_after_alert() at its end.
    void act_once(const scenario::Action& action, const Place& place, std::optional<Pace>& pace,
                  Layer layer = Layer::text);

    // RFC 8446 6.2: whoever has sent a fatal alert closes at once, unless the scenario wants something else.
    void end_after_alert();

    // RFC 8446 6.1: whoever has said its last says so.
    void fin();

    // Nothing if there is none.
    void send_record(std::string bytes);

private:
    void half_close();
    void flood(const scenario::Flood& flood, const Place& place);
    void send_alert(const std::string& name);

    const Occasion& occasion_;
    Program& program_;
    TlsSide& tls_;
    bool alerted_ = false; // nothing can follow
};

} // namespace postfault::fault
