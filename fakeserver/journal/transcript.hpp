#pragma once

#include "fakeserver/journal/event.hpp"

#include <string>
#include <vector>

namespace postfault::journal {

// One line for people: `  2.004 s  conn 1  client  "EHLO x\r\n"`; "" for events that only matter to the judge.
std::string line(const Event& event);

// The time line of a run; faults stand out with `>>>`. At most `most` lines, the middle is left out first.
std::string transcript(const std::vector<Event>& events, std::size_t most = 60);

} // namespace postfault::journal
