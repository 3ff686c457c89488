#pragma once

#include <algorithm>
#include <vector>

#include <sys/types.h>

namespace postfault::suite {

// The client processes that are running now. Whatever else becomes our child was left behind by one of them.
class Roots {
public:
    void add(pid_t pid) { pids_.push_back(pid); }

    void remove(pid_t pid) { pids_.erase(std::remove(pids_.begin(), pids_.end(), pid), pids_.end()); }

    const std::vector<pid_t>& pids() const { return pids_; }

private:
    std::vector<pid_t> pids_;
};

} // namespace postfault::suite
