#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

// PF011 left behind: a client that has ended has ended, and so has all that it started.
namespace postfault::judge {

void check_left_behind(const Facts& facts, Findings& findings) {
    for (const auto& client : facts.record.clients)
        for (const std::string& left : client.left_behind)
            findings.broken.push_back({"", fmt::format("the client ended and left {}", left)});
}

} // namespace postfault::judge
