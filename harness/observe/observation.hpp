#pragma once

#include "fakeserver/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What was seen of one client process, without disturbing it. Values only; the readers of /proc fill them in.
namespace postfault::observe {

// A TCP socket that the client's processes hold towards the server under test.
struct SocketState {
    int pid = 0;
    int fd = -1;
    std::string state; // ESTABLISHED, CLOSE_WAIT, SYN_SENT, …
    std::uint16_t local_port = 0;
    std::uint16_t peer_port = 0;
    std::uint64_t send_queue = 0;    // octets not yet acknowledged
    std::uint64_t receive_queue = 0; // octets not yet read by the client

    bool operator==(const SocketState&) const = default;
};

// What one thread of the client is doing: `recvfrom(fd 4), no timeout visible`, `poll(fd 4), 100 s`, `running`.
struct ThreadWait {
    int pid = 0;
    int tid = 0;
    std::string command; // name of the program
    char state = '?';    // as in /proc/PID/stat: R, S, D, …
    std::string call;    // system call in words; empty while running
    std::string timeout; // in words: `2.000 s`, `no timeout`, `no timeout visible (SIGALRM is caught)`; empty if it
                         // does not apply

    bool operator==(const ThreadWait&) const = default;
};

// One look at all processes of the client.
struct Snapshot {
    Instant at;
    std::string reason;        // `sample`, `after return`, `patience is over`, `flood`, `returned`
    std::uint64_t flooded = 0; // octets of endless input that had been sent by then; 0 = none was under way
    std::vector<SocketState> sockets;
    std::vector<ThreadWait> threads; // only where it was asked for
    Duration cpu{0};                 // user + system time so far
    Duration run_delay{0};           // time spent ready to run but without a core so far
    std::uint64_t rss = 0;           // octets, all processes
    std::uint64_t peak_rss = 0;
    int descriptors = 0;
    int processes = 0;

    bool operator==(const Snapshot&) const = default;
};

struct OutputLine {
    Instant at;
    bool on_stderr = false;
    std::string text;

    bool operator==(const OutputLine&) const = default;
};

// The client said that an operation is over.
struct Returned {
    Instant at;
    std::string result; // ok, temp, perm, uncertain, failure
    std::string text;

    bool operator==(const Returned&) const = default;
};

struct ProcessEnd {
    Instant at;
    std::optional<int> exit;
    std::optional<int> signal;
    bool killed_by_harness = false;

    bool operator==(const ProcessEnd&) const = default;
};

// One client process from start to end, descendants included.
struct Observation {
    std::vector<std::string> command;
    Instant started{};
    std::optional<ProcessEnd> ended;
    std::vector<Returned> returned; // one per operation that came to an end
    std::vector<OutputLine> output; // bounded, the last lines are kept
    std::vector<Snapshot> snapshots;
    std::vector<std::string> left_behind; // processes that outlived it, files outside its home
    std::uint64_t max_rss = 0;
    Duration cpu{0};
    bool connects_watched = false; // every connect() was seen as it was called

    bool operator==(const Observation&) const = default;
};

} // namespace postfault::observe
