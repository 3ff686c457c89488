#pragma once

#include "fakeserver/base/time.hpp"
#include "harness/observe/observation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

// What /proc and the kernel's socket list say about processes. Reading only: nothing here stops or disturbs them.
namespace postfault::observe {

// All TCP sockets of this machine's network namespace, listening ones and those in TIME_WAIT left out. Made once per
// look and used for every run. A client in a network namespace of its own has its sockets elsewhere.
class SocketTable {
public:
    struct Row {
        std::uint64_t inode = 0; // 0: no process holds it any more
        std::string state;
        std::uint16_t local_port = 0;
        std::uint16_t peer_port = 0;
        std::uint64_t send_queue = 0;
        std::uint64_t receive_queue = 0;
    };

    SocketTable() = default;
    explicit SocketTable(std::vector<Row> rows);

    const Row* find(std::uint64_t inode) const;

    // Whether anybody still holds a socket whose other end is one of these ports.
    bool any_towards(const std::vector<std::uint16_t>& ports) const;

    const std::vector<Row>& rows() const { return rows_; }

private:
    std::vector<Row> rows_;
    std::unordered_map<std::uint64_t, std::size_t> by_inode_;
    std::unordered_map<std::uint16_t, std::size_t> held_towards_; // peer port -> how many
};

// Asks the kernel by netlink, or reads /proc/net/tcp and tcp6 where that is not possible. Empty if neither is.
SocketTable read_socket_table();

// The same from /proc alone; slower.
SocketTable read_socket_table_from_proc();

// The process's sockets towards these ports of the server. Costs next to nothing if the table has none.
std::vector<SocketState> sockets_towards(const std::vector<std::uint16_t>& ports, const SocketTable& table, pid_t pid);

// What one process has used so far.
struct ProcessUsage {
    char state = '?';
    Duration cpu{0};       // user + system, with the children that it waited for
    Duration run_delay{0}; // of its living threads
    std::uint64_t rss = 0; // octets
    std::uint64_t peak_rss = 0;
    int descriptors = 0;
};

// Nothing if there is no such process.
std::optional<ProcessUsage> read_usage(pid_t pid);

} // namespace postfault::observe
