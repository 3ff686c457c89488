#include "harness/suite/client_process.hpp"

#include "fakeserver/base/text.hpp"
#include "harness/observe/proc.hpp"
#include "harness/observe/snapshot.hpp"
#include "harness/process/reap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace postfault::suite {

namespace {

using namespace std::chrono_literals;

constexpr Duration sample_every = 500ms;
constexpr std::size_t most_lines = 250;    // of output kept, the first ones, and as many of the last ones
constexpr std::size_t longest_line = 2000; // octets
constexpr std::size_t most_samples = 400;
constexpr std::size_t endurance = 10; // operations

// A machine that is late all the time must not keep a client that hangs for ever.
constexpr int most_patiences = 3;
constexpr Duration worth_waiting = 10ms;

// A client, or what it has left behind, may print faster than we read. As much as a pipe can hold when it has ended.
constexpr int reads_in_a_row = 64;

bool is_at_work(const observe::Snapshot& before, const observe::Snapshot& now) {
    return now.cpu - before.cpu > (now.at - before.at) / 10;
}

asio::awaitable<void> readable(asio::posix::stream_descriptor& descriptor, error_code& error) {
    co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
}

} // namespace

ClientProcess::ClientProcess(asio::io_context& context, const transport::RunTime& time, Roots& roots,
                             ClientProcessSettings settings)
    : context_(context), time_(time), roots_(roots), settings_(std::move(settings)), out_(context), err_(context),
      exit_(context), connects_(context), changed_(context) {
    if (!settings_.returned.empty())
        returned_.emplace(settings_.returned);
    err_.on_stderr = true;
}

std::string ClientProcess::start() {
    observation_.command = settings_.spawn.argv;
    observation_.started = time_.now();
    auto made = process::spawn(settings_.spawn);
    if (!made)
        return made.problem();
    child_ = made.take();
    roots_.add(child_.pid);
    be_patient_from(observation_.started);
    next_sample_ = observation_.started + sample_every;
    out_.descriptor.assign(child_.out.release());
    err_.descriptor.assign(child_.err.release());
    exit_.assign(child_.pidfd.release());
    const auto self = shared_from_this();
    auto out = [self]() -> asio::awaitable<void> { return self->read_loop(self->out_); };
    auto err = [self]() -> asio::awaitable<void> { return self->read_loop(self->err_); };
    auto exit = [self]() -> asio::awaitable<void> { return self->exit_loop(); };
    asio::co_spawn(context_, out, asio::detached);
    asio::co_spawn(context_, err, asio::detached);
    asio::co_spawn(context_, exit, asio::detached);
    if (child_.connect_watch) {
        observation_.connects_watched = true;
        // The watch keeps the descriptor itself; Asio waits on a copy.
        connects_.assign(::dup(child_.connect_watch.get()));
        watch_.emplace(std::move(child_.connect_watch));
        auto connects = [self]() -> asio::awaitable<void> { return self->connect_loop(); };
        asio::co_spawn(context_, connects, asio::detached);
    }
    return {};
}

asio::awaitable<void> ClientProcess::wait() {
    const auto self = shared_from_this();
    while (!exited_) {
        co_await changed_.wait(time_.to_steady(next_deadline()));
        if (exited_)
            break;
        const Instant now = time_.now();
        // One look serves all returns that are due for one.
        if (!looks_due_.empty() && now >= looks_due_.front()) {
            looks_due_.erase(looks_due_.begin(), std::upper_bound(looks_due_.begin(), looks_due_.end(), now));
            sample("after return", true, false);
        }
        if (now >= next_sample_) {
            next_sample_ = now + sample_every;
            if (observation_.snapshots.size() < most_samples)
                sample("sample", false, false);
        }
        if (!cut_off_ && is_patience_over(now)) {
            cut_off_ = true;
            sample("patience is over", true, true);
            process::kill_processes_of_run(settings_.marker, child_.pid);
        }
    }
}

Instant ClientProcess::next_deadline() const {
    Instant next = next_sample_;
    if (!looks_due_.empty())
        next = std::min(next, looks_due_.front());
    if (!cut_off_)
        next = std::min(next, patience_over_);
    return next;
}

void ClientProcess::read_output_now() {
    if (!exited_) {
        read_now(out_);
        read_now(err_);
    }
}

void ClientProcess::renew_patience() {
    if (!cut_off_)
        be_patient_from(time_.now());
}

void ClientProcess::be_patient_from(Instant start) {
    patience_over_ = start + settings_.patience;
    patience_ends_at_last_ = start + settings_.patience * most_patiences;
    lost_before_ = settings_.time_lost();
}

bool ClientProcess::is_patience_over(Instant now) {
    if (now < patience_over_)
        return false;
    // While the machine was late, a client that moved could not get on, and one that did not must not be called hung.
    const Duration lost = settings_.time_lost() - lost_before_;
    if (lost < worth_waiting || patience_over_ >= patience_ends_at_last_)
        return true;
    patience_over_ = std::min(patience_over_ + lost, patience_ends_at_last_);
    lost_before_ += lost;
    return now >= patience_over_;
}

void ClientProcess::look(const char* reason, std::uint64_t flooded) {
    if (!exited_ && observation_.snapshots.size() < most_samples)
        sample(reason, false, false, flooded);
}

void ClientProcess::interrupt() {
    patience_over_ = patience_ends_at_last_ = time_.now();
    changed_.notify();
}

asio::awaitable<void> ClientProcess::read_loop(Stream& stream) {
    const auto self = shared_from_this();
    while (stream.open && !closed_) {
        error_code error;
        co_await readable(stream.descriptor, error);
        if (error || closed_)
            co_return;
        read_now(stream);
    }
}

