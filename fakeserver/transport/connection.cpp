#include "fakeserver/transport/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace postfault::transport {

namespace {

using Kind = journal::Event::Kind;

// One buffer for all connections: it is filled and emptied without a wait in between.
constexpr std::size_t read_octets = 64 * 1024;

std::array<char, read_octets>& read_buffer() {
    static std::array<char, read_octets> buffer;
    return buffer;
}

constexpr int reads_in_a_row = 8;

// So that a client that never reads shows up as progress that stops, not as one write that never ends.
constexpr std::size_t write_octets = 64 * 1024;

// When so much waits on all connections together, each may keep only little more.
constexpr std::size_t crowded = std::size_t{256} << 20;
constexpr std::size_t most_unread_in_a_crowd = std::size_t{64} << 10;

// Operations that never wait, such as the commands of a client that has left, must not keep the other connections
// waiting.
constexpr int operations_in_a_row = 256;

protocol::Etiquette::Language language_of(const scenario::Scenario& scenario) {
    return scenario.protocol == scenario::Protocol::nntp ? protocol::Etiquette::Language::nntp
                                                         : protocol::Etiquette::Language::smtp;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find("\r\n")); }

} // namespace

Connection::Connection(Surroundings& surroundings, asio::ip::tcp::socket socket,
                       std::unique_ptr<protocol::Session> session, fault::Occasion occasion)
    : surroundings_(surroundings), socket_(std::move(socket)), session_(std::move(session)),
      number_(static_cast<int>(occasion.connection)),
      conversation_(surroundings.scenario, *session_, std::move(occasion)),
      etiquette_(language_of(surroundings.scenario)), acting_(surroundings.context), reading_(surroundings.context),
      pausing_(surroundings.context), buffer_(surroundings.scenario.server.buffer) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

void Connection::start() {
    const auto self = shared_from_this();
    auto act = [self]() -> asio::awaitable<void> { return self->act_loop(); };
    auto read = [self]() -> asio::awaitable<void> { return self->read_loop(); };
    asio::co_spawn(surroundings_.context, act, asio::detached);
    asio::co_spawn(surroundings_.context, read, asio::detached);
}

void Connection::resume_reading() {
    if (closed_ || (!deaf_ && !buffer_))
        return;
    buffer_.reset();
    if (std::exchange(deaf_, false))
        note(Kind::reading_resumed);
    reading_.notify();
}

void Connection::stop() {
    if (!closed_)
        close();
}

asio::awaitable<void> Connection::read_loop() {
    const auto self = shared_from_this();
    while (!closed_ && !client_ended_) {
        if (!may_read()) {
            co_await reading_.wait(next_read());
            continue;
        }
        error_code error;
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
        if (closed_)
            co_return;
        if (!may_read())
            continue;
        // A client's FIN stands behind all its data; the more we take in one turn, the less a busy loop delays it.
        for (int turn = 0; turn < reads_in_a_row && may_read() && !closed_ && !client_ended_; ++turn)
            if (!read_once())
                break;
    }
}

bool Connection::read_once() {
    auto& buffer = read_buffer();
    std::size_t most = std::min<std::size_t>(buffer.size(), buffer_.value_or(read_octets));
    if (read_pace_) {
        most = std::min<std::uint64_t>(most, read_pace_->octets);
        next_read_ = surroundings_.time.now() + read_pace_->every;
    }
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(buffer.data(), most), error);
    if (error == asio::error::would_block || error == asio::error::try_again)
        return false;
    if (error)
        on_read_ended(error);
    else
        on_read({buffer.data(), count});
    return !error;
}

void Connection::on_read(std::string_view bytes) {
    at_rest_.reset();
    if (conversation_.uses_tls()) {
        conversation_.on_bytes(bytes);
        const std::string heard = conversation_.take_heard();
        if (!heard.empty())
            on_heard(heard);
        else if (std::isalpha(static_cast<unsigned char>(bytes.front())) != 0)
            note_received(bytes); // no TLS record begins with a letter: the client speaks in the clear
        else
            note(Kind::received, {}, {}, bytes.size()); // something came, though it says nothing yet
        note_tls();
    } else {
        on_heard(bytes);
        conversation_.on_bytes(bytes);
    }
    count_unread();
    if (busy_ && conversation_.ends_with_quit())
        note(Kind::unread_quit);
    acting_.notify();
}

