#pragma once

#include "client_under_test/driver/resolver.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace refclient {

// Owns a non-blocking, close-on-exec TCP socket.
class Socket {
public:
    Socket() = default;

    explicit Socket(int descriptor) : descriptor_(descriptor) {}

    Socket(Socket&& other) noexcept : descriptor_(other.release()) {}

    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }

    ~Socket() { close(); }

    int descriptor() const { return descriptor_; }

    bool is_open() const { return descriptor_ >= 0; }

    // Gives the socket back to the system. Never blocks.
    void close();

    // The same, but the connection is torn down at once (RST). For a peer that has stopped taking our octets: after a
    // plain close() the system would go on offering them for minutes, in the name of a client that has given up.
    void reset();

    // The same, but blocks until the peer's system has confirmed every octet, which a peer that has stopped reading
    // never does.
    void close_after_all_is_taken();

    // Octets that the peer's system has not confirmed yet.
    std::size_t backlog() const;

    int release() { return std::exchange(descriptor_, -1); }

private:
    int descriptor_ = -1;
};

// Begins to connect. The socket becomes writable when the connection stands or has failed; pending_error() tells which.
// Returns an errno value when it failed at once, else 0. `buffers` is what the system keeps of each direction; without
// it the system decides.
int start_connect(Socket& socket, const Address& address, std::optional<std::size_t> buffers = std::nullopt);

int pending_error(const Socket& socket);

// What happened on a socket until `deadline`. None of them set means that the deadline has come.
struct Readiness {
    bool readable = false; // also: end of stream, or an error that a read will name
    bool writable = false;
};

Readiness wait_for(const Socket& socket, bool want_read, bool want_write, std::optional<Instant> deadline);

} // namespace refclient
