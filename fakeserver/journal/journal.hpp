#pragma once

#include "fakeserver/journal/event.hpp"

#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::journal {

// Everything that happened on the server side of one run, in order. Bounded: of long data only the start is kept, and
// neighbours of the same kind on the same connection within 10 ms become one event. Beyond most_events, data is only
// counted and the talk of commands and replies is left out, which one note says; what a verdict rests on is always
// kept: how connections begin and end, the first QUIT of each, faults, stored messages and the replies to them.
// Beyond most_of_all nothing is kept, for a server may be asked to serve for ever.
class Journal {
public:
    static constexpr std::size_t excerpt = 512;        // octets of data kept with one event
    static constexpr std::size_t most_events = 20'000; // then only what must not be missed
    static constexpr std::size_t most_of_all = 200'000;

    // The subject of the note that says that something was left out.
    static constexpr std::string_view left_out = "left out";

    void add(Event event);

    const std::vector<Event>& events() const { return events_; }

    // From here on nothing is kept, only told; for servers that live long.
    void keep_nothing() { keeps_ = false; }

    // Called for every event as it is added, merged or not; for live transcripts.
    void on_event(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

private:
    bool merge(const Event& event);
    bool count_late_data(const Event& event);
    bool may_be_left_out(const Event& event);

    std::vector<Event> events_;
    std::map<std::pair<int, Event::Kind>, std::size_t> last_data_; // where the last data event of each kind stands
    std::set<int> quit_seen_;                                      // connections whose QUIT is on record
    bool keeps_ = true;
    bool full_ = false;
    std::function<void(const Event&)> listener_;
};

// False if the journal was too long to keep everything: what is not in it may have happened all the same.
bool is_complete(const std::vector<Event>& events);

} // namespace postfault::journal
