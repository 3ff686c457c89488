#pragma once

#include "harness/judge/facts.hpp"
#include "harness/judge/findings.hpp"

#include <string_view>
#include <vector>

namespace postfault::judge {

// A rule that holds in every scenario. A check is pure; it adds to `broken`, `busy`, `not_observable` or `notes` with
// its own code, and stays silent where the rule holds or does not apply.
struct Invariant {
    std::string_view code; // stable: people put it into filters and lists of known failures
    std::string_view name;
    void (*check)(const Facts& facts, Findings& findings);
};

// All of them, in the order of their codes. Texts get `NAME: ` in front.
const std::vector<Invariant>& invariants();

Findings check_invariants(const Facts& facts);

// One file each.
void check_hang(const Facts& facts, Findings& findings);
void check_crash(const Facts& facts, Findings& findings);
void check_busy_loop(const Facts& facts, Findings& findings);
void check_not_closed(const Facts& facts, Findings& findings);
void check_lost(const Facts& facts, Findings& findings);
void check_duplicate(const Facts& facts, Findings& findings);
void check_damaged(const Facts& facts, Findings& findings);
void check_memory_balloon(const Facts& facts, Findings& findings);
void check_reconnect_storm(const Facts& facts, Findings& findings);
void check_secret_in_the_clear(const Facts& facts, Findings& findings);
void check_left_behind(const Facts& facts, Findings& findings);
void check_abrupt_close(const Facts& facts, Findings& findings);
void check_violation(const Facts& facts, Findings& findings);

} // namespace postfault::judge
