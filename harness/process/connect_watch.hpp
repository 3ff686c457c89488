#pragma once

#include "harness/process/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace postfault::process {

// A thread of the client stands at the entrance of connect() until it is allowed to go on.
struct ConnectAttempt {
    std::uint64_t id = 0;
    pid_t pid = -1; // the process
    pid_t tid = -1; // its thread
    int fd = -1;
    std::string family; // `inet`, `inet6`, `unix`, `family 16`; `unknown` if the address could not be read
    std::uint16_t port = 0;
    std::string address; // `127.0.0.1`, `::1`, the path of a unix socket (an abstract one begins with '@')
    // False for a datagram socket: resolvers "connect" such ones to find out about routes, and nothing is sent.
    bool stream = true;
    // The socket is already connecting or connected: how some programs ask whether it has worked.
    bool again = false;

    bool operator==(const ConnectAttempt&) const = default;
};

// Every connect() of a client and its descendants, seen as it is called (seccomp user notification): also those that
// never reach the server, and lookups of users and names over unix sockets. Static binaries included; not seen are
// connects of 32-bit programs, of io_uring, and those inside sendto(MSG_FASTOPEN).
//
// Keep the watch until every process of the run has ended: once it is closed, connect() fails with ENOSYS in them.
class ConnectWatch {
public:
    explicit ConnectWatch(UniqueFd listener);

    // Readable when there is an attempt. After the last process has ended it reports a hang-up for ever: stop waiting
    // on it when ended() says so.
    int fd() const { return listener_.get(); }

    // Never blocks. Attempts that ended in between (the process was killed, a signal came) are dropped.
    std::optional<ConnectAttempt> next();

    // Lets the call go on as if nobody had looked. Harmless if the caller is gone.
    void allow(const ConnectAttempt& attempt);

    // No process is left that could connect.
    bool ended() const { return ended_; }

private:
    bool still_waits(std::uint64_t id) const;

    UniqueFd listener_;
    // The kernel's structures may be larger than those we were compiled with: it says how large.
    std::vector<std::uint64_t> request_;
    std::vector<std::uint64_t> response_;
    bool ended_ = false;
};

// What the new process does itself before exec(): system calls only, as it may share our memory. Returns the listening
// descriptor, or a negative errno. A program that gets rights from its file (set-user-id) would lose them where we have
// none ourselves, so it is not watched then (-EPERM).
int install_connect_filter(bool gains_rights);

} // namespace postfault::process
