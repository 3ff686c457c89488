#include "harness/suite/suite.hpp"

#include "fakeserver/base/rng.hpp"
#include "harness/judge/judge.hpp"
#include "harness/judge/measure.hpp"
#include "harness/process/limits.hpp"
#include "harness/process/reap.hpp"
#include "harness/suite/heartbeat.hpp"
#include "harness/suite/run.hpp"
#include "harness/suite/sanity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <exception>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include <unistd.h>

namespace postfault::suite {

namespace {

using namespace std::chrono_literals;

// Runs mostly wait, so far more than there are cores go on at once; each may cost a few megabytes of client.
constexpr std::size_t runs_per_core = 100;

// Clients that start up do not wait: more of them at once than this only delay each other, and with them what is
// measured.
constexpr std::size_t starts_per_core = 2;

// A client that has not connected by then is no longer taken to be busy with starting up.
constexpr Duration longest_start = 1s;

// A timer served later than this says that more runs than there are now would delay each other. Waiting for calm is
// bounded, for some machines are never calm.
constexpr Duration calm = 5ms;
constexpr int most_beats_waited = 20;

// Doubtful runs are repeated a few at a time, and what is still doubtful then one at a time.
constexpr std::size_t repeats_at_once = 8;

std::size_t cores() { return std::max<std::size_t>(std::thread::hardware_concurrency(), 1); }

// What the client said and did rests on what we sent it in time. A failure of that kind is not believed, until it is
// seen again, if the machine was late by more than this part of T.
constexpr double believable_lateness = 0.05;

// The judge has set these against the lateness of the machine already, or they are so far from any limit that it does
// not matter.
bool allows_for_lateness(const judge::Reason& reason) {
    for (const char* code : {"PF001", "PF002", "PF004", "expect.gives_up", "expect.ends", "expect.backoff"})
        if (reason.code == code)
            return true;
    return false;
}

Duration worst_lateness(const judge::RunRecord& record) {
    Instant from = Instant::max();
    Instant to{};
    for (const observe::Observation& client : record.clients) {
        from = std::min(from, client.started);
        to = std::max(to, client.ended ? client.ended->at : client.started);
    }
    return record.clients.empty() ? Duration{0} : judge::uncertainty(record, from, to);
}

bool deserves_another_look(const report::RunResult& run) {
    using judge::VerdictKind;
    const judge::Verdict& verdict = run.verdict;
    if (verdict.reasons.empty())
        return false;
    if (verdict.kind == VerdictKind::error)
        return verdict.reasons.front().code == "busy";
    if (verdict.kind != VerdictKind::fail && verdict.kind != VerdictKind::not_reached)
        return false;
    return !std::all_of(verdict.reasons.begin(), verdict.reasons.end(), allows_for_lateness) &&
           worst_lateness(run.record) > from_seconds(believable_lateness * to_seconds(run.record.limit));
}

class Scheduler {
public:
    Scheduler(const client::Profile& profile, const SuiteSettings& settings)
        : profile_(profile), settings_(settings), heartbeat_(context_), changed_(context_),
          descriptor_limit_(process::raise_descriptor_limit()) {
        process::become_subreaper();
    }

