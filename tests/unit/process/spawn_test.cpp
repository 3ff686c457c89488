#include "harness/process/home.hpp"
#include "harness/process/limits.hpp"
#include "harness/process/reap.hpp"
#include "harness/process/spawn.hpp"
#include "tests/unit/process/support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace postfault::process {

namespace {

Exit wait_for_end(const Child& child) {
    REQUIRE(wait_readable(child.pidfd.get()));
    const auto exit = try_reap(child.pid);
    REQUIRE(exit.has_value());
    return *exit;
}

// What the child printed, after a good end.
std::string output_of(const SpawnSpec& spec) {
    auto child = spawn(spec);
    INFO(child.problem());
    REQUIRE(child);
    const std::string text = read_text(child->out.get());
    const std::string complaint = read_text(child->err.get());
    CHECK(complaint == "");
    CHECK(wait_for_end(*child).exit == 0);
    return text;
}

} // namespace

TEST_CASE("stdout and stderr arrive on two descriptors", "[process][spawn]") {
    auto child = spawn(shell("echo out; echo err >&2"));
    REQUIRE(child);
    CHECK(read_text(child->out.get()) == "out\n");
    CHECK(read_text(child->err.get()) == "err\n");
    CHECK(wait_for_end(*child).exit == 0);
    for (const int fd : {child->out.get(), child->err.get(), child->pidfd.get()}) {
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    }
    CHECK_FALSE(child->connect_watch);
}

TEST_CASE("a program that cannot be run is a problem text", "[process][spawn]") {
    CHECK(spawn(command({"foo-that-is-not-there"})).problem() ==
          "cannot run 'foo-that-is-not-there': No such file or directory");
    CHECK(spawn(command({"/"})).problem() == "cannot run '/': Permission denied");
    CHECK(spawn(SpawnSpec{}).problem() == "there is no command to run");

    SpawnSpec nowhere = command({"true"});
    nowhere.working_directory = "/not/there";
    CHECK(spawn(nowhere).problem() == "cannot run 'true' in '/not/there': No such file or directory");

    SpawnSpec no_input = command({"true"});
    no_input.stdin_file = "/not/there";
    CHECK(spawn(no_input).problem() == "cannot run 'true': cannot read '/not/there': No such file or directory");
}

TEST_CASE("the program is looked for in the PATH of its own environment", "[process][spawn]") {
    auto home = Home::create();
    REQUIRE(home);
    const auto script = home->path() / "mine";
    std::ofstream(script) << "echo found $1\n"; // no `#!`: a shell runs it
    SpawnSpec spec = command({"mine", "here"});
    CHECK(spawn(spec).problem() == "cannot run 'mine': No such file or directory");
    spec.env = {"PATH=/not/there:" + home->path().string() + ":/bin"};
    CHECK(spawn(spec).problem() == "cannot run 'mine': Permission denied");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    CHECK(output_of(spec) == "found here\n");
}

TEST_CASE("the environment is exactly what was given", "[process][spawn]") {
    SpawnSpec spec = command({"/usr/bin/env"});
    spec.env = {"A=1", "B=two words"};
    CHECK(output_of(spec) == "A=1\nB=two words\n");
}

TEST_CASE("a child gets its directory and its input, /dev/null if there is none", "[process][spawn]") {
    auto home = Home::create();
    REQUIRE(home);
    std::ofstream(home->path() / "message") << "Subject: hello\n";
    SpawnSpec spec = shell("pwd -P; cat");
    spec.working_directory = home->path();
    spec.stdin_file = home->path() / "message";
    CHECK(output_of(spec) == std::filesystem::canonical(home->path()).string() + "\nSubject: hello\n");
    spec.stdin_file.clear();
    CHECK(output_of(spec) == std::filesystem::canonical(home->path()).string() + "\n");
}

TEST_CASE("the memory that a child used is its own and not that of the process that started it", "[process][reap]") {
    constexpr std::uint64_t many = std::uint64_t{96} << 20U;
    const std::string ours(many, 'a');
    REQUIRE(ours.back() == 'a');
    auto small = spawn(shell("exit 0"));
    REQUIRE(small);
    CHECK(wait_for_end(*small).max_rss < many);
    auto large = spawn(shell("dd if=/dev/zero of=/dev/null bs=256M count=1 2>/dev/null"));
    REQUIRE(large);
    CHECK(wait_for_end(*large).max_rss > 2 * many);
}

