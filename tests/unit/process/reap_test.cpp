#include "harness/process/reap.hpp"
#include "tests/unit/process/support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include <sys/wait.h>

namespace postfault::process {

namespace {

std::string marker_entry(const std::string& marker) { return fmt::format("{}={}", run_marker_name, marker); }

// Unlike that of any other test process that runs beside this one.
std::string marker(const std::string& name) { return fmt::format("{}-{}", name, ::getpid()); }

pid_t read_pid(int fd) {
    const std::string line = read_text(fd, "\n");
    pid_t pid = -1;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    return pid;
}

void reap(const Child& child) {
    REQUIRE(wait_readable(child.pidfd.get()));
    CHECK(try_reap(child.pid).has_value());
}

bool contains(const std::vector<RunProcess>& processes, pid_t pid) {
    return std::any_of(processes.begin(), processes.end(), [pid](const RunProcess& one) { return one.pid == pid; });
}

} // namespace

TEST_CASE("a grandchild that opened its own session is found and killed by its marker", "[process][reap]") {
    REQUIRE(become_subreaper());
    auto child =
        spawn(shell("setsid bash -c 'echo $$; exec sleep 1001' & exec sleep 1002", {marker_entry(marker("left"))}));
    auto stranger = spawn(shell("exec sleep 1003", {marker_entry(marker("left") + "x")}));
    REQUIRE(child);
    REQUIRE(stranger);
    const pid_t grandchild = read_pid(child->out.get());
    REQUIRE(grandchild > 0);

    const auto running = processes_of_run(child->pid, marker("left"));
    CHECK(running.size() == 2);
    CHECK(contains(running, child->pid));
    CHECK(contains(running, grandchild));

    // The root goes first: the grandchild becomes ours.
    ::kill(child->pid, SIGKILL);
    reap(*child);
    const auto adopted = adopted_children({stranger->pid});
    CHECK(std::find(adopted.begin(), adopted.end(), grandchild) != adopted.end());
    CHECK(std::find(adopted.begin(), adopted.end(), stranger->pid) == adopted.end());
    CHECK(contains(processes_of_run(child->pid, marker("left"), adopted), grandchild));
    CHECK_FALSE(contains(processes_of_run(stranger->pid, marker("other"), adopted), grandchild));

    const auto found = kill_processes_of_run(marker("left"), child->pid);
    REQUIRE(found.size() == 1);
    CHECK(found.front().pid == grandchild);
    CHECK(found.front().command.find("sleep 1001") != std::string::npos);
    CHECK(::kill(grandchild, 0) == -1); // not even a zombie is left
    CHECK(kill_processes_of_run(marker("left"), child->pid).empty());

    CHECK_FALSE(try_reap(stranger->pid).has_value()); // still alive
    CHECK(kill_processes_of_run(marker("left") + "x", stranger->pid).size() == 1);
    reap(*stranger); // the root is left to the caller
}

TEST_CASE("a descendant that cleaned its environment goes with its marked parent", "[process][reap]") {
    become_subreaper();
    auto child = spawn(shell("env -i sleep 1004 & echo $!; wait", {marker_entry(marker("clean"))}));
    REQUIRE(child);
    const pid_t grandchild = read_pid(child->out.get());
    // `env` may still be on its way to `sleep`: it has the marker then, so both ways are fine.
    const auto found = kill_processes_of_run(marker("clean"), child->pid);
    CHECK(contains(found, child->pid));
    CHECK(contains(found, grandchild));
    CHECK(::kill(grandchild, 0) == -1);
    reap(*child);
}

TEST_CASE("deaths of adopted children are taken note of", "[process][reap]") {
    become_subreaper();
    auto child = spawn(shell("(sleep 1005 & echo $!)", {marker_entry(marker("orphan"))}));
    auto other = spawn(shell("exit 3"));
    REQUIRE(child);
    REQUIRE(other);
    const pid_t orphan = read_pid(child->out.get());
    reap(*child);
    REQUIRE(wait_readable(other->pidfd.get()));
    ::kill(orphan, SIGKILL);
    siginfo_t info{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(orphan), &info, WEXITED | WNOWAIT) == 0);
    reap_adopted({other->pid});
    CHECK(::kill(orphan, 0) == -1);
    CHECK(try_reap(other->pid)->exit == 3);
}

} // namespace postfault::process
