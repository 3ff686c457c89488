#include "fakeserver/journal/journal.hpp"

#include <algorithm>
#include <utility>

namespace postfault::journal {

namespace {

using namespace std::chrono_literals;

constexpr Duration neighbourhood = 10ms;

bool is_data(Event::Kind kind) {
    return kind == Event::Kind::received || kind == Event::Kind::sent || kind == Event::Kind::upload;
}

} // namespace

void Journal::add(Event event) {
    event.last = std::max(event.last, event.at);
    if (listener_)
        listener_(event);
    if (merge(event))
        return;
    if (event.text.size() > excerpt)
        event.text.resize(excerpt);
    events_.push_back(std::move(event));
}

bool Journal::merge(const Event& event) {
    if (!is_data(event.kind) || events_.empty())
        return false;
    // Uploads report progress between two pieces of data, so look a little further back than the last event.
    const std::size_t depth = std::min<std::size_t>(events_.size(), 4);
    for (std::size_t back = 1; back <= depth; ++back) {
        Event& candidate = events_[events_.size() - back];
        const bool same = candidate.kind == event.kind && candidate.connection == event.connection;
        if (same && (event.at - candidate.last <= neighbourhood || events_.size() >= most_events)) {
            candidate.last = event.last;
            candidate.lateness = std::max(candidate.lateness, event.lateness);
            if (event.kind == Event::Kind::upload) {
                candidate.count = event.count;
                return true;
            }
            candidate.count += event.count;
            if (candidate.text.size() < excerpt)
                candidate.text.append(event.text, 0, excerpt - candidate.text.size());
            return true;
        }
        if (!is_data(candidate.kind) && candidate.connection == event.connection)
            return false; // something happened in between: order matters more than size
    }
    return false;
}

} // namespace postfault::journal
