#include "harness/process/connect_watch.hpp"

#include "fakeserver/base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>

#include <arpa/inet.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

// Younger than some of the headers we compile with.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace postfault::process {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t native_architecture = 0; // no filter
#endif

constexpr std::size_t words_for(std::size_t octets) {
    return (octets + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}

pid_t process_of_thread(pid_t tid) {
    std::ifstream status(fmt::format("/proc/{}/status", tid));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("Tgid:")) {
            const std::size_t digits = line.find_first_of("0123456789");
            pid_t pid = tid;
            if (digits != std::string::npos)
                std::from_chars(line.data() + digits, line.data() + line.size(), pid);
            return pid;
        }
    return tid;
}

void describe_address(ConnectAttempt& attempt, const sockaddr_storage& address, std::size_t length) {
    attempt.family = "unknown";
    if (length < sizeof(sa_family_t))
        return;
    std::array<char, INET6_ADDRSTRLEN> text{};
    switch (address.ss_family) {
    case AF_INET: {
        if (length < sizeof(sockaddr_in))
            return;
        sockaddr_in inet{};
        std::memcpy(&inet, &address, sizeof(inet));
        attempt.family = "inet";
        attempt.port = ntohs(inet.sin_port);
        ::inet_ntop(AF_INET, &inet.sin_addr, text.data(), text.size());
        attempt.address = text.data();
        return;
    }
    case AF_INET6: {
        if (length < offsetof(sockaddr_in6, sin6_scope_id)) // the kernel takes the old, shorter form too
            return;
        sockaddr_in6 inet{};
        std::memcpy(&inet, &address, std::min(length, sizeof(inet)));
        attempt.family = "inet6";
        attempt.port = ntohs(inet.sin6_port);
        ::inet_ntop(AF_INET6, &inet.sin6_addr, text.data(), text.size());
        attempt.address = text.data();
        return;
    }
    case AF_UNIX: {
        attempt.family = "unix";
        sockaddr_un local{};
        std::memcpy(&local, &address, std::min(length, sizeof(local)));
        const std::size_t space = std::min(length, sizeof(local)) - offsetof(sockaddr_un, sun_path);
        if (space == 0 || length < offsetof(sockaddr_un, sun_path))
            return;
        if (local.sun_path[0] == '\0')
            attempt.address = "@" + std::string(&local.sun_path[1], space - 1);
        else
            attempt.address.assign(&local.sun_path[0], ::strnlen(&local.sun_path[0], space));
        return;
    }
    default:
        // AF_UNSPEC is a request to disconnect.
        attempt.family = fmt::format("family {}", address.ss_family);
    }
}

// A look at the socket itself, through a copy that is gone before the call goes on.
void describe_socket(ConnectAttempt& attempt) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, attempt.pid, 0)));
    if (!process)
        return;
    const UniqueFd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), attempt.fd, 0)));
    if (!socket)
        return;
    int type = SOCK_STREAM;
    socklen_t length = sizeof(type);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &length) == 0)
        attempt.stream = type == SOCK_STREAM;
    tcp_info info{};
    length = sizeof(info);
    if (::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0)
        attempt.again = info.tcpi_state != TCP_CLOSE;
}

} // namespace

int install_connect_filter(bool gains_rights) {
    if (native_architecture == 0)
        return -ENOSYS;

    // Foreign system call tables (32-bit programs) have other numbers: let them pass rather than misread them.
    std::array<sock_filter, 6> program{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, native_architecture},
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_connect},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};

    // SPEC_ALLOW: older kernels otherwise slow the program down. WAIT_KILLABLE_RECV: a signal does not start the call
    // over once we have seen it; it needs Linux 5.19.
    constexpr unsigned long required = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    const auto install = [&filter](unsigned long flags) {
        return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
    };
    unsigned long flags = required | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    int listener = install(flags);
    if (listener < 0 && errno == EINVAL) {
        flags = required;
        listener = install(flags);
    }
    if (listener >= 0 || errno != EACCES)
        return listener >= 0 ? listener : -errno;

    // Without CAP_SYS_ADMIN the kernel wants a promise that nobody gains rights behind the filter.
    if (gains_rights)
        return -EPERM;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    listener = install(flags);
    return listener >= 0 ? listener : -errno;
}

ConnectWatch::ConnectWatch(UniqueFd listener) : listener_(std::move(listener)) {
    seccomp_notif_sizes sizes{};
    if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
        sizes = {};
    request_.resize(words_for(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif))));
    response_.resize(words_for(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp))));
}

std::optional<ConnectAttempt> ConnectWatch::next() {
    for (;;) {
        // The ioctl below waits, whatever O_NONBLOCK says; poll() is right about what is there.
        pollfd ready{listener_.get(), POLLIN, 0};
        if (::poll(&ready, 1, 0) <= 0)
            return std::nullopt;
        if ((ready.revents & POLLIN) == 0) {
            ended_ = true;
            return std::nullopt;
        }

        std::fill(request_.begin(), request_.end(), 0); // the kernel insists
        if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, request_.data()) != 0) {
            if (errno == EINTR || errno == ENOENT) // ENOENT: the caller is gone
                continue;
            return std::nullopt;
        }
        seccomp_notif request{};
        std::memcpy(&request, request_.data(), sizeof(request));

        ConnectAttempt attempt;
        attempt.id = request.id;
        attempt.tid = static_cast<pid_t>(request.pid);
        attempt.fd = static_cast<int>(request.data.args[0]);
        attempt.pid = process_of_thread(attempt.tid);
        sockaddr_storage address{};
        const std::size_t length = std::min<std::size_t>(request.data.args[2] & 0xffffffffU, sizeof(address));
        iovec local{&address, length};
        // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in the other process
        iovec remote{reinterpret_cast<void*>(request.data.args[1]), length};
        const ssize_t got = ::process_vm_readv(attempt.tid, &local, 1, &remote, 1, 0);
        describe_address(attempt, address, got > 0 ? static_cast<std::size_t>(got) : 0);
        describe_socket(attempt);
        // Only now is it certain that the number was not given to another process before we read.
        if (still_waits(request.id))
            return attempt;
    }
}

void ConnectWatch::allow(const ConnectAttempt& attempt) {
    seccomp_notif_resp response{};
    response.id = attempt.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    std::fill(response_.begin(), response_.end(), 0);
    std::memcpy(response_.data(), &response, sizeof(response));
    while (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, response_.data()) != 0 && errno == EINTR) {
    }
}

bool ConnectWatch::still_waits(std::uint64_t id) const {
    return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

} // namespace postfault::process