TEST_CASE("an exit code, a signal and what was used are told", "[process][reap]") {
    auto child = spawn(shell("exit 75"));
    REQUIRE(child);
    const Exit exit = wait_for_end(*child);
    CHECK(exit.exit == 75);
    CHECK_FALSE(exit.signal.has_value());
    CHECK(exit.cpu > Duration{0});

    auto killed = spawn(shell("kill -SEGV $$"));
    REQUIRE(killed);
    const Exit end = wait_for_end(*killed);
    CHECK(end.signal == SIGSEGV);
    CHECK_FALSE(end.exit.has_value());
    CHECK_FALSE(try_reap(killed->pid)->exit.has_value()); // asked a second time: known to nobody

    auto waiting = spawn(shell("read line < <(sleep 1000)"));
    REQUIRE(waiting);
    CHECK_FALSE(try_reap(waiting->pid).has_value());
    ::kill(-waiting->pid, SIGKILL); // its group is its own
    CHECK(wait_for_end(*waiting).signal == SIGKILL);
}

TEST_CASE("signals have their default effect in the child whatever we do with them", "[process][spawn]") {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    sigset_t old_mask;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigaddset(&blocked, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &blocked, &old_mask);
    const std::string signals = output_of(command({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}));
    auto writer = spawn(shell("kill -PIPE $$; echo survived"));
    REQUIRE(writer);
    CHECK(wait_for_end(*writer).signal == SIGPIPE);
    sigset_t now;
    ::sigprocmask(SIG_SETMASK, &old_mask, &now);
    CHECK(::sigismember(&now, SIGTERM) == 1); // our own mask is as it was
    CHECK(::sigismember(&now, SIGINT) == 0);
    std::signal(SIGPIPE, before);
    CHECK(signals == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("a child inherits no descriptor but the standard three", "[process][spawn]") {
    const UniqueFd leaky(::open("/dev/null", O_RDONLY)); // not close-on-exec
    const UniqueFd high(::fcntl(leaky.get(), F_DUPFD, 200));
    REQUIRE(high);
    for (const bool watch : {false, true}) {
        CAPTURE(watch);
        SpawnSpec spec = command({"ls", "/proc/self/fd"});
        spec.watch_connects = watch;
        CHECK(output_of(spec) == "0\n1\n2\n3\n"); // 3 is the directory that ls reads
    }
}

TEST_CASE("a child leads a session and a group of its own", "[process][spawn]") {
    auto child = spawn(shell("read -ra stat < /proc/self/stat; echo ${stat[0]} ${stat[4]} ${stat[5]}"));
    REQUIRE(child);
    CHECK(read_text(child->out.get()) == fmt::format("{0} {0} {0}\n", child->pid));
    wait_for_end(*child);
}

TEST_CASE("a child has the old limit of descriptors though ours was raised", "[process][limits]") {
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit low = old;
    low.rlim_cur = 100;
    ::setrlimit(RLIMIT_NOFILE, &low);
    CHECK(raise_descriptor_limit() == 100);
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    CHECK(now.rlim_cur == now.rlim_max);
    SpawnSpec spec = shell("ulimit -n");
    spec.descriptor_limit = 100;
    CHECK(output_of(spec) == "100\n");
    ::setrlimit(RLIMIT_NOFILE, &old);
}

TEST_CASE("a home is temporary unless it is kept", "[process][home]") {
    std::filesystem::path path;
    {
        auto home = Home::create();
        REQUIRE(home);
        path = home->path();
        CHECK(path.filename().string().starts_with("postfault-"));
        std::filesystem::create_directories(path / "a" / "b");
        std::ofstream(path / "a" / "b" / "file") << "x";
        std::filesystem::create_symlink("/", path / "root");
        ::chmod((path / "a").c_str(), 0);
        Home moved = home.take();
        CHECK(moved.path() == path);
    }
    CHECK_FALSE(std::filesystem::exists(path));
    {
        auto home = Home::create();
        home->keep();
        path = home->path();
    }
    CHECK(std::filesystem::remove(path));
}

TEST_CASE("200 children start quickly", "[!benchmark][process][spawn]") {
    for (const bool watch : {false, true}) {
        SpawnSpec spec = command({"sleep", "1000"});
        spec.watch_connects = watch;
        const auto start = std::chrono::steady_clock::now();
        std::vector<Child> children;
        for (int i = 0; i < 200; ++i)
            children.push_back(spawn(spec).take());
        const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
        WARN(fmt::format("watch {}: {:.2f} ms per child", watch, spent.count() / 200));
        for (const Child& child : children) {
            ::kill(child.pid, SIGKILL);
            wait_for_end(child);
        }
    }
}

} // namespace postfault::process
