#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

namespace postfault::judge {

namespace {

constexpr std::size_t most_told = 5;

} // namespace

const std::vector<Invariant>& invariants() {
    static const std::vector<Invariant> all{
        {"PF001", "hang", check_hang},
        {"PF002", "crash", check_crash},
        {"PF003", "busy loop", check_busy_loop},
        {"PF004", "connection not closed", check_not_closed},
        {"PF005", "lost message", check_lost},
        {"PF006", "duplicate", check_duplicate},
        {"PF007", "damaged article taken as whole", check_damaged},
        {"PF008", "memory balloon", check_memory_balloon},
        {"PF009", "reconnect storm", check_reconnect_storm},
        {"PF010", "secret in the clear", check_secret_in_the_clear},
        {"PF011", "left behind", check_left_behind},
        {"PF012", "abrupt close", check_abrupt_close},
        {"PF013", "protocol violation", check_violation},
    };
    return all;
}

Findings check_invariants(const Facts& facts) {
    Findings all;
    for (const Invariant& invariant : invariants()) {
        Findings found;
        invariant.check(facts, found);
        // What goes wrong a hundred times in one run is told a few times.
        if (found.broken.size() > most_told) {
            const std::size_t more = found.broken.size() - most_told;
            found.broken.resize(most_told);
            found.broken.push_back({"", fmt::format("the same again, {} times", more)});
        }
        const auto take = [&](const std::vector<Reason>& from, std::vector<Reason>& to) {
            for (const Reason& reason : from)
                to.push_back({std::string(invariant.code), std::string(invariant.name) + ": " + reason.text});
        };
        take(found.broken, all.broken);
        take(found.busy, all.busy);
        for (const Reason& reason : found.not_observable)
            all.not_observable.push_back({std::string(invariant.code), reason.text});
        for (const std::string& note : found.notes)
            all.notes.push_back(std::string(invariant.code) + ": " + note);
    }
    return all;
}

} // namespace postfault::judge
