#include "harness/observe/waits.hpp"

#include "fakeserver/base/text.hpp"
#include "harness/observe/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

namespace postfault::observe {

namespace {

using Nanoseconds = std::chrono::nanoseconds;

// How a system call says what it waits for and for how long.
enum class Kind {
    receive,         // descriptor first; SO_RCVTIMEO
    send,            // descriptor first; SO_SNDTIMEO
    poll,            // pollfd[], count, milliseconds
    ppoll,           // pollfd[], count, timespec
    select,          // count, three sets, timeval
    pselect,         // count, three sets, timespec
    epoll,           // epoll descriptor, events, count, milliseconds
    epoll_timespec,  // epoll descriptor, events, count, timespec
    futex,           // address, operation, value, timespec
    nanosleep,       // timespec
    clock_nanosleep, // clock, flags, timespec
    sigtimedwait,    // set, info, timespec
    child,           // waits for a child, without limit
    descriptor,      // descriptor first, without limit
    other,           // without limit
    interrupted,     // goes on with what a signal interrupted; which call that was is not to be seen
};

struct CallName {
    long number;
    const char* name;
    Kind kind;
};

// Calls that may wait. aarch64 lacks the older ones.
constexpr CallName call_names[] = {
    {SYS_read, "read", Kind::receive},
    {SYS_readv, "readv", Kind::receive},
    {SYS_recvfrom, "recvfrom", Kind::receive},
    {SYS_recvmsg, "recvmsg", Kind::receive},
    {SYS_recvmmsg, "recvmmsg", Kind::receive},
    {SYS_accept, "accept", Kind::receive},
    {SYS_accept4, "accept4", Kind::receive},
    {SYS_write, "write", Kind::send},
    {SYS_writev, "writev", Kind::send},
    {SYS_sendto, "sendto", Kind::send},
    {SYS_sendmsg, "sendmsg", Kind::send},
    {SYS_sendmmsg, "sendmmsg", Kind::send},
    {SYS_sendfile, "sendfile", Kind::send},
    {SYS_connect, "connect", Kind::send},
#ifdef SYS_poll
    {SYS_poll, "poll", Kind::poll},
#endif
    {SYS_ppoll, "ppoll", Kind::ppoll},
#ifdef SYS_select
    {SYS_select, "select", Kind::select},
#endif
    {SYS_pselect6, "pselect", Kind::pselect},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", Kind::epoll},
#endif
    {SYS_epoll_pwait, "epoll_wait", Kind::epoll},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_wait", Kind::epoll_timespec},
#endif
    {SYS_futex, "futex", Kind::futex},
    {SYS_nanosleep, "nanosleep", Kind::nanosleep},
    {SYS_clock_nanosleep, "clock_nanosleep", Kind::clock_nanosleep},
    {SYS_rt_sigtimedwait, "sigtimedwait", Kind::sigtimedwait},
    {SYS_rt_sigsuspend, "sigsuspend", Kind::other},
#ifdef SYS_pause
    {SYS_pause, "pause", Kind::other},
#endif
    {SYS_wait4, "wait4", Kind::child},
    {SYS_waitid, "waitid", Kind::other},
    {SYS_flock, "flock", Kind::descriptor},
    {SYS_fcntl, "fcntl", Kind::descriptor},
    {SYS_fsync, "fsync", Kind::descriptor},
    {SYS_openat, "openat", Kind::other},
    {SYS_close, "close", Kind::descriptor},
    {SYS_splice, "splice", Kind::descriptor},
    {SYS_io_uring_enter, "io_uring_enter", Kind::descriptor},
    {SYS_restart_syscall, "restart_syscall", Kind::interrupted},
};

struct Call {
    long number = -1;
    std::array<std::uint64_t, 6> arguments{};

    int fd(std::size_t at = 0) const { return static_cast<int>(arguments.at(at)); }
};

std::string in_words(Nanoseconds time) {
    return fmt::format("{:.3f} s", std::max(std::chrono::duration<double>(time).count(), 0.0));
}

class Fd {
public:
    explicit Fd(long fd) : fd_(static_cast<int>(fd)) {}

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    ~Fd() {
        if (fd_ >= 0)
            ::close(fd_);
    }

    int get() const { return fd_; }

private:
    int fd_;
};

// One process, asked about the calls of its threads.
class Process {
public:
    explicit Process(pid_t pid)
        : pid_(pid), handle_(::syscall(SYS_pidfd_open, pid, 0)),
          absent_(absence(read_whole_file(fmt::format("/proc/{}/status", pid)),
                          read_whole_file(fmt::format("/proc/{}/timers", pid)))) {}

