#include "harness/process/spawn.hpp"

#include "harness/process/connect_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace postfault::process {

namespace {

enum class Stage { standard_descriptors, directory, descriptor_limit, exec };

// What the new process says when it cannot become the program.
struct Failure {
    Stage stage;
    int error;
};

// Everything the new process needs, prepared beforehand: it shares our memory until it executes the program, so it may
// neither allocate nor change anything here.
struct Plan {
    std::vector<char*> argv;
    std::vector<char*> env;
    std::vector<std::string> candidates; // for argv[0], in the order of the PATH
    std::vector<char*> shell_argv;       // `/bin/sh`, the candidate (filled in late), the arguments
    const char* directory = nullptr;
    bool set_limit = false;
    rlimit limit{};
    int in = -1;
    int out = -1;
    int err = -1;
    int failures = -1; // a Failure goes here; closed by a successful exec()
    int watch = -1;    // the descriptor of the connect watch goes here, or an errno
    bool gains_rights = false;
    pid_t parent = -1;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts)
        result.push_back(const_cast<char*>(text.c_str())); // exec() does not write, its signature is older than const
    result.push_back(nullptr);
    return result;
}

std::string_view path_of(const std::vector<std::string>& env) {
    constexpr std::string_view prefix = "PATH=";
    for (const std::string& entry : env)
        if (entry.starts_with(prefix))
            return std::string_view(entry).substr(prefix.size());
    return "/usr/local/bin:/usr/bin:/bin";
}

// The child changes its directory first, so names are made absolute here.
std::vector<std::string> candidates_for(const std::string& name, std::string_view path) {
    std::error_code error;
    const auto absolute = [&error](const std::filesystem::path& relative) {
        return std::filesystem::absolute(relative, error).lexically_normal().string();
    };
    if (name.find('/') != std::string::npos)
        return {absolute(name)};
    std::vector<std::string> found;
    for (;;) {
        const std::size_t end = path.find(':');
        const std::string_view part = path.substr(0, end);
        found.push_back(absolute(std::filesystem::path(part.empty() ? "." : part) / name));
        if (end == std::string_view::npos)
            return found;
        path.remove_prefix(end + 1);
    }
}

bool gains_rights(const std::vector<std::string>& candidates) {
    for (const std::string& candidate : candidates) {
        struct stat found {};

        if (::stat(candidate.c_str(), &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & 0111U) != 0)
            return (found.st_mode & (S_ISUID | S_ISGID)) != 0;
    }
    return false;
}

// 0, 1 and 2 are replaced in the child one after the other; none of ours may stand there.
bool move_above_standard(UniqueFd& fd) {
    if (fd.get() > 2)
        return true;
    const int moved = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
    if (moved < 0)
        return false;
    fd.reset(moved);
    return true;
}

bool make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return move_above_standard(read_end) && move_above_standard(write_end);
}

bool make_socket_pair(UniqueFd& ours, UniqueFd& theirs) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return false;
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
    return move_above_standard(ours) && move_above_standard(theirs);
}

void set_non_blocking(const UniqueFd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

// In the child from here to run_child(): system calls only.

[[noreturn]] void give_up(const Plan& plan, Stage stage, int error) {
    const Failure failure{stage, error};
    [[maybe_unused]] const ssize_t written = ::write(plan.failures, &failure, sizeof(failure));
    ::_exit(127);
}

void close_above_standard_on_exec() {
    if (::syscall(SYS_close_range, 3U, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    // Linux before 5.11, or a container that forbids what it does not know.
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1U << 20U));
    for (int fd = 3; fd < end; ++fd)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void start_connect_watch(const Plan& plan) {
    const int listener = install_connect_filter(plan.gains_rights);
    const int error = listener < 0 ? -listener : 0;
    iovec data{const_cast<int*>(&error), sizeof(error)};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (listener >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &listener, sizeof(listener));
    }
    ::sendmsg(plan.watch, &message, MSG_NOSIGNAL);
    if (listener >= 0)
        ::close(listener);
}

void reset_signals() {
    struct sigaction standard {};

    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr); // fails for SIGKILL and the like, which is as well
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(Plan& plan) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) // it died before the line above: nobody would tell us any more
        ::_exit(127);

    if (::dup2(plan.in, 0) < 0 || ::dup2(plan.out, 1) < 0 || ::dup2(plan.err, 2) < 0)
        give_up(plan, Stage::standard_descriptors, errno);
    if (plan.directory != nullptr && ::chdir(plan.directory) != 0)
        give_up(plan, Stage::directory, errno);
    if (plan.set_limit && ::setrlimit(RLIMIT_NOFILE, &plan.limit) != 0)
        give_up(plan, Stage::descriptor_limit, errno);
    close_above_standard_on_exec();
    if (plan.watch >= 0)
        start_connect_watch(plan);
    reset_signals();

    // As execvp(): the first that can be executed; a file without permission is the better explanation than one that
    // is not there.
    int problem = ENOENT;
    for (const std::string& candidate : plan.candidates) {
        ::execve(candidate.c_str(), plan.argv.data(), plan.env.data());
        if (errno == ENOEXEC) { // a script without `#!`
            plan.shell_argv[1] = const_cast<char*>(candidate.c_str());
            ::execve("/bin/sh", plan.shell_argv.data(), plan.env.data());
        }
        if (errno == ENOENT || errno == ENOTDIR)
            continue;
        problem = errno;
        if (errno != EACCES)
            break;
    }
    give_up(plan, Stage::exec, problem);
}

