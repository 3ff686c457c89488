#include "harness/suite/heartbeat.hpp"

#include <algorithm>

namespace postfault::suite {

namespace {

using namespace std::chrono_literals;

constexpr auto interval = 10ms;
constexpr Duration worth_noting = 1ms;
constexpr std::size_t most_kept = 20'000; // a quarter of an hour on a machine where every second beat is late

} // namespace

Heartbeat::Heartbeat(asio::io_context& context) : timer_(context), beat_(context) {}

void Heartbeat::start() {
    running_ = true;
    due_ = Clock::now();
    schedule();
}

void Heartbeat::stop() {
    running_ = false;
    timer_.cancel();
}

Duration Heartbeat::lateness() const {
    return std::max(last_, std::chrono::duration_cast<Duration>(Clock::now() - due_));
}

Duration Heartbeat::time_lost() const {
    const auto overdue = std::chrono::duration_cast<Duration>(Clock::now() - due_);
    return lost_ + (running_ && overdue > worth_noting ? overdue : Duration{0});
}

asio::awaitable<void> Heartbeat::next_beat() { co_await beat_.wait(); }

std::vector<judge::Lateness> Heartbeat::since_start_of(const transport::RunTime& time) const {
    std::vector<judge::Lateness> found;
    for (const Late& late : late_)
        if (const Instant at = time.to_instant(late.at); at >= Instant{})
            found.push_back({at, late.by});
    return found;
}

void Heartbeat::schedule() {
    due_ += interval;
    timer_.expires_at(due_);
    timer_.async_wait([this](const error_code& error) {
        if (error || !running_)
            return;
        const auto now = Clock::now();
        const auto by = std::chrono::duration_cast<Duration>(now - due_);
        last_ = by;
        beat_.notify();
        if (by > worth_noting) {
            lost_ += by;
            late_.push_back({now, by});
            if (late_.size() > most_kept)
                late_.pop_front();
            due_ = now; // what was missed is not made up for
        }
        schedule();
    });
}

} // namespace postfault::suite