    // Fills in `call` and `timeout`.
    void describe(const Call& call, ThreadWait& wait) const;

private:
    // How to say that there is no time-out.
    static std::string absence(std::string_view status, std::string_view timers) {
        const std::size_t at = status.find("SigCgt:");
        if (at != std::string_view::npos) {
            const std::size_t digits = status.find_first_not_of(" \t", at + 7);
            std::uint64_t caught = 0;
            if (digits != std::string_view::npos)
                std::from_chars(status.data() + digits, status.data() + status.size(), caught, 16);
            if ((caught & (std::uint64_t{1} << (SIGALRM - 1))) != 0)
                return "no timeout visible (SIGALRM is caught)";
        }
        return timers.empty() ? "no timeout" : "no timeout visible (it has a timer)";
    }

    template <class T>
    std::optional<T> memory(std::uint64_t address) const {
        T value{};
        return read_memory(address, &value, sizeof(value)) ? std::optional<T>(value) : std::nullopt;
    }

    bool read_memory(std::uint64_t address, void* to, std::size_t size) const {
        iovec local{to, size};
        // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in the other process
        iovec remote{reinterpret_cast<void*>(address), size};
        return ::process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
    }

    std::string socket_timeout(int fd, int option) const;
    std::string timespec_at(std::uint64_t address) const;
    std::string until(std::uint64_t address, clockid_t clock) const;
    std::string earliest(std::optional<Nanoseconds> own, const std::vector<int>& descriptors) const;
    std::string milliseconds(std::uint64_t argument, const std::vector<int>& descriptors) const;
    std::string timespec_or_timers(std::uint64_t address, const std::vector<int>& descriptors) const;
    std::optional<Nanoseconds> timer_left(int fd) const;
    std::vector<int> polled(const Call& call) const;
    std::vector<int> selected(const Call& call) const;
    std::vector<int> in_epoll(int fd) const;

