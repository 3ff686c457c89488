#include "client_under_test/driver/operation.hpp"

#include "client_under_test/driver/clock.hpp"
#include "client_under_test/driver/resolver.hpp"
#include "client_under_test/driver/socket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <variant>

#include <sys/socket.h>

namespace refclient {

namespace {

using namespace std::chrono_literals;

std::string error_text(int error) { return std::generic_category().message(error); }

// The one place where connections end.
void let_go(Socket& socket, Ending ending, const Policy& policy) {
    if (policy.closing[ending] == Release::keep_open)
        socket.release();
    else if (policy.habits.close == Close::when_all_is_taken)
        socket.close_after_all_is_taken();
    else if (ending == Ending::timed_out && socket.backlog() > 0)
        socket.reset();
    else
        socket.close();
}

} // namespace

Result Connection::open(const Endpoint& server) {
    Route route;
    return open(server, route);
}

// RFC 5321 5.1: each address in turn until one accepts. Each has the full limit: a slow first address must not cost the
// second one its chance.
Result Connection::open(const Endpoint& server, Route& route) {
    if (!route.known_) {
        auto resolved = resolve(server, policy_.limits[Wait::look_up]);
        if (const Result* failure = std::get_if<Result>(&resolved))
            return *failure;
        route.known_ = true;
        route.addresses_ = std::get<std::vector<Address>>(std::move(resolved));
        if (policy_.habits.addresses == Addresses::the_first && route.addresses_.size() > 1)
            route.addresses_.resize(1);
    }
    Result connected{Outcome::temp, fmt::format("cannot connect to {}: no address", to_text(server))};
    while (connected.outcome != Outcome::ok && route.goes_on())
        connected = connect(route.addresses_[route.next_++], server);
    if (connected.outcome == Outcome::ok)
        tunnel_.on_connected(server.host, now());
    return connected;
}

Result Connection::connect(const Address& address, const Endpoint& server) {
    const auto failed = [&](const std::string& trouble, Ending ending) {
        let_go(socket_, ending, policy_);
        return Result{Outcome::temp, fmt::format("cannot connect to {}: {}", to_text(server), trouble)};
    };
    timed_out_ = false;
    int error = start_connect(socket_, address, policy_.socket_buffers);
    if (error == 0) {
        const Limits::Limit limit = policy_.limits[Wait::connect];
        const auto deadline = limit ? std::optional{now() + *limit} : std::nullopt;
        if (!wait_for(socket_, false, true, deadline).writable) {
            timed_out_ = true;
            return failed(fmt::format("timed out after {}", to_text(limit.value_or(Duration{}))), Ending::timed_out);
        }
        error = pending_error(socket_);
    }
    return error == 0 ? Result{Outcome::ok, {}} : failed(error_text(error), Ending::transport_error);
}

void Connection::carry() {
    tunnel_.on_woken(now());
    while (!tunnel_.finished() && !conversation_.resting())
        turn(next_look());
    settle();
}

void Connection::watch(Instant until) {
    while (!tunnel_.finished() && now() < until)
        turn(std::min(until, next_look().value_or(until)));
    settle();
}

// Waits until something can be done, and does it once.
void Connection::turn(std::optional<Instant> until) {
    const bool want_write = !tunnel_.pending_output().empty();
    const Readiness ready = wait_for(socket_, conversation_.listens(), want_write, until);
    // Reading first: a server that refuses a message half-way says so before it closes. One read and one block per
    // turn, so that neither an endless reply nor an endless message can hide a deadline.
    if (ready.readable)
        read_once();
    if (ready.writable && !tunnel_.finished())
        write_once();
    if (backlog_ > 0) {
        backlog_ = socket_.backlog();
        tunnel_.on_backlog(backlog_, now());
    }
    tunnel_.on_time(now());
}

// While the system still holds octets of ours, progress shows only when we look.
std::optional<Instant> Connection::next_look() const {
    const std::optional<Instant> deadline = tunnel_.deadline();
    if (!deadline || backlog_ == 0)
        return deadline;
    const Instant current = now();
    return std::min(*deadline, current + std::clamp<Duration>((*deadline - current) / 16, 5ms, 1s));
}

// Returns whether there may be more to read.
bool Connection::read_once() {
    const ssize_t count = ::recv(socket_.descriptor(), buffer_.data(), buffer_.size(), 0);
    const int error = errno;
    if (count > 0)
        tunnel_.on_bytes({buffer_.data(), static_cast<std::size_t>(count)}, now());
    else if (count == 0)
        tunnel_.on_end_of_stream(now());
    else if (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)
        tunnel_.on_transport_error(error_text(error), now());
    return count > 0;
}

void Connection::write_once() {
    const std::string_view output = tunnel_.pending_output();
    if (output.empty())
        return;
    // MSG_NOSIGNAL: a peer that went away must not end the process by SIGPIPE.
    const int flags = policy_.habits.dead_peer == DeadPeer::is_an_error ? MSG_NOSIGNAL : 0;
    const ssize_t count = ::send(socket_.descriptor(), output.data(), output.size(), flags);
    const int error = errno;
    if (count >= 0) {
        backlog_ += static_cast<std::size_t>(count);
        tunnel_.on_written(static_cast<std::size_t>(count), now());
        return;
    }
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
        return;
    // The connection is dead, but what the peer said before it died may still be there, such as "552 too big".
    while (!tunnel_.finished() && read_once()) {
    }
    tunnel_.on_transport_error(error_text(error), now());
}

void Connection::settle() {
    if (!tunnel_.finished() || !socket_.is_open())
        return;
    const Ending ending = *conversation_.ending();
    if (policy_.closing[ending] == Release::close && (ending != Ending::timed_out || socket_.backlog() == 0))
        say_last_word();
    let_go(socket_, ending, policy_);
}

// TLS's own goodbye, or why it failed. A peer that has stopped reading does not get it: nobody waits for that.
void Connection::say_last_word() {
    if (const std::string_view output = tunnel_.pending_output(); !output.empty())
        static_cast<void>(::send(socket_.descriptor(), output.data(), output.size(), MSG_NOSIGNAL));
}

Result run(Conversation& conversation, const Endpoint& server, const Policy& policy) {
    Connection connection{conversation, policy};
    Result connected = connection.open(server);
    if (connected.outcome != Outcome::ok)
        return connected;
    connection.carry();
    return conversation.result();
}

} // namespace refclient
