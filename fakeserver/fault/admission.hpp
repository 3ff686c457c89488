#pragma once

#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace postfault::fault {

// What is to happen to connection number `connection`, to the server's address number `address`, before it exists.
enum class Admission { accept, refuse, blackhole };

struct ConnectPlan {
    Admission admission = Admission::accept;
    std::optional<std::size_t> fault; // its number, where admission is not accept
};

ConnectPlan plan_connect(const scenario::Scenario& scenario, std::uint32_t connection, std::uint32_t address,
                         const Rng& rng);

} // namespace postfault::fault
