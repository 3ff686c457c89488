#pragma once

#include "fakeserver/base/time.hpp"
#include "fakeserver/transport/asio.hpp"
#include "fakeserver/transport/run_time.hpp"
#include "fakeserver/transport/signal.hpp"
#include "harness/client/profile.hpp"
#include "harness/observe/observation.hpp"
#include "harness/process/connect_watch.hpp"
#include "harness/process/spawn.hpp"
#include "harness/suite/roots.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace postfault::suite {

// How one process of the client is to be started and watched.
struct ClientProcessSettings {
    process::SpawnSpec spawn;
    std::string marker;     // the value of POSTFAULT_RUN
    std::uint16_t port = 0; // of the server under test
    std::string returned;   // regular expression with the result word as its first group; "" = its end is its return
    std::size_t operations = 1;          // how many times it is to return
    Duration patience{0};                // for each operation
    std::function<Duration()> time_lost; // by the machine's lateness, since the harness began
    Duration grace{0};                   // after each return, then its sockets are looked at
    std::size_t keep_stdout = 0;         // octets of raw stdout to keep
    std::function<void(const std::string& address)> on_connect_attempt; // before the client goes on
    std::function<void()> on_returned;                                  // after each operation that it reports
};

// One process of a client from start to end: its output, its connects, its state. Ended by force when its patience is
// over.
class ClientProcess : public std::enable_shared_from_this<ClientProcess> {
public:
    // Fills in the results of a process that reports them by its exit status only.
    using ResultOf = std::function<std::string(const observe::ProcessEnd&)>;

    ClientProcess(asio::io_context& context, const transport::RunTime& time, Roots& roots,
                  ClientProcessSettings settings);

    // Empty if it could be started, else why not.
    std::string start();

    // Completes when the process has ended, and everything it started too.
    asio::awaitable<void> wait();

    // Looks for output right now: what the client has said before it did the next thing is known before that thing is
    // judged.
    void read_output_now();

    // The patience counts anew from now: the fault has only just happened.
    void renew_patience();

    // A look at what the processes use, now. `flooded` octets of endless input have been sent to them.
    void look(const char* reason, std::uint64_t flooded = 0);

    // Ends the process now, as if its patience were over.
    void interrupt();

    // True if the patience was over before the client was done.
    bool cut_off() const { return cut_off_; }

    observe::Observation take_observation(const ResultOf& result_of);

    std::string stdout_bytes() const { return stdout_bytes_; }

private:
    struct Stream {
        explicit Stream(asio::io_context& context) : descriptor(context) {}

        asio::posix::stream_descriptor descriptor;
        std::string line; // the last one is not complete yet
        bool on_stderr = false;
        bool open = true;
    };

    asio::awaitable<void> read_loop(Stream& stream);
    asio::awaitable<void> connect_loop();
    asio::awaitable<void> exit_loop();
    void read_now(Stream& stream);
    void on_line(Stream& stream, std::string text);
    void handle_connects();
    void sample(const char* reason, bool sockets, bool threads, std::uint64_t flooded = 0);
    void on_exit();
    void end_what_is_left();
    void close();
    Instant next_deadline() const;
    void be_patient_from(Instant start);
    bool is_patience_over(Instant now);

    asio::io_context& context_;
    const transport::RunTime& time_;
    Roots& roots_;
    ClientProcessSettings settings_;
    std::optional<std::regex> returned_;
    process::Child child_;
    std::optional<process::ConnectWatch> watch_;
    Stream out_;
    Stream err_;
    asio::posix::stream_descriptor exit_;
    asio::posix::stream_descriptor connects_;
    transport::Signal changed_;
    observe::Observation observation_;
    std::deque<observe::OutputLine> last_output_; // behind what the observation holds
    std::string stdout_bytes_;
    Instant patience_over_{};
    Instant patience_ends_at_last_{}; // however much time the machine loses
    Duration lost_before_{0};         // what patience_over_ has allowed for
    std::vector<Instant> looks_due_;  // after each return
    Instant next_sample_{};
    bool exited_ = false;
    bool cut_off_ = false;
    bool closed_ = false;
};

} // namespace postfault::suite
