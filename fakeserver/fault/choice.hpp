#pragma once

#include "fakeserver/protocol/facts.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace postfault::fault {

// What a connection meets from here on, and which of its client's connections it is then.
struct Choice {
    const scenario::Scenario* scenario = nullptr;
    std::uint32_t connection = 1;
};

// Asked at each command until there is an answer.
using Choose = std::function<std::optional<Choice>(const protocol::Facts&)>;

} // namespace postfault::fault