void ClientProcess::read_now(Stream& stream) {
    std::array<char, 16 * 1024> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (int turn = 0; turn < reads_in_a_row && stream.open && stream.descriptor.is_open(); ++turn) {
        const ssize_t count = ::read(stream.descriptor.native_handle(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return; // nothing more at the moment
        if (count == 0) {
            stream.open = false;
            return;
        }
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        if (!stream.on_stderr && stdout_bytes_.size() < settings_.keep_stdout)
            stdout_bytes_.append(bytes.substr(0, settings_.keep_stdout - stdout_bytes_.size()));
        for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
            stream.line.append(bytes.substr(0, end));
            on_line(stream, std::exchange(stream.line, {}));
            bytes.remove_prefix(end + 1);
        }
        if (stream.line.size() < longest_line)
            stream.line.append(bytes.substr(0, longest_line - stream.line.size()));
    }
}

void ClientProcess::on_line(Stream& stream, std::string text) {
    if (!text.empty() && text.back() == '\r')
        text.pop_back();
    text.resize(std::min(text.size(), longest_line));
    const Instant now = time_.now();
    std::smatch match;
    if (returned_ && !stream.on_stderr && observation_.returned.size() < settings_.operations &&
        std::regex_search(text, match, *returned_)) {
        observation_.returned.push_back({now, match[1], std::string(trimmed(match.suffix().str()))});
        looks_due_.push_back(now + settings_.grace);
        // Many operations are a test of endurance: what each of them leaves behind must be seen before the next one.
        if (settings_.operations >= endurance)
            look("returned");
        be_patient_from(now);
        settings_.on_returned();
        changed_.notify();
    }
    observe::OutputLine line{now, stream.on_stderr, std::move(text)};
    if (observation_.output.size() < most_lines) {
        observation_.output.push_back(std::move(line));
        return;
    }
    if (last_output_.size() >= most_lines)
        last_output_.pop_front();
    last_output_.push_back(std::move(line));
}

asio::awaitable<void> ClientProcess::connect_loop() {
    const auto self = shared_from_this();
    while (!closed_ && !watch_->ended()) {
        error_code error;
        co_await readable(connects_, error);
        if (error || closed_)
            co_return;
        handle_connects();
    }
}

void ClientProcess::handle_connects() {
    while (const auto attempt = watch_->next()) {
        if (attempt->port == settings_.port && attempt->stream && !attempt->again) {
            // What it said before it connects belongs to what it did before.
            read_output_now();
            settings_.on_connect_attempt(attempt->address);
        }
        watch_->allow(*attempt);
    }
}

asio::awaitable<void> ClientProcess::exit_loop() {
    const auto self = shared_from_this();
    error_code error;
    co_await readable(exit_, error);
    if (!error && !closed_)
        on_exit();
}

void ClientProcess::on_exit() {
    const auto exit = process::try_reap(child_.pid);
    if (!exit)
        return;
    read_output_now();
    for (Stream* stream : {&out_, &err_})
        if (!stream->line.empty())
            on_line(*stream, std::exchange(stream->line, {}));
    observe::ProcessEnd end;
    end.at = time_.now();
    end.exit = exit->exit;
    end.signal = exit->signal;
    end.killed_by_harness = cut_off_;
    observation_.ended = end;
    observation_.max_rss = exit->max_rss;
    observation_.cpu = exit->cpu;
    exited_ = true;
    roots_.remove(child_.pid);
    end_what_is_left();
    close();
    changed_.notify();
}

void ClientProcess::end_what_is_left() {
    // We are the subreaper: a process that outlived its parent is our child now. Most clients leave none, and then
    // there is no need to look through all of /proc.
    if (process::adopted_children(roots_.pids()).empty())
        return;
    for (const auto& left : process::kill_processes_of_run(settings_.marker, child_.pid))
        if (!cut_off_)
            observation_.left_behind.push_back(fmt::format("process {}: {}", left.pid, left.command));
    process::reap_adopted(roots_.pids());
}

void ClientProcess::close() {
    closed_ = true;
    error_code ignored;
    out_.descriptor.close(ignored);
    err_.descriptor.close(ignored);
    exit_.close(ignored);
    connects_.close(ignored);
}

void ClientProcess::sample(const char* reason, bool sockets, bool threads, std::uint64_t flooded) {
    std::vector<pid_t> pids;
    for (const process::RunProcess& found : process::processes_of_run(child_.pid, settings_.marker))
        pids.push_back(found.pid);
    const observe::SocketTable table = sockets ? observe::read_socket_table() : observe::SocketTable{};
    observe::Snapshot seen = observe::take_snapshot(pids, {settings_.port}, table, time_.now(), reason, threads);
    seen.flooded = flooded;
    // Whoever works may do so on octets that are with the kernel already. To look at that costs too much to do it
    // always.
    if (!sockets && !observation_.snapshots.empty() && is_at_work(observation_.snapshots.back(), seen))
        seen.sockets = observe::sockets_towards({settings_.port}, observe::read_socket_table(), pids);
    observation_.snapshots.push_back(std::move(seen));
}

observe::Observation ClientProcess::take_observation(const ResultOf& result_of) {
    std::move(last_output_.begin(), last_output_.end(), std::back_inserter(observation_.output));
    last_output_.clear();
    // A client that reports by its end alone, or that ended before it had reported everything, returned when it ended.
    if (observation_.ended && !observation_.ended->killed_by_harness && observation_.ended->exit &&
        observation_.returned.size() < settings_.operations) {
        const std::string last = observation_.output.empty() ? "" : observation_.output.back().text;
        const std::string result = result_of(*observation_.ended);
        while (observation_.returned.size() < settings_.operations)
            observation_.returned.push_back({observation_.ended->at, result, last});
    }
    return std::move(observation_);
}

} // namespace postfault::suite
