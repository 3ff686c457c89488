#pragma once

#include "harness/process/spawn.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace postfault::process {

inline SpawnSpec command(std::vector<std::string> argv, std::vector<std::string> more_env = {}) {
    SpawnSpec spec;
    spec.argv = std::move(argv);
    spec.env = std::move(more_env);
    spec.env.push_back("PATH=/usr/local/bin:/usr/bin:/bin");
    return spec;
}

inline SpawnSpec shell(const std::string& script, std::vector<std::string> more_env = {}) {
    return command({"bash", "-c", script}, std::move(more_env));
}

inline bool wait_readable(int fd, int timeout_ms = 10000) {
    pollfd ready{fd, POLLIN, 0};
    return ::poll(&ready, 1, timeout_ms) == 1;
}

// Up to `until` or the end of the stream.
inline std::string read_text(int fd, const std::string& until = {}) {
    std::string text;
    while (wait_readable(fd)) {
        char byte = 0;
        const ssize_t got = ::read(fd, &byte, 1);
        if (got == 0)
            break;
        if (got < 0) {
            if (errno == EAGAIN || errno == EINTR)
                continue;
            break;
        }
        text += byte;
        if (!until.empty() && text.ends_with(until))
            break;
    }
    return text;
}

} // namespace postfault::process
