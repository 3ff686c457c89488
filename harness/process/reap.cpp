#include "harness/process/reap.hpp"

#include "harness/process/unique_fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace postfault::process {

namespace {

std::string read_whole(const std::string& path) {
    std::string content;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return content;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

// The numbers that are names in a directory of /proc.
std::vector<pid_t> numbers_in(const std::string& path) {
    std::vector<pid_t> found;
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr)
        return found;
    while (const dirent* entry = ::readdir(directory)) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name(&entry->d_name[0]);
        pid_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && end == name.data() + name.size())
            found.push_back(number);
    }
    ::closedir(directory);
    return found;
}

// `pid (name) state ppid …`; the name may contain anything.
struct Stat {
    std::string name;
    char state = '?';
    pid_t parent = -1;
};

std::optional<Stat> read_stat(pid_t pid) {
    const std::string text = read_whole(fmt::format("/proc/{}/stat", pid));
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 >= text.size())
        return std::nullopt;
    Stat stat;
    stat.name = text.substr(open + 1, close - open - 1);
    stat.state = text[close + 2];
    std::from_chars(text.data() + close + 4, text.data() + text.size(), stat.parent);
    return stat;
}

bool is_gone(char state) { return state == 'Z' || state == 'X'; }

// A process in the middle of exec() has neither environment nor command line for a moment; kernel threads never have.
std::string environment_of(pid_t pid) {
    const std::string path = fmt::format("/proc/{}/environ", pid);
    std::string environment = read_whole(path);
    for (int i = 0; i < 100 && environment.empty(); ++i) {
        if (!read_whole(fmt::format("/proc/{}/cmdline", pid)).empty())
            return read_whole(path);
        const auto stat = read_stat(pid);
        constexpr pid_t kernel_threads = 2;
        if (!stat || is_gone(stat->state) || pid == kernel_threads || stat->parent == kernel_threads ||
            stat->parent == 0)
            break;
        ::sched_yield();
        environment = read_whole(path);
    }
    return environment;
}

bool carries_marker(pid_t pid, std::string_view marker) {
    const std::string environment = environment_of(pid);
    const std::string wanted = fmt::format("{}={}", run_marker_name, marker);
    for (std::size_t at = environment.find(wanted); at != std::string::npos; at = environment.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        if ((at == 0 || environment[at - 1] == '\0') && (end == environment.size() || environment[end] == '\0'))
            return true;
    }
    return false;
}

std::string command_line(pid_t pid) {
    std::string text = read_whole(fmt::format("/proc/{}/cmdline", pid));
    while (!text.empty() && text.back() == '\0')
        text.pop_back();
    std::replace(text.begin(), text.end(), '\0', ' ');
    return text;
}

// Nothing if the kernel keeps no lists (CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> listed_children(pid_t pid) {
    std::vector<pid_t> found;
    for (const pid_t tid : numbers_in(fmt::format("/proc/{}/task", pid))) {
        const std::string path = fmt::format("/proc/{}/task/{}/children", pid, tid);
        const std::string text = read_whole(path);
        if (text.empty() && ::access(path.c_str(), F_OK) != 0) {
            if (::access(fmt::format("/proc/{}/task/{}", pid, tid).c_str(), F_OK) == 0)
                return std::nullopt;
            continue; // the thread has ended meanwhile
        }
        const char* at = text.data();
        const char* const end = at + text.size();
        while (at < end) {
            pid_t child = 0;
            const auto [next, error] = std::from_chars(at, end, child);
            if (error == std::errc{}) {
                found.push_back(child);
                at = next;
            } else {
                ++at;
            }
        }
    }
    return found;
}

std::vector<pid_t> children_of(pid_t pid) {
    if (auto listed = listed_children(pid))
        return *std::move(listed);
    std::vector<pid_t> found;
    for (const pid_t other : numbers_in("/proc"))
        if (const auto stat = read_stat(other); stat && stat->parent == pid)
            found.push_back(other);
    return found;
}

void add_with_descendants(pid_t pid, std::vector<RunProcess>& found) {
    const auto stat = read_stat(pid);
    if (!stat)
        return;
    if (std::any_of(found.begin(), found.end(), [pid](const RunProcess& known) { return known.pid == pid; }))
        return;
    found.push_back({pid, stat->parent, stat->name, {}});
    if (is_gone(stat->state))
        return;
    for (const pid_t child : children_of(pid))
        add_with_descendants(child, found);
}

// We and those above us: never to be killed, whatever their environment says.
std::set<pid_t> our_line() {
    std::set<pid_t> line{1};
    for (pid_t pid = ::getpid(); pid > 1 && line.insert(pid).second;) {
        const auto stat = read_stat(pid);
        if (!stat)
            break;
        pid = stat->parent;
    }
    return line;
}