// A child of vfork() borrows our memory and stack until it executes the program, so this costs the same however large
// we are (a sanitizer build reserves terabytes of address space). Kept out of spawn(), whose variables it must not
// disturb. All signals are blocked meanwhile: a handler of ours must not run in the child.
[[gnu::noinline]] pid_t fork_and_run(Plan& plan) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t pid = ::vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork): see above
    if (pid == 0)
        run_child(plan);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return pid;
}

std::string watch_problem(int error) {
    switch (error) {
    case EBUSY:
        return "connects cannot be watched: another watcher of this kind is above us";
    case EPERM:
        return "connects cannot be watched: the program is set-user-id, or the system forbids it";
    default:
        return fmt::format("connects cannot be watched: {}", strerror(error));
    }
}

void receive_connect_watch(const UniqueFd& from, Child& child) {
    int error = EPROTO;
    iovec data{&error, sizeof(error)};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = 0;
    do
        got = ::recvmsg(from.get(), &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    const cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) {
        child.watch_problem = watch_problem(got < 0 ? errno : error);
        return;
    }
    int listener = -1;
    std::memcpy(&listener, CMSG_DATA(header), sizeof(listener));
    child.connect_watch.reset(listener);
    set_non_blocking(child.connect_watch);
}

std::string describe(const Failure& failure, const SpawnSpec& spec) {
    const std::string program = fmt::format("cannot run '{}'", spec.argv.front());
    const char* reason = strerror(failure.error);
    switch (failure.stage) {
    case Stage::directory:
        return fmt::format("{} in '{}': {}", program, spec.working_directory, reason);
    case Stage::descriptor_limit:
        return fmt::format("{}: cannot set its limit of descriptors: {}", program, reason);
    case Stage::standard_descriptors:
    case Stage::exec:
        break;
    }
    return fmt::format("{}: {}", program, reason);
}

} // namespace

Made<Child> spawn(const SpawnSpec& spec) {
    if (spec.argv.empty() || spec.argv.front().empty())
        return Made<Child>::failed("there is no command to run");
    const auto failed = [&spec](const char* what) {
        return Made<Child>::failed(fmt::format("cannot run '{}': {}: {}", spec.argv.front(), what, strerror(errno)));
    };

    const std::string stdin_file = spec.stdin_file.empty() ? "/dev/null" : spec.stdin_file;
    UniqueFd in(::open(stdin_file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in)
        return failed(fmt::format("cannot read '{}'", stdin_file).c_str());

    Child child;
    UniqueFd out;
    UniqueFd err;
    UniqueFd failure_read;
    UniqueFd failure_write;
    UniqueFd watch_ours;
    UniqueFd watch_theirs;
    if (!move_above_standard(in) || !make_pipe(child.out, out) || !make_pipe(child.err, err) ||
        !make_pipe(failure_read, failure_write) || (spec.watch_connects && !make_socket_pair(watch_ours, watch_theirs)))
        return failed("no pipe");

    Plan plan;
    plan.argv = pointers(spec.argv);
    plan.env = pointers(spec.env);
    plan.candidates = candidates_for(spec.argv.front(), path_of(spec.env));
    plan.shell_argv = plan.argv;
    plan.shell_argv.insert(plan.shell_argv.begin(), const_cast<char*>("/bin/sh"));
    if (!spec.working_directory.empty())
        plan.directory = spec.working_directory.c_str();
    if (spec.descriptor_limit) {
        plan.set_limit = true;
        ::getrlimit(RLIMIT_NOFILE, &plan.limit);
        plan.limit.rlim_cur = std::min<rlim_t>(*spec.descriptor_limit, plan.limit.rlim_max);
    }
    plan.in = in.get();
    plan.out = out.get();
    plan.err = err.get();
    plan.failures = failure_write.get();
    plan.watch = watch_theirs.get();
    plan.gains_rights = spec.watch_connects && gains_rights(plan.candidates);
    plan.parent = ::getpid();

    child.pid = fork_and_run(plan);
    if (child.pid < 0)
        return failed("no new process");
    out.reset();
    err.reset();
    failure_write.reset();
    watch_theirs.reset();

    Failure failure{};
    ssize_t got = 0;
    do
        got = ::read(failure_read.get(), &failure, sizeof(failure));
    while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof(failure))) {
        ::waitpid(child.pid, nullptr, 0);
        return Made<Child>::failed(describe(failure, spec));
    }

    child.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (!child.pidfd) {
        Made<Child> result = failed("its end cannot be watched (pidfd_open)");
        ::kill(child.pid, SIGKILL); // it is our unreaped child, so the number is still its own
        ::waitpid(child.pid, nullptr, 0);
        return result;
    }
    if (spec.watch_connects)
        receive_connect_watch(watch_ours, child);
    set_non_blocking(child.out);
    set_non_blocking(child.err);
    set_non_blocking(child.pidfd); // means: waitid() on it never waits; poll() works either way
    return child;
}

} // namespace postfault::process
