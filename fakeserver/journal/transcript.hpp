#pragma once

#include "fakeserver/journal/event.hpp"

#include <map>
#include <string>
#include <vector>

namespace postfault::journal {

// A line of a time line, without its time. The layer above adds what it knows of the client and sorts by time.
struct TimedLine {
    Instant at;
    std::string text;
    bool fault = false;     // stands out with `>>>`
    bool important = false; // not the first to go when the time line is too long
};

// One line for people: `    2.004 s  conn 1  client  "EHLO x\r\n"`; "" for events that only matter to the judge.
std::string line(const Event& event);

// The lines of a server that may serve for ever, as they come. Of a connection with much to say only the first ones are
// shown, what is said and what there is to say about it counted apart, and then what was stored and how it ends.
class LiveTranscript {
public:
    static constexpr std::size_t most_lines = 2000; // of one connection and one kind

    // With its line end; "" if there is nothing to show.
    std::string lines(const Event& event);

private:
    struct Shown {
        std::size_t talk = 0;
        std::size_t other = 0;
    };

    std::map<int, Shown> shown_; // of connections that are not closed
};

// The events that people want to see, in order.
std::vector<TimedLine> lines(const std::vector<Event>& events);

// At most `most` lines and the marks for what was left out; the middle goes first, faults and important lines last.
std::string print(const std::vector<TimedLine>& lines, std::size_t most = 60);

// The time line of a run; faults stand out with `>>>`.
std::string transcript(const std::vector<Event>& events, std::size_t most = 60);

} // namespace postfault::journal
