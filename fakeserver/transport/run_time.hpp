#pragma once

#include "fakeserver/base/time.hpp"

#include <chrono>

namespace postfault::transport {

// The real clock of one run: monotonic time since it began.
class RunTime {
public:
    RunTime() : start_(std::chrono::steady_clock::now()) {}

    Instant now() const { return to_instant(std::chrono::steady_clock::now()); }

    Instant to_instant(std::chrono::steady_clock::time_point time) const {
        return Instant{std::chrono::duration_cast<Duration>(time - start_)};
    }

    std::chrono::steady_clock::time_point to_steady(Instant instant) const {
        return start_ + instant.time_since_epoch();
    }

private:
    std::chrono::steady_clock::time_point start_;
};

} // namespace postfault::transport
