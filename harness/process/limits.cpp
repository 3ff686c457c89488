#include "harness/process/limits.hpp"

#include <sys/resource.h>

namespace postfault::process {

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    const std::uint64_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit); // what is refused stays as it was
    return before;
}

} // namespace postfault::process
