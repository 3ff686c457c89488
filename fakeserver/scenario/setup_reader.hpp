#pragma once

#include "fakeserver/scenario/reader_support.hpp"
#include "fakeserver/scenario/scenario.hpp"

namespace postfault::scenario {

// Reads what there is before anything goes wrong: the message that the client sends, the articles and newsgroups that
// the server has, and the server itself. Needs the protocol and the steps.
void read_setup(const Levels& levels, Scenario& scenario);

} // namespace postfault::scenario