void Connection::on_heard(std::string_view plain) {
    note_received(plain);
    etiquette_.on_bytes(plain);
    note_violations();
}

void Connection::note_received(std::string_view plain) {
    note(Kind::received, {}, mask_.masked(plain).substr(0, journal::Journal::excerpt), plain.size());
}

void Connection::on_read_ended(const error_code& error) {
    client_ended_ = true;
    if (const std::uint64_t dropped = session_->dropped(); dropped > 0)
        note(Kind::note, {}, fmt::format("a line without an end: {} octets of it dropped", dropped));
    if (error == asio::error::eof && !reset_by_client_)
        note(Kind::client_fin);
    else if (reset_by_client_ || error == asio::error::connection_reset || error == asio::error::broken_pipe)
        note(Kind::client_reset);
    else
        note(Kind::note, {}, "reading from the client failed: " + error.message());
    if (surroundings_.on_connection_ended)
        surroundings_.on_connection_ended();
    acting_.notify();
    // Nobody is left to wait for the end of an endless stall.
    if (conversation_.held_for_good())
        pausing_.notify();
}

asio::awaitable<void> Connection::act_loop() {
    const auto self = shared_from_this();
    conversation_.on_connected();
    for (int operations = 1; !closed_; ++operations) {
        if (operations % operations_in_a_row == 0)
            co_await asio::post(surroundings_.context, asio::use_awaitable);
        if (closed_)
            co_return;
        if (surroundings_.before_command)
            surroundings_.before_command();
        std::optional<wire::Op> op = conversation_.next_op();
        note_tls();
        count_unread();
        if (!op) {
            if (client_ended_ && !keep_)
                break;
            co_await rest();
            continue;
        }
        busy_ = true;
        co_await execute(std::move(*op));
        busy_ = false;
        reading_.notify(); // the session may have made room
    }
    if (!closed_)
        close();
}

// Nothing to do until the client says something, or has said nothing for too long.
asio::awaitable<void> Connection::rest() {
    if (!at_rest_)
        at_rest_ = surroundings_.time.now();
    const std::optional<Duration> limit = conversation_.idle_limit();
    if (!limit) {
        co_await acting_.wait();
        co_return;
    }
    const Instant due = *at_rest_ + *limit;
    co_await acting_.wait(surroundings_.time.to_steady(due));
    const Instant now = surroundings_.time.now();
    if (closed_ || client_ended_ || !at_rest_ || now < due)
        co_return; // the client has said something, or has left
    lateness_ = now - due;
    conversation_.on_silence(*limit);
}

asio::awaitable<void> Connection::execute(wire::Op op) {
    if (const auto* data = std::get_if<wire::Send>(&op)) {
        const bool all_sent = co_await send(*data);
        if (all_sent && !data->ends.empty())
            note(Kind::reply_sent, data->ends);
    } else if (const auto* endless = std::get_if<wire::Flood>(&op)) {
        co_await flood(*endless);
    } else if (const auto* rest = std::get_if<wire::Pause>(&op)) {
        co_await pause(*rest);
    } else if (const auto* deaf = std::get_if<wire::StopReading>(&op)) {
        stop_reading(*deaf);
    } else if (const auto* pace = std::get_if<wire::PaceReading>(&op)) {
        read_pace_ = *pace;
        next_read_ = surroundings_.time.now() + pace->every;
    } else if (std::holds_alternative<wire::Fin>(op)) {
        fin();
    } else if (const auto* half = std::get_if<wire::HalfClose>(&op)) {
        half_close(half->fin);
    } else if (std::holds_alternative<wire::Reset>(op)) {
        reset();
    } else if (const auto* fired = std::get_if<wire::Fired>(&op)) {
        note(Kind::fault_fired, {}, scenario::describe(conversation_.scenario().faults.at(fired->fault)), fired->fault);
    } else if (const auto* took = std::get_if<wire::Took>(&op)) {
        on_step(took->step);
    }
}

