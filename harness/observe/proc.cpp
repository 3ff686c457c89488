#include "harness/observe/proc.hpp"

#include "fakeserver/base/text.hpp"
#include "harness/observe/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postfault::observe {

namespace {

// include/net/tcp_states.h; the same numbers stand in /proc/net/tcp.
constexpr std::array<std::string_view, 14> state_names{
    "",       "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
    "CLOSED", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV", "BOUND_INACTIVE"};
constexpr unsigned syn_sent = 2;
constexpr unsigned fin_wait1 = 4;
constexpr unsigned time_wait = 6;
constexpr unsigned close_wait = 8;
constexpr unsigned last_ack = 9;
constexpr unsigned listening = 10;
constexpr unsigned closing = 11;

SocketTable::Row make_row(unsigned state, std::uint64_t send_queue, std::uint64_t receive_queue) {
    SocketTable::Row row;
    row.state = state < state_names.size() ? std::string(state_names[state]) : fmt::format("state {}", state);
    // SYN and FIN count as one octet each; they are none that anybody wrote or could read.
    const bool fin_received = state == close_wait || state == last_ack || state == closing;
    const bool unacknowledged = state == syn_sent || state == fin_wait1 || state == last_ack || state == closing;
    row.receive_queue = receive_queue - (fin_received && receive_queue > 0 ? 1 : 0);
    row.send_queue = send_queue - (unacknowledged && send_queue > 0 ? 1 : 0);
    return row;
}

class NetlinkSocket {
public:
    NetlinkSocket() : fd_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}

    NetlinkSocket(const NetlinkSocket&) = delete;
    NetlinkSocket& operator=(const NetlinkSocket&) = delete;

    ~NetlinkSocket() {
        if (fd_ >= 0)
            ::close(fd_);
    }

    int get() const { return fd_; }

private:
    int fd_;
};

bool dump_by_netlink(int fd, unsigned char family, std::vector<SocketTable::Row>& rows) {
    struct {
        nlmsghdr header;
        inet_diag_req_v2 request;
    } question{};

    question.header.nlmsg_len = sizeof(question);
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    question.request.sdiag_family = family;
    question.request.sdiag_protocol = IPPROTO_TCP;
    question.request.idiag_states = ~((1U << listening) | (1U << time_wait));
    if (::send(fd, &question, sizeof(question), 0) != static_cast<ssize_t>(sizeof(question)))
        return false;

    alignas(nlmsghdr) std::array<char, 32768> buffer{};
    for (;;) {
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        std::size_t at = 0;
        const auto size = static_cast<std::size_t>(got);
        while (at + sizeof(nlmsghdr) <= size) {
            nlmsghdr header{};
            std::memcpy(&header, buffer.data() + at, sizeof(header));
            if (header.nlmsg_len < sizeof(header) || at + header.nlmsg_len > size)
                return false;
            if (header.nlmsg_type == NLMSG_DONE)
                return true;
            if (header.nlmsg_type == NLMSG_ERROR)
                return false;
            inet_diag_msg message{};
            if (header.nlmsg_len >= NLMSG_HDRLEN + sizeof(message)) {
                std::memcpy(&message, buffer.data() + at + NLMSG_HDRLEN, sizeof(message));
                SocketTable::Row row = make_row(message.idiag_state, message.idiag_wqueue, message.idiag_rqueue);
                row.inode = message.idiag_inode;
                row.local_port = ntohs(message.id.idiag_sport);
                row.peer_port = ntohs(message.id.idiag_dport);
                rows.push_back(std::move(row));
            }
            at += NLMSG_ALIGN(header.nlmsg_len);
        }
    }
}

std::uint64_t parse_hex(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

// `  0: 0100007F:1F90 0100007F:C350 01 tx:rx tr:when retrnsmt uid timeout inode …`
void read_proc_net(const std::string& path, std::vector<SocketTable::Row>& rows) {
    const std::string text = read_whole_file(path);
    bool heading = true;
    for (const std::string_view line : split(text, '\n')) {
        const std::vector<std::string_view> parts = words(line);
        if (std::exchange(heading, false) || parts.size() < 10)
            continue;
        const auto state = static_cast<unsigned>(parse_hex(parts[3]));
        if (state == listening || state == time_wait)
            continue;
        const std::vector<std::string_view> queues = split(parts[4], ':');
        if (queues.size() != 2)
            continue;
        SocketTable::Row row = make_row(state, parse_hex(queues[0]), parse_hex(queues[1]));
        row.local_port = static_cast<std::uint16_t>(parse_hex(split(parts[1], ':').back()));
        row.peer_port = static_cast<std::uint16_t>(parse_hex(split(parts[2], ':').back()));
        std::from_chars(parts[9].data(), parts[9].data() + parts[9].size(), row.inode);
        rows.push_back(std::move(row));
    }
}

// The kernel looks through a large table for each question, so none is asked for which there can be no answer.
bool has_tcp_over_ipv6() { return read_whole_file("/proc/net/sockstat6").find("TCP6: inuse 0\n") == std::string::npos; }

Duration from_ticks(long long ticks) {
    static const long per_second = ::sysconf(_SC_CLK_TCK);
    return Duration{ticks * 1'000'000 / std::max(per_second, 1L)};
}

// Nanoseconds on a core for the whole process, ended threads included. The ticks of /proc are a hundredth of a second.
std::optional<Duration> own_cpu_time(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                                std::chrono::nanoseconds(time.tv_nsec));
}

std::uint64_t status_kib(std::string_view status, std::string_view key) {
    std::size_t at = status.find(key);
    if (at == std::string_view::npos)
        return 0;
    at = status.find_first_of("0123456789", at + key.size());
    std::uint64_t value = 0;
    if (at != std::string_view::npos)
        std::from_chars(status.data() + at, status.data() + status.size(), value);
    return value * 1024;
}

int count_descriptors(pid_t pid) {
    const std::string path = fmt::format("/proc/{}/fd", pid);

    struct stat found {};

    if (::stat(path.c_str(), &found) == 0 && found.st_size > 0) // the number of entries, since Linux 6.2
        return static_cast<int>(found.st_size);
    return static_cast<int>(numbers_in(path).size());
}

} // namespace

