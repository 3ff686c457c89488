#pragma once

#include "fakeserver/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace postfault::process {

// Every process of a run carries this in its environment, whatever sessions or groups it opens for itself.
constexpr std::string_view run_marker_name = "POSTFAULT_RUN";

// How a process ended. Neither `exit` nor `signal` is known if somebody else asked the kernel before us.
struct Exit {
    std::optional<int> exit;
    std::optional<int> signal;
    std::uint64_t max_rss =
        0;           // octets; of the largest among it and the descendants it waited for; 0 if it was smaller than us
    Duration cpu{0}; // user + system, of it and those descendants
};

// Nothing while it runs. Call it when the pidfd is readable; afterwards the number belongs to nobody.
std::optional<Exit> try_reap(pid_t pid);

// From now on a process whose parent has died becomes our child instead of init's, so none gets lost.
bool become_subreaper();

// Takes note of the deaths of adopted children, which would stay as zombies otherwise. `roots` are the processes that
// the caller will reap itself.
void reap_adopted(const std::vector<pid_t>& roots);

struct RunProcess {
    pid_t pid = -1;
    pid_t parent = -1;
    std::string name;    // of the program, at most 15 characters
    std::string command; // its command line, arguments separated by blanks; empty where it was not asked for

    bool operator==(const RunProcess&) const = default;
};

// Children of ours that are nobody's root: processes whose own parent has died. Nearly always empty; read it once for
// all runs.
std::vector<pid_t> adopted_children(const std::vector<pid_t>& roots);

// `root` if it is still there, its descendants, and the `adopted` ones that carry the marker, with descendants. Zombies
// included. Cheap: follows the kernel's lists of children.
std::vector<RunProcess> processes_of_run(pid_t root, std::string_view marker, const std::vector<pid_t>& adopted = {});

// Looks through all of /proc for living processes with `POSTFAULT_RUN=marker`, and descendants of such (a program may
// have cleaned its environment), and kills them until none is left. What became our child is reaped, except `root`: the
// caller wants to know how that one ended. Returns what was found, with command lines. May wait a moment for the
// deaths, at most two seconds. Never touches a process that neither carries the marker nor descends from one that does;
// so one that cleaned its environment and lost its parent too gets away.
std::vector<RunProcess> kill_processes_of_run(std::string_view marker, pid_t root);

} // namespace postfault::process