asio::awaitable<bool> Connection::send(const wire::Send& data) {
    return write(data.bytes, data.plain ? &*data.plain : nullptr);
}

// The journal shows the plain text, as far as it has gone out; of records without any only how many octets they have.
asio::awaitable<bool> Connection::write(std::string_view bytes, const std::string* plain) {
    const std::size_t size = bytes.size();
    std::size_t shown = 0;
    // Beforehand: the client's answer may be read before we hear that the write has ended.
    if (may_send())
        etiquette_.on_sent(plain == nullptr ? bytes : std::string_view(*plain));
    while (!bytes.empty() && may_send()) {
        error_code error;
        const auto piece = asio::buffer(bytes.data(), std::min(bytes.size(), write_octets));
        const std::size_t count =
            co_await socket_.async_write_some(piece, asio::redirect_error(asio::use_awaitable, error));
        if (closed_)
            co_return false;
        if (error) {
            // The reading loop tells how the client ended, but a reset is reported once, and here it was. Asio would
            // wait for ever with another write after a failed one.
            broken_ = true;
            reset_by_client_ = reset_by_client_ || error == asio::error::connection_reset;
            co_return false;
        }
        const std::size_t left = bytes.size() - count;
        if (plain == nullptr) {
            note(Kind::sent, {}, std::string(bytes.substr(0, std::min(count, journal::Journal::excerpt))), count);
        } else if (plain->empty()) {
            note(Kind::sent, {}, {}, count);
        } else {
            const std::size_t end = left == 0 ? plain->size() : plain->size() * (size - left) / size;
            note(Kind::sent, {}, plain->substr(shown, std::min(end - shown, journal::Journal::excerpt)), end - shown);
            shown = end;
        }
        bytes.remove_prefix(count);
    }
    co_return may_send();
}

asio::awaitable<void> Connection::flood(const wire::Flood& flood) {
    if (flood.pattern.empty())
        co_return;
    std::string block;
    while (block.size() < write_octets)
        block += flood.pattern;
    for (std::uint64_t sent = 0; sent < flood.octets && may_send() && !client_ended_;) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), flood.octets - sent));
        co_await write(std::string_view(block).substr(0, count), nullptr);
        sent += count;
    }
}

asio::awaitable<void> Connection::pause(wire::Pause pause) {
    if (!pause.lasts) {
        while (!client_ended_ && !closed_)
            co_await pausing_.wait();
        co_return;
    }
    const Instant now = surroundings_.time.now();
    const Instant due = (pause.paced && schedule_ ? *schedule_ : now) + *pause.lasts;
    schedule_ = due;
    while (!closed_ && surroundings_.time.now() < due)
        co_await pausing_.wait(surroundings_.time.to_steady(due));
    if (!closed_)
        lateness_ = std::max(Duration{0}, surroundings_.time.now() - due);
}

void Connection::on_step(const protocol::Step& step) {
    using StepKind = protocol::Step::Kind;
    switch (step.kind) {
    case StepKind::received:
        if (!step.problem.empty())
            note(Kind::violation, step.problem, step.text);
        if (step.stored)
            note(Kind::stored, step.stored->message_id, {}, step.stored->content.size());
        else if (step.subject != "greeting" && step.subject != "dot")
            note(Kind::command, step.subject, step.text);
        else if (step.subject == "dot")
            note(Kind::upload, "dot", {}, step.offset);
        if (step.dropped > 0)
            note(Kind::note, {},
                 fmt::format("{}: {} octets of it dropped",
                             step.subject == "dot" ? "an upload that is too large" : "a line that is too long",
                             step.dropped));
        break;
    case StepKind::reply:
        note(Kind::reply, step.subject, first_line(step.text));
        break;
    case StepKind::body:
        note(Kind::upload, {}, {}, step.offset);
        break;
    case StepKind::chosen:
        note(Kind::note, {}, "the client has chosen " + step.text);
        break;
    case StepKind::upgrade:
    case StepKind::close:
        break;
    }
}