    // In the order of the scenarios; `jobs` runs at once.
    std::vector<report::RunResult> run(const std::vector<scenario::Scenario>& scenarios, std::size_t jobs, bool tell) {
        std::vector<report::RunResult> results(scenarios.size());
        auto loop = [&]() -> asio::awaitable<void> {
            for (std::size_t i = 0; i < scenarios.size() && interrupted_ == 0; ++i) {
                while (active_ >= jobs || starting_ >= std::min(jobs, starts_per_core * cores()))
                    co_await changed_.wait();
                // The machine says how fast it can take more: on a busy one, starting waits until timers are served in
                // time.
                for (int beats = 0; heartbeat_.lateness() > calm && beats < most_beats_waited; ++beats)
                    co_await heartbeat_.next_beat();
                begin(scenarios[i], results[i], tell);
            }
            while (active_ > 0)
                co_await changed_.wait();
            heartbeat_.stop();
            signals_.cancel();
        };
        heartbeat_.start();
        signals_.async_wait([this](const error_code& error, int signal) {
            if (error)
                return;
            interrupted_ = signal;
            for (const auto& run : runs_)
                run->interrupt();
        });
        asio::co_spawn(context_, loop, [this](const std::exception_ptr& problem) {
            if (problem)
                failure_ = problem;
        });
        context_.restart();
        context_.run();
        if (failure_)
            std::rethrow_exception(failure_);
        if (interrupted_ != 0)
            throw Interrupted{interrupted_};
        return results;
    }

private:
    void begin(const scenario::Scenario& scenario, report::RunResult& result, bool tell) {
        result.scenario = scenario;
        if (const std::string reason = profile_.why_not(scenario); !reason.empty()) {
            result.record.id = scenario.id;
            result.record.client = profile_.name;
            result.verdict = judge::skipped(reason);
            if (tell && settings_.on_result)
                settings_.on_result(result);
            return;
        }
        RunPlan plan;
        plan.scenario = &result.scenario;
        plan.profile = &profile_;
        plan.limit = limit_for(profile_, settings_);
        plan.patience = settings_.patience;
        plan.seed = Rng(settings_.seed).fork(scenario.id).next();
        plan.token = fmt::format("{}-{}", ::getpid(), ++tokens_);
        plan.program_folder = settings_.program_folder;
        plan.authority = &authority_;
        plan.descriptor_limit = descriptor_limit_;
        if (settings_.repeat)
            plan.repeat = settings_.repeat(scenario);
        ++active_;
        ++starting_;
        auto run = std::make_shared<Run>(context_, std::move(plan), heartbeat_, roots_);
        runs_.insert(run);
        auto timer = std::make_shared<asio::steady_timer>(context_, longest_start);
        run->on_started([timer] { timer->cancel(); });
        timer->async_wait([this, timer](const error_code&) {
            --starting_;
            changed_.notify();
        });
        auto perform = [this, run, &result, tell]() -> asio::awaitable<void> {
            result.record = co_await run->execute();
            result.verdict =
                judge::settle(judge::judge(result.scenario, result.record), result.scenario, profile_.name);
            if (tell && settings_.on_result)
                settings_.on_result(result);
        };
        asio::co_spawn(context_, perform, [this, run](const std::exception_ptr& problem) {
            if (problem)
                failure_ = problem;
            runs_.erase(run);
            --active_;
            changed_.notify();
        });
    }

    const client::Profile& profile_;
    const SuiteSettings& settings_;
    asio::io_context context_;
    tls::Authority authority_{std::time(nullptr)};
    Heartbeat heartbeat_;
    Roots roots_;
    transport::Signal changed_;
    asio::signal_set signals_{context_, SIGINT, SIGTERM};
    std::set<std::shared_ptr<Run>> runs_;
    int interrupted_ = 0;
    std::uint64_t descriptor_limit_;
    std::size_t active_ = 0;
    std::size_t starting_ = 0;
    std::uint64_t tokens_ = 0;
    std::exception_ptr failure_;
};

// Runs again what the machine's lateness has cast doubt on, `at_once` at a time; the second verdict counts.
void repeat_doubtful(Scheduler& scheduler, std::vector<report::RunResult>& runs, std::size_t at_once) {
    std::vector<std::size_t> doubtful;
    std::vector<scenario::Scenario> scenarios;
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (deserves_another_look(runs[i])) {
            doubtful.push_back(i);
            scenarios.push_back(runs[i].scenario);
        }
    if (doubtful.empty())
        return;
    std::vector<report::RunResult> again = scheduler.run(scenarios, at_once, false);
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        again[i].verdict.notes.push_back("repeated, because the machine was too busy the first time");
        runs[doubtful[i]] = std::move(again[i]);
    }
}

} // namespace

Duration limit_for(const client::Profile& profile, const SuiteSettings& settings) {
    if (profile.limit == client::Profile::Limit::fixed)
        return profile.fixed_limit;
    return settings.timeout.value_or(default_limit);
}

report::SuiteResult run_suite(const std::vector<scenario::Scenario>& scenarios, const client::Profile& profile,
                              const SuiteSettings& settings) {
    const auto began = std::chrono::steady_clock::now();
    report::SuiteResult result;
    result.client = profile.name;
    result.seed = settings.seed;
    const std::size_t jobs = settings.jobs != 0 ? settings.jobs : runs_per_core * cores();
    Scheduler scheduler(profile, settings);
    const auto healthy = settings.sanity ? healthy_scenarios(scenarios, profile) : std::vector<scenario::Scenario>{};

    result.baseline_trouble = sanity_trouble(scheduler.run(healthy, jobs, false), "before");
    if (result.baseline_trouble.empty()) {
        result.runs = scheduler.run(scenarios, jobs, true);
        for (const std::size_t at_once : {repeats_at_once, std::size_t{1}})
            if (settings.repeat_doubtful)
                repeat_doubtful(scheduler, result.runs, std::min(at_once, jobs));
        for (report::RunResult& run : result.runs)
            run.doubtful = deserves_another_look(run);
        result.baseline_trouble = sanity_trouble(scheduler.run(healthy, jobs, false), "after");
    }
    result.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
    return result;
}

} // namespace postfault::suite