// All living processes that carry the marker, and those that descend from one.
std::vector<RunProcess> scan_for(std::string_view marker) {
    const std::set<pid_t> spared = our_line();
    std::map<pid_t, Stat> all;
    for (const pid_t pid : numbers_in("/proc"))
        if (auto stat = read_stat(pid); stat && !is_gone(stat->state))
            all.emplace(pid, *std::move(stat));

    std::map<pid_t, bool> known;
    std::vector<RunProcess> found;
    for (const auto& [pid, stat] : all) {
        // Up to the first ancestor of which it is known; a cycle cannot last longer than there are processes.
        std::vector<pid_t> way;
        bool belongs = false;
        for (pid_t at = pid; way.size() <= all.size();) {
            if (spared.contains(at) || !all.contains(at))
                break;
            if (const auto before = known.find(at); before != known.end()) {
                belongs = before->second;
                break;
            }
            way.push_back(at);
            if (carries_marker(at, marker)) {
                belongs = true;
                break;
            }
            at = all.at(at).parent;
        }
        for (const pid_t passed : way)
            known[passed] = belongs;
        if (belongs)
            found.push_back({pid, stat.parent, stat.name, {}});
    }
    return found;
}

} // namespace

std::optional<Exit> try_reap(pid_t pid) {
    int status = 0;
    rusage usage{};
    pid_t reaped = 0;
    do
        reaped = ::wait4(pid, &status, WNOHANG, &usage);
    while (reaped < 0 && errno == EINTR);
    if (reaped == 0)
        return std::nullopt;
    Exit exit;
    if (reaped < 0)
        return exit;
    if (WIFEXITED(status))
        exit.exit = WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        exit.signal = WTERMSIG(status);
    // The system's peak also counts what the process was before it executed its program: a child of vfork(), and so as
    // large as we were. Only what goes well beyond us is surely its own: the system counts pages in passing, and our
    // own peak may seem smaller now than it did then.
    constexpr long doubt = 4096; // KiB
    rusage ours{};
    if (::getrusage(RUSAGE_SELF, &ours) == 0 && usage.ru_maxrss > ours.ru_maxrss + doubt)
        exit.max_rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    const auto duration = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    exit.cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    return exit;
}

bool become_subreaper() { return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0; }

std::vector<pid_t> adopted_children(const std::vector<pid_t>& roots) {
    std::vector<pid_t> children = children_of(::getpid());
    std::erase_if(children, [&roots](pid_t pid) { return std::find(roots.begin(), roots.end(), pid) != roots.end(); });
    return children;
}

void reap_adopted(const std::vector<pid_t>& roots) {
    for (const pid_t pid : adopted_children(roots))
        try_reap(pid);
}

std::vector<RunProcess> processes_of_run(pid_t root, std::string_view marker, const std::vector<pid_t>& adopted) {
    std::vector<RunProcess> found;
    add_with_descendants(root, found);
    for (const pid_t pid : adopted)
        if (carries_marker(pid, marker))
            add_with_descendants(pid, found);
    return found;
}

std::vector<RunProcess> kill_processes_of_run(std::string_view marker, pid_t root) {
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    std::vector<RunProcess> found;
    // A process may have made another one while we looked, so look until there is none.
    for (;;) {
        std::vector<RunProcess> living = scan_for(marker);
        if (living.empty())
            break;
        std::vector<UniqueFd> handles;
        for (RunProcess& process : living) {
            UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
            // The number may belong to a stranger by now; behind the handle it cannot change any more, so ask again.
            const auto stat = read_stat(process.pid);
            if (!handle || !stat || (!carries_marker(process.pid, marker) && stat->parent != process.parent))
                continue;
            const bool known = std::any_of(found.begin(), found.end(),
                                           [&process](const RunProcess& other) { return other.pid == process.pid; });
            if (!known) {
                process.command = command_line(process.pid);
                found.push_back(process);
            }
            handles.push_back(std::move(handle));
        }
        // All at once: a child that has cleaned its environment is known by its parent only while that lives.
        for (const UniqueFd& handle : handles)
            ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
        for (const UniqueFd& handle : handles) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(bound - std::chrono::steady_clock::now());
            pollfd dead{handle.get(), POLLIN, 0};
            ::poll(&dead, 1, static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
        }
        if (std::chrono::steady_clock::now() >= bound)
            break;
    }
    // Only now: one that died before its parent has become our child only after that.
    for (const RunProcess& process : found)
        if (process.pid != root)
            try_reap(process.pid);
    return found;
}

} // namespace postfault::process