void Connection::note_violations() {
    for (protocol::Violation& violation : etiquette_.take()) {
        if (violation.only_noted)
            note(Kind::note, {}, fmt::format("{}, at octet {}", violation.rule, violation.offset));
        else
            note(Kind::violation, std::move(violation.rule), protocol::SecretMask().masked(violation.octets),
                 violation.offset);
    }
}

// A wait of the reading loop for room ends with our own next operation, so nobody else has to be told.
void Connection::count_unread() {
    const std::size_t now = closed_ ? 0 : session_->unread().size();
    surroundings_.unread += now;
    surroundings_.unread -= std::exchange(unread_, now);
}

void Connection::stop_reading(const wire::StopReading& op) {
    deaf_ = true;
    deaf_until_.reset();
    if (op.lasts)
        deaf_until_ = surroundings_.time.now() + *op.lasts;
    note(Kind::reading_stopped);
}

bool Connection::may_read() {
    if (deaf_ && deaf_until_ && surroundings_.time.now() >= *deaf_until_) {
        deaf_ = false;
        note(Kind::reading_resumed);
    }
    if (read_pace_ && surroundings_.time.now() < next_read_)
        return false;
    if (deaf_)
        return false;
    if (buffer_)
        return conversation_.wants_bytes(*buffer_);
    return surroundings_.unread < crowded ? conversation_.wants_bytes()
                                          : conversation_.wants_bytes(most_unread_in_a_crowd);
}

std::optional<std::chrono::steady_clock::time_point> Connection::next_read() const {
    if (deaf_)
        return deaf_until_ ? std::optional(surroundings_.time.to_steady(*deaf_until_)) : std::nullopt;
    if (read_pace_ && surroundings_.time.now() < next_read_)
        return surroundings_.time.to_steady(next_read_);
    return std::nullopt;
}

void Connection::note_tls() {
    const std::string heard = conversation_.take_heard();
    for (const fault::TlsNews& news : conversation_.take_tls_news()) {
        const Instant now = surroundings_.time.now();
        if (news.subject == "begins")
            tls_began_ = now;
        if (news.subject == "established")
            etiquette_.on_encrypted();
        const bool is_over = news.subject == "established" || news.subject == "failed";
        note(Kind::tls, news.subject, news.text, is_over ? static_cast<std::uint64_t>((now - tls_began_).count()) : 0);
    }
    // Said right behind the handshake, in what has been noted as octets already.
    if (!heard.empty())
        on_heard(heard);
}

void Connection::fin() {
    keep_ = false;
    shut_down();
}

void Connection::half_close(bool with_fin) {
    keep_ = true;
    if (with_fin) {
        shut_down();
        return;
    }
    silent_ = true;
    read_pace_.reset();
    resume_reading();
}

void Connection::shut_down() {
    if (fin_sent_)
        return;
    fin_sent_ = true;
    error_code error;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    if (!error)
        note(Kind::server_fin);
    // A close with unread input would be a reset, so whatever still comes is read and dropped.
    read_pace_.reset();
    resume_reading();
}

void Connection::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    note(Kind::server_reset);
    close();
}

void Connection::close() {
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    note(Kind::server_closed);
    count_unread();
    ++surroundings_.closed;
    if (!client_ended_ && surroundings_.on_connection_ended)
        surroundings_.on_connection_ended();
    acting_.notify();
    reading_.notify();
    pausing_.notify();
}

void Connection::note(Kind kind, std::string subject, std::string text, std::uint64_t count) {
    journal::Event event;
    event.at = surroundings_.time.now();
    event.kind = kind;
    event.connection = number_;
    event.subject = std::move(subject);
    event.text = std::move(text);
    event.count = count;
    event.lateness = std::exchange(lateness_, Duration{0});
    surroundings_.journal.add(std::move(event));
}

} // namespace postfault::transport
