#pragma once

#include "harness/observe/observation.hpp"

#include <vector>

#include <sys/types.h>

namespace postfault::observe {

// What each thread of a process waits for, and for how long at most: `recvfrom(fd 4)`, `2.000 s`. Threads by number.
//
// Nothing is attached, stopped or signalled (a recv() with a time-out would return EINTR after that): the running
// system call and its arguments come from /proc, structures from the process's memory, socket options from a
// short-lived copy of the descriptor. Needs the rights of the process's user; where they are missing the call is
// `unknown`.
//
// Not to be seen: alarm() and setitimer(). Where SIGALRM is caught, or a timer exists, the absence of a time-out is
// worded `no timeout visible`.
std::vector<ThreadWait> read_waits(pid_t pid);

} // namespace postfault::observe
