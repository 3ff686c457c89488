#include "client_under_test/driver/socket.hpp"

#include "client_under_test/driver/clock.hpp"

#include <algorithm>
#include <cerrno>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace refclient {

void Socket::close() {
    // Non-blocking and without SO_LINGER: the system sends what is left and the FIN in the background.
    if (is_open())
        ::close(release());
}

void Socket::reset() {
    const linger at_once{1, 0};
    if (is_open())
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void Socket::close_after_all_is_taken() {
    constexpr int an_hour = 3600;
    const linger lingering{1, an_hour};
    if (is_open())
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &lingering, sizeof lingering);
    close();
}

std::size_t Socket::backlog() const {
    int octets = 0;
    return ::ioctl(descriptor_, SIOCOUTQ, &octets) == 0 ? static_cast<std::size_t>(std::max(octets, 0)) : 0;
}

int start_connect(Socket& socket, const Address& address, std::optional<std::size_t> buffers) {
    socket = Socket{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
    if (!socket.is_open())
        return errno;
    // Commands are small and each is waited for: nothing to gain by holding them back.
    const int on = 1;
    ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Before connecting: the window that is offered then is the largest one that there can be.
    if (buffers) {
        const int octets = static_cast<int>(*buffers);
        ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
        ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    }
    if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0)
        return 0;
    // Interrupted, it goes on in the background just the same.
    return errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

int pending_error(const Socket& socket) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

Readiness wait_for(const Socket& socket, bool want_read, bool want_write, std::optional<Instant> deadline) {
    pollfd polled{};
    polled.fd = socket.descriptor();
    polled.events = static_cast<short>((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
    for (;;) {
        timespec timeout{};
        if (deadline) {
            const Duration left = std::max(*deadline - now(), Duration{});
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
            timeout.tv_sec = seconds.count();
            timeout.tv_nsec = std::chrono::nanoseconds{left - seconds}.count();
        }
        const int count = ::ppoll(&polled, 1, deadline ? &timeout : nullptr, nullptr);
        if (count < 0 && errno == EINTR)
            continue;
        const bool trouble = count < 0 || (polled.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        return {count != 0 && want_read && (trouble || (polled.revents & POLLIN) != 0),
                count != 0 && want_write && (trouble || (polled.revents & POLLOUT) != 0)};
    }
}

} // namespace refclient
