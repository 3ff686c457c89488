#pragma once

#include "fakeserver/transport/asio.hpp"
#include "fakeserver/transport/run_time.hpp"
#include "fakeserver/transport/signal.hpp"
#include "harness/judge/run_record.hpp"

#include <chrono>
#include <deque>
#include <vector>

namespace postfault::suite {

// Asks every 10 ms how late its own timer was served. What delays this timer delays every other measure of the harness
// too, so it is the honest error bar of all times.
class Heartbeat {
public:
    explicit Heartbeat(asio::io_context& context);

    void start();
    void stop();

    // How late the last beat was served, or will be if it is overdue now.
    Duration lateness() const;

    // All lateness since the start, that of a beat which is overdue now included: for so long nothing got on.
    Duration time_lost() const;

    // Completes with the next beat.
    asio::awaitable<void> next_beat();

    // Beats served more than 1 ms late while `time` ran, on its clock.
    std::vector<judge::Lateness> since_start_of(const transport::RunTime& time) const;

private:
    using Clock = std::chrono::steady_clock;

    struct Late {
        Clock::time_point at;
        Duration by;
    };

    void schedule();

    asio::steady_timer timer_;
    Clock::time_point due_;
    std::deque<Late> late_;
    Duration last_{0};
    Duration lost_{0};
    transport::Signal beat_;
    bool running_ = false;
};

} // namespace postfault::suite
