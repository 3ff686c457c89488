#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/transport/asio.hpp"
#include "harness/client/profile.hpp"
#include "harness/client/template.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/process/home.hpp"
#include "harness/suite/client_process.hpp"
#include "harness/suite/stage.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postfault::suite {

class Heartbeat;

// One scenario asked of one client.
struct RunPlan {
    const scenario::Scenario* scenario = nullptr;
    const client::Profile* profile = nullptr;
    Duration limit{0};                // T
    std::optional<Duration> patience; // none = 3T + 5 s for each operation
    std::uint64_t seed = 0;
    std::string token;                     // different for every run of this process; marks its processes and messages
    std::string program_folder;            // looked into first for programs
    std::uint64_t descriptor_limit = 1024; // of the client
    tls::Authority* authority = nullptr;   // for scenarios with TLS; outlives the run
    std::vector<std::string> repeat;       // command line that repeats this run
};

// Makes one run: a server with a port of its own, a home, the client's processes one after the other, and everything
// that was seen of them. Ends when the client has ended, or when its patience is over and it was ended. Leaves no
// process and no file.
class Run {
public:
    // All references and what the plan points to outlive the run.
    Run(asio::io_context& context, RunPlan plan, const Heartbeat& heartbeat, Roots& roots);
    ~Run();

    asio::awaitable<judge::RunRecord> execute();

    // Ends the client at once; execute() completes soon after, and its record is of no use.
    void interrupt();

    // Called once, when the client is no longer busy with starting up.
    void on_started(std::function<void()> callback) { on_started_ = std::move(callback); }

private:
    // A process and the steps of the scenario that it is asked to do.
    struct Task {
        std::vector<std::size_t> operations; // numbers of steps
        Duration wait_before{0};
        std::vector<std::string> words;
        std::string stdin_file;
    };

    void write_files() const;
    std::vector<Task> tasks() const;
    void add_operation(std::vector<Task>& all, std::size_t operation, Duration wait) const;
    std::vector<std::string> words_for(const client::OperationProfile& operation, const client::Values& values) const;
    client::Values values_for(std::size_t operation) const;
    asio::awaitable<void> perform(const Task& task);
    asio::awaitable<void> wait_for_connections();
    asio::awaitable<void> rest(Duration duration);
    void on_event(const journal::Event& event);
    void follow_flood(const journal::Event& event);
    void on_returned();
    void report_started();
    judge::RunRecord record();
    void add_inferred_fault(judge::RunRecord& record) const;
    std::optional<std::size_t> letter_of(const protocol::Stored& stored) const;
    void add_copies(judge::RunRecord& record) const;

    asio::io_context& context_;
    RunPlan plan_;
    const scenario::Scenario& scenario_;
    const client::OperationProfile& profile_;
    const Heartbeat& heartbeat_;
    Roots& roots_;
    std::function<void()> on_started_;

    std::optional<process::Home> home_;
    std::unique_ptr<Stage> stage_;
    std::shared_ptr<ClientProcess> client_;
    transport::Signal connection_ended_;
    std::size_t returned_ = 0; // operations that are over
    std::set<std::uint64_t> faults_seen_;

    // Endless input that is under way.
    struct Flood {
        int connection = 0;
        std::uint64_t octets = 0;
        std::uint64_t next_look = 0;
    };

    std::optional<Flood> flood_;
    judge::RunRecord record_;
};

} // namespace postfault::suite