SocketTable::SocketTable(std::vector<Row> rows) : rows_(std::move(rows)) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].inode == 0)
            continue;
        by_inode_.emplace(rows_[i].inode, i);
        ++held_towards_[rows_[i].peer_port];
    }
}

const SocketTable::Row* SocketTable::find(std::uint64_t inode) const {
    const auto found = by_inode_.find(inode);
    return found == by_inode_.end() ? nullptr : &rows_[found->second];
}

bool SocketTable::any_towards(const std::vector<std::uint16_t>& ports) const {
    return std::any_of(ports.begin(), ports.end(), [this](std::uint16_t port) { return held_towards_.contains(port); });
}

SocketTable read_socket_table() {
    const NetlinkSocket netlink;
    std::vector<SocketTable::Row> rows;
    if (netlink.get() < 0 || !dump_by_netlink(netlink.get(), AF_INET, rows))
        return read_socket_table_from_proc();
    if (!has_tcp_over_ipv6())
        return SocketTable(std::move(rows));
    const NetlinkSocket second; // an IPv6 dump that fails half-way must not leave answers behind
    dump_by_netlink(second.get(), AF_INET6, rows);
    return SocketTable(std::move(rows));
}

SocketTable read_socket_table_from_proc() {
    std::vector<SocketTable::Row> rows;
    read_proc_net("/proc/net/tcp", rows);
    read_proc_net("/proc/net/tcp6", rows);
    return SocketTable(std::move(rows));
}

std::vector<SocketState> sockets_towards(const std::vector<std::uint16_t>& ports, const SocketTable& table, pid_t pid) {
    std::vector<SocketState> found;
    if (!table.any_towards(ports))
        return found;
    std::vector<int> descriptors = numbers_in(fmt::format("/proc/{}/fd", pid));
    std::sort(descriptors.begin(), descriptors.end());
    for (const int fd : descriptors) {
        const std::string target = read_link(fmt::format("/proc/{}/fd/{}", pid, fd));
        constexpr std::string_view prefix = "socket:[";
        if (!target.starts_with(prefix))
            continue;
        std::uint64_t inode = 0;
        std::from_chars(target.data() + prefix.size(), target.data() + target.size(), inode);
        const SocketTable::Row* row = table.find(inode);
        if (row == nullptr || std::find(ports.begin(), ports.end(), row->peer_port) == ports.end())
            continue;
        found.push_back({pid, fd, row->state, row->local_port, row->peer_port, row->send_queue, row->receive_queue});
    }
    return found;
}

std::optional<ProcessUsage> read_usage(pid_t pid) {
    const auto stat = parse_stat(read_whole_file(fmt::format("/proc/{}/stat", pid)));
    if (!stat)
        return std::nullopt;
    ProcessUsage usage;
    usage.state = stat->state;
    constexpr std::size_t utime = 14;
    constexpr std::size_t stime = 15;
    constexpr std::size_t cutime = 16;
    constexpr std::size_t cstime = 17;
    usage.cpu = own_cpu_time(pid).value_or(from_ticks(stat->number(utime) + stat->number(stime))) +
                from_ticks(stat->number(cutime) + stat->number(cstime));

    const std::string status = read_whole_file(fmt::format("/proc/{}/status", pid));
    usage.rss = status_kib(status, "VmRSS:");
    usage.peak_rss = status_kib(status, "VmHWM:");
    usage.descriptors = count_descriptors(pid);

    // `on a core, waiting for one, times scheduled`, the first two in nanoseconds
    for (const int tid : numbers_in(fmt::format("/proc/{}/task", pid))) {
        const std::string line = read_whole_file(fmt::format("/proc/{}/task/{}/schedstat", pid, tid));
        const std::vector<std::string_view> parts = words(line);
        long long nanoseconds = 0;
        if (parts.size() >= 2)
            std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), nanoseconds);
        usage.run_delay += Duration{nanoseconds / 1000};
    }
    return usage;
}

} // namespace postfault::observe
