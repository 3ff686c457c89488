#pragma once

#include "fakeserver/journal/event.hpp"

#include <functional>
#include <vector>

namespace postfault::journal {

// Everything that happened on the server side of one run, in order. Bounded: of long data only the start is kept, and
// neighbours of the same kind on the same connection within 10 ms become one event.
class Journal {
public:
    static constexpr std::size_t excerpt = 512;        // octets of data kept with one event
    static constexpr std::size_t most_events = 20'000; // then data events are only counted in the last one

    void add(Event event);

    const std::vector<Event>& events() const { return events_; }

    // Called for every event as it is added, merged or not; for live transcripts.
    void on_event(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

private:
    bool merge(const Event& event);

    std::vector<Event> events_;
    std::function<void(const Event&)> listener_;
};

} // namespace postfault::journal
