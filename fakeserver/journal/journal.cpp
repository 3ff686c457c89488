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

bool is_quit(const Event& event) {
    return event.kind == Event::Kind::unread_quit || (event.kind == Event::Kind::command && event.subject == "QUIT");
}

void absorb(Event& into, const Event& event) {
    into.last = event.last;
    into.lateness = std::max(into.lateness, event.lateness);
    if (event.kind == Event::Kind::upload) {
        into.count = event.count; // a level, not an amount
        if (!event.subject.empty())
            into.subject = event.subject;
        return;
    }
    into.count += event.count;
    if (into.text.size() < Journal::excerpt)
        into.text.append(event.text, 0, Journal::excerpt - into.text.size());
}

} // namespace

void Journal::add(Event event) {
    event.last = std::max(event.last, event.at);
    if (listener_)
        listener_(event);
    if (!keeps_)
        return;
    if (merge(event) || count_late_data(event))
        return;
    const bool last = events_.size() >= most_of_all;
    if (last || (events_.size() >= most_events && may_be_left_out(event))) {
        if (!std::exchange(full_, true)) {
            Event note;
            note.at = note.last = event.at;
            note.subject = left_out;
            note.text = "the journal is full: from here on commands and replies are left out and data is only counted";
            events_.push_back(std::move(note));
        }
        return;
    }
    if (is_quit(event))
        quit_seen_.insert(event.connection);
    if (event.text.size() > excerpt)
        event.text.resize(excerpt);
    if (is_data(event.kind))
        last_data_[{event.connection, event.kind}] = events_.size();
    events_.push_back(std::move(event));
}

bool Journal::merge(const Event& event) {
    if (!is_data(event.kind))
        return false;
    // Uploads report progress between two pieces of data, so look a little further back than the last event.
    const std::size_t depth = std::min<std::size_t>(events_.size(), 4);
    for (std::size_t back = 1; back <= depth; ++back) {
        Event& candidate = events_[events_.size() - back];
        const bool same = candidate.kind == event.kind && candidate.connection == event.connection;
        if (same && event.at - candidate.last <= neighbourhood) {
            absorb(candidate, event);
            return true;
        }
        if (!is_data(candidate.kind) && candidate.connection == event.connection)
            return false; // something happened in between: order matters more than size
    }
    return false;
}

// Order no longer matters then. A connection's first data of each kind still gets an event of its own.
bool Journal::count_late_data(const Event& event) {
    if (!is_data(event.kind) || events_.size() < most_events)
        return false;
    const auto found = last_data_.find({event.connection, event.kind});
    if (found == last_data_.end())
        return false;
    absorb(events_[found->second], event);
    return true;
}

bool Journal::may_be_left_out(const Event& event) {
    switch (event.kind) {
    case Event::Kind::command:
    case Event::Kind::unread_quit:
        return !is_quit(event) || quit_seen_.contains(event.connection);
    case Event::Kind::reply_sent:
        return event.subject != "accepted"; // no more of them than of stored messages
    case Event::Kind::reply:
    case Event::Kind::note:
        return true;
    default:
        return false;
    }
}

bool is_complete(const std::vector<Event>& events) {
    return std::none_of(events.begin(), events.end(), [](const Event& event) {
        return event.kind == Event::Kind::note && event.subject == Journal::left_out;
    });
}

} // namespace postfault::journal
