#pragma once

#include "client_under_test/conversation/time.hpp"

namespace refclient {

// The real, monotonic clock. Nothing outside the driver and the command asks it.
inline Instant now() {
    return Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

} // namespace refclient
