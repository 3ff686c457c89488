#pragma once

#include "fakeserver/scenario/scenario.hpp"

#include <string>

namespace postfault::scenario {

// Plain sentences: what the server will do, when, and what is asked of the client. Paragraphs of one line each, the
// last one ended by a line end.
std::string explain(const Scenario& scenario);

} // namespace postfault::scenario
