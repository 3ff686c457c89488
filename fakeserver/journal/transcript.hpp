#pragma once

#include "fakeserver/journal/event.hpp"

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

// The events that people want to see, in order.
std::vector<TimedLine> lines(const std::vector<Event>& events);

// At most `most` lines and the marks for what was left out; the middle goes first, faults and important lines last.
std::string print(const std::vector<TimedLine>& lines, std::size_t most = 60);

// The time line of a run; faults stand out with `>>>`.
std::string transcript(const std::vector<Event>& events, std::size_t most = 60);

} // namespace postfault::journal