    pid_t pid_;
    Fd handle_;
    std::string absent_;
};

constexpr const char* unreadable = "timeout unknown";

std::string fd_list(const char* name, const std::vector<int>& descriptors) {
    constexpr std::size_t shown = 8;
    std::string text = fmt::format("{}(", name);
    for (std::size_t i = 0; i < std::min(descriptors.size(), shown); ++i)
        text += fmt::format("{}fd {}", i == 0 ? "" : ", ", descriptors[i]);
    if (descriptors.size() > shown)
        text += fmt::format(", {} more", descriptors.size() - shown);
    return text + ")";
}

void Process::describe(const Call& call, ThreadWait& wait) const {
    const CallName* known = std::find_if(std::begin(call_names), std::end(call_names),
                                         [&call](const CallName& one) { return one.number == call.number; });
    if (known == std::end(call_names)) {
        wait.call = fmt::format("system call {}", call.number);
        return;
    }
    const char* name = known->name;
    wait.timeout = absent_;
    switch (known->kind) {
    case Kind::receive:
    case Kind::send:
        wait.call = fmt::format("{}(fd {})", name, call.fd());
        wait.timeout = socket_timeout(call.fd(), known->kind == Kind::send ? SO_SNDTIMEO : SO_RCVTIMEO);
        break;
    case Kind::poll: {
        const std::vector<int> descriptors = polled(call);
        wait.call = fd_list(name, descriptors);
        wait.timeout = milliseconds(call.arguments[2], descriptors);
        break;
    }
    case Kind::ppoll: {
        const std::vector<int> descriptors = polled(call);
        wait.call = fd_list(name, descriptors);
        wait.timeout = timespec_or_timers(call.arguments[2], descriptors);
        break;
    }
    case Kind::select: {
        const std::vector<int> descriptors = selected(call);
        wait.call = fd_list(name, descriptors);
        const auto time = call.arguments[4] == 0 ? std::nullopt : memory<timeval>(call.arguments[4]);
        if (call.arguments[4] != 0 && !time)
            wait.timeout = unreadable;
        else if (time)
            wait.timeout =
                earliest(std::chrono::seconds(time->tv_sec) + std::chrono::microseconds(time->tv_usec), descriptors);
        else
            wait.timeout = earliest(std::nullopt, descriptors);
        break;
    }
    case Kind::pselect: {
        const std::vector<int> descriptors = selected(call);
        wait.call = fd_list(name, descriptors);
        wait.timeout = timespec_or_timers(call.arguments[4], descriptors);
        break;
    }
    case Kind::epoll:
        wait.call = fmt::format("{}(epoll fd {})", name, call.fd());
        wait.timeout = milliseconds(call.arguments[3], in_epoll(call.fd()));
        break;
    case Kind::epoll_timespec:
        wait.call = fmt::format("{}(epoll fd {})", name, call.fd());
        wait.timeout = timespec_or_timers(call.arguments[3], in_epoll(call.fd()));
        break;
    case Kind::futex: {
        wait.call = name;
        // FUTEX_WAIT counts from the call, the others until a point in time.
        const std::uint64_t operation = call.arguments[1];
        if (call.arguments[3] == 0)
            break;
        if ((operation & static_cast<unsigned>(FUTEX_CMD_MASK)) == FUTEX_WAIT)
            wait.timeout = timespec_at(call.arguments[3]);
        else
            wait.timeout =
                until(call.arguments[3], (operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC);
        break;
    }
    case Kind::nanosleep:
        wait.call = name;
        wait.timeout = timespec_at(call.arguments[0]);
        break;
    case Kind::clock_nanosleep:
        wait.call = name;
        wait.timeout = (call.arguments[1] & TIMER_ABSTIME) != 0
                           ? until(call.arguments[2], static_cast<clockid_t>(call.arguments[0]))
                           : timespec_at(call.arguments[2]);
        break;
    case Kind::sigtimedwait:
        wait.call = name;
        if (call.arguments[2] != 0)
            wait.timeout = timespec_at(call.arguments[2]);
        break;
    case Kind::child: {
        const int child = call.fd();
        wait.call = child > 0 ? fmt::format("{}(process {})", name, child) : name;
        break;
    }
    case Kind::descriptor:
        wait.call = fmt::format("{}(fd {})", name, call.fd());
        break;
    case Kind::other:
        wait.call = name;
        break;
    case Kind::interrupted:
        wait.call = name;
        wait.timeout = unreadable;
        break;
    }
}

std::string Process::socket_timeout(int fd, int option) const {
    const Fd copy(handle_.get() < 0 ? -1 : ::syscall(SYS_pidfd_getfd, handle_.get(), fd, 0));
    if (copy.get() < 0)
        return unreadable;
    timeval time{};
    socklen_t length = sizeof(time);
    if (::getsockopt(copy.get(), SOL_SOCKET, option, &time, &length) != 0)
        return absent_; // no socket: a pipe or a terminal has no such thing
    if (time.tv_sec == 0 && time.tv_usec == 0)
        return absent_;
    return in_words(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec));
}

std::string Process::timespec_at(std::uint64_t address) const {
    const auto time = memory<timespec>(address);
    return time ? in_words(std::chrono::seconds(time->tv_sec) + Nanoseconds(time->tv_nsec)) : unreadable;
}

std::string Process::until(std::uint64_t address, clockid_t clock) const {
    const auto time = memory<timespec>(address);
    timespec now{};
    if (!time || ::clock_gettime(clock, &now) != 0)
        return unreadable;
    const Nanoseconds left = std::chrono::seconds(time->tv_sec - now.tv_sec) + Nanoseconds(time->tv_nsec - now.tv_nsec);
    return in_words(left) + " left";
}

// An event loop may wait without limit of its own, with a timerfd among its descriptors.
std::string Process::earliest(std::optional<Nanoseconds> own, const std::vector<int>& descriptors) const {
    std::string text = own ? in_words(*own) : absent_;
    std::optional<Nanoseconds> least = own;
    for (const int fd : descriptors)
        if (const auto left = timer_left(fd); left && (!least || *left < *least)) {
            least = left;
            text = fmt::format("{} left (timer fd {})", in_words(*left), fd);
        }
    return text;
}

std::string Process::milliseconds(std::uint64_t argument, const std::vector<int>& descriptors) const {
    const int time = static_cast<int>(argument & 0xffffffffU);
    return earliest(time < 0 ? std::nullopt : std::optional<Nanoseconds>(std::chrono::milliseconds(time)), descriptors);
}

std::string Process::timespec_or_timers(std::uint64_t address, const std::vector<int>& descriptors) const {
    if (address == 0)
        return earliest(std::nullopt, descriptors);
    const auto time = memory<timespec>(address);
    return time ? earliest(std::chrono::seconds(time->tv_sec) + Nanoseconds(time->tv_nsec), descriptors) : unreadable;
}

// `it_value: (seconds, nanoseconds)`, zero while it is not set.
std::optional<Nanoseconds> Process::timer_left(int fd) const {
    if (read_link(fmt::format("/proc/{}/fd/{}", pid_, fd)) != "anon_inode:[timerfd]")
        return std::nullopt;
    const std::string info = read_whole_file(fmt::format("/proc/{}/fdinfo/{}", pid_, fd));
    constexpr std::string_view key = "it_value: (";
    const std::size_t at = info.find(key);
    if (at == std::string::npos)
        return std::nullopt;
    long long seconds = 0;
    long long nanoseconds = 0;
    const char* const end = info.data() + info.size();
    const auto first = std::from_chars(info.data() + at + key.size(), end, seconds);
    if (first.ec != std::errc{} || end - first.ptr < 2)
        return std::nullopt;
    std::from_chars(first.ptr + 2, end, nanoseconds);
    if (seconds == 0 && nanoseconds == 0)
        return std::nullopt;
    return std::chrono::seconds(seconds) + Nanoseconds(nanoseconds);
}

std::vector<int> Process::polled(const Call& call) const {
    constexpr std::uint64_t most = 1024;
    std::vector<pollfd> entries(std::min(call.arguments[1], most));
    std::vector<int> found;
    if (entries.empty() || !read_memory(call.arguments[0], entries.data(), entries.size() * sizeof(pollfd)))
        return found;
    for (const pollfd& entry : entries)
        if (entry.fd >= 0)
            found.push_back(entry.fd);
    return found;
}

std::vector<int> Process::selected(const Call& call) const {
    constexpr std::uint64_t bits = 64;
    const std::uint64_t count = std::min<std::uint64_t>(call.arguments[0], FD_SETSIZE);
    std::vector<std::uint64_t> all((count + bits - 1) / bits);
    for (std::size_t set = 1; set <= 3 && !all.empty(); ++set) {
        std::vector<std::uint64_t> one(all.size());
        if (call.arguments.at(set) == 0 ||
            !read_memory(call.arguments.at(set), one.data(), one.size() * sizeof(one[0])))
            continue;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] |= one[i];
    }
    std::vector<int> found;
    for (std::uint64_t fd = 0; fd < count; ++fd)
        if ((all[fd / bits] >> (fd % bits) & 1U) != 0)
            found.push_back(static_cast<int>(fd));
    return found;
}

// `tfd:        7 events: …`, one line per descriptor
std::vector<int> Process::in_epoll(int fd) const {
    const std::string info = read_whole_file(fmt::format("/proc/{}/fdinfo/{}", pid_, fd));
    std::vector<int> found;
    for (const std::string_view line : split(info, '\n')) {
        const std::vector<std::string_view> parts = words(line);
        if (parts.size() < 2 || parts[0] != "tfd:")
            continue;
        int watched = -1;
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), watched);
        found.push_back(watched);
    }
    return found;
}

