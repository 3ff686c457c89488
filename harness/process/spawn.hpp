#pragma once

#include "harness/process/made.hpp"
#include "harness/process/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace postfault::process {

struct SpawnSpec {
    std::vector<std::string> argv;                 // a name without '/' is looked for in the PATH of `env`
    std::vector<std::string> env;                  // NAME=VALUE, all there is: nothing is inherited
    std::string working_directory;                 // empty: ours
    std::string stdin_file;                        // empty: /dev/null
    bool watch_connects = false;                   // report every connect(), see connect_watch.hpp
    std::optional<std::uint64_t> descriptor_limit; // soft RLIMIT_NOFILE of the child
};

// A running client, leader of a session and process group of its own. The descriptors are close-on-exec and do not
// block. Losing a Child does not end the process; it dies with us in any case.
struct Child {
    pid_t pid = -1;
    UniqueFd pidfd;            // readable once the process has ended
    UniqueFd out;              // what it writes to stdout
    UniqueFd err;              // and to stderr
    UniqueFd connect_watch;    // for ConnectWatch; none if it was not asked for or is not available
    std::string watch_problem; // why it is not available
};

// Starts a program with nothing of ours but its three standard descriptors; every signal is unblocked and has its
// default effect (an ignored SIGPIPE would change how a client dies). The program is running when this returns: a
// program that cannot be executed is the problem text, `cannot run 'foo': No such file or directory`.
//
// Relative paths in argv[0], PATH and stdin_file count from *our* working directory, as a person at a shell means them.
Made<Child> spawn(const SpawnSpec& spec);

} // namespace postfault::process
