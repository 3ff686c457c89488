#pragma once

#include "fakeserver/transport/asio.hpp"

#include <chrono>
#include <optional>

namespace postfault::transport {

// One waiter sleeps until somebody notifies or a time comes. A notification without a waiter is kept for the next wait,
// so that none is lost; everything happens on one thread.
class Signal {
public:
    explicit Signal(asio::io_context& context) : timer_(context) {}

    void notify() {
        notified_ = true;
        timer_.cancel();
    }

    // Without a time: until notified.
    asio::awaitable<void> wait(std::optional<std::chrono::steady_clock::time_point> until = std::nullopt) {
        if (!notified_) {
            timer_.expires_at(until.value_or(std::chrono::steady_clock::time_point::max()));
            error_code ignored; // operation_aborted is the notification
            co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        notified_ = false;
    }

private:
    asio::steady_timer timer_;
    bool notified_ = false;
};

} // namespace postfault::transport
