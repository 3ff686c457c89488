#include "fakeserver/base/check.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace postfault {

void check_failed(const char* file, int line, const char* condition, const char* assumed) {
    fmt::print(stderr, "postfault has a bug: {}:{}: {} (assumed: {})\n", file, line, condition, assumed);
    std::abort();
}

} // namespace postfault