// `running`, or `number 0x… × 6 stack counter`, all but the number in hex; -1 for a wait outside of any call.
std::optional<Call> parse_call(std::string_view text) {
    const std::vector<std::string_view> parts = words(text);
    Call call;
    if (parts.size() < 7)
        return std::nullopt;
    std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), call.number);
    if (call.number < 0)
        return std::nullopt;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const std::string_view hex = parts[i + 1].substr(parts[i + 1].starts_with("0x") ? 2 : 0);
        std::from_chars(hex.data(), hex.data() + hex.size(), call.arguments.at(i), 16);
    }
    return call;
}

// Their system calls have other numbers.
bool is_32_bit(pid_t pid) {
    const Fd program(::open(fmt::format("/proc/{}/exe", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 5> start{};
    constexpr char elf_class_32 = 1;
    return program.get() >= 0 && ::read(program.get(), start.data(), start.size()) == 5 && start[4] == elf_class_32;
}

} // namespace

std::vector<ThreadWait> read_waits(pid_t pid) {
    std::vector<ThreadWait> waits;
    std::vector<int> threads = numbers_in(fmt::format("/proc/{}/task", pid));
    if (threads.empty())
        return waits;
    std::sort(threads.begin(), threads.end());
    const Process process(pid);
    const bool foreign = is_32_bit(pid);
    for (const int tid : threads) {
        const std::string folder = fmt::format("/proc/{}/task/{}", pid, tid);
        ThreadWait wait;
        wait.pid = pid;
        wait.tid = tid;
        // A thread may leave its call while we look at what it points to: what was read is only right if it is still in
        // the same call afterwards.
        for (int attempt = 0; attempt < 3; ++attempt) {
            wait.call.clear();
            wait.timeout.clear();
            const std::string text = read_whole_file(folder + "/syscall");
            const auto stat = parse_stat(read_whole_file(folder + "/stat"));
            if (!stat)
                break;
            wait.command = stat->name;
            wait.state = stat->state;
            const auto call = parse_call(text);
            if (text.empty() && wait.state != 'Z')
                wait.call = "unknown";
            if (!call)
                break;
            if (foreign)
                wait.call = fmt::format("system call {} of a 32-bit program", call->number);
            else
                process.describe(*call, wait);
            if (read_whole_file(folder + "/syscall") == text)
                break;
        }
        if (!wait.command.empty())
            waits.push_back(std::move(wait));
    }
    return waits;
}

} // namespace postfault::observe
