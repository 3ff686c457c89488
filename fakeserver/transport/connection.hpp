#pragma once

#include "fakeserver/fault/conversation.hpp"
#include "fakeserver/journal/journal.hpp"
#include "fakeserver/protocol/etiquette.hpp"
#include "fakeserver/protocol/secret_mask.hpp"
#include "fakeserver/protocol/session.hpp"
#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/transport/asio.hpp"
#include "fakeserver/transport/run_time.hpp"
#include "fakeserver/transport/signal.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::transport {

// What all connections of one server share; outlives them.
struct Surroundings {
    asio::io_context& context;
    const scenario::Scenario& scenario;
    const RunTime& time;
    journal::Journal& journal;
    std::function<void()> before_command;      // called before the session takes what has come
    std::function<void()> on_connection_ended; // called when a client has closed or reset, or we have
    std::size_t unread = 0;                    // octets that have come on all connections and wait for their sessions
    std::size_t closed = 0;                    // connections that their server could forget
};

// One accepted connection. Two loops: one reads for as long as the client has not closed, also after the scenario has
// ended, so that the client's FIN or RST is seen and timed; the other executes wire operations and sleeps when there
// are none.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Surroundings& surroundings, asio::ip::tcp::socket socket, std::unique_ptr<protocol::Session> session,
               fault::Occasion occasion);

    void start();

    // Ends a `deaf` early, and the bound of a small buffer: the client has given up, and its FIN stands behind data
    // that nobody has read.
    void resume_reading();

    // Closes without a word; both loops end soon after.
    void stop();

    // The client has closed its side, or reset, or we have.
    bool ended() const { return client_ended_ || closed_; }

    // We have done with it too.
    bool closed() const { return closed_; }

private:
    asio::awaitable<void> read_loop();
    asio::awaitable<void> act_loop();
    asio::awaitable<void> execute(wire::Op op);
    asio::awaitable<bool> send(const wire::Send& data); // whether the kernel has taken all of it
    asio::awaitable<bool> write(std::string_view bytes, const std::string* plain);
    asio::awaitable<void> flood(const wire::Flood& flood);
    asio::awaitable<void> pause(wire::Pause pause);
    asio::awaitable<void> rest();

    bool read_once();
    void on_read(std::string_view bytes);
    void on_heard(std::string_view plain);
    void note_received(std::string_view plain);
    void on_read_ended(const error_code& error);
    void note_tls();
    void on_step(const protocol::Step& step);
    void note_violations();
    void count_unread();
    void stop_reading(const wire::StopReading& op);
    void fin();
    void half_close(bool with_fin);
    void shut_down();
    void reset();
    void close();
    bool may_read();

    bool may_send() const { return !closed_ && !fin_sent_ && !broken_ && !silent_; }

    std::optional<std::chrono::steady_clock::time_point> next_read() const;
    void note(journal::Event::Kind kind, std::string subject = {}, std::string text = {}, std::uint64_t count = 0);

    Surroundings& surroundings_;
    asio::ip::tcp::socket socket_;
    std::unique_ptr<protocol::Session> session_;
    const int number_;
    fault::Conversation conversation_;
    protocol::SecretMask mask_;
    protocol::Etiquette etiquette_; // sees the plain text of both directions

    Signal acting_;  // the acting loop waits here for something to do
    Signal reading_; // the reading loop waits here while it must not read
    Signal pausing_; // a pause has a timer of its own: arriving bytes never shorten it
    bool busy_ = false;
    bool client_ended_ = false;
    bool fin_sent_ = false;
    bool keep_ = false;
    bool silent_ = false; // TLS has ended our side, TCP has not
    bool closed_ = false;
    bool broken_ = false;          // a write has failed: nothing can be sent any more
    bool reset_by_client_ = false; // as that write has told

    bool deaf_ = false;
    std::optional<Instant> deaf_until_;
    std::optional<wire::PaceReading> read_pace_;
    Instant next_read_{};

    std::optional<std::uint32_t> buffer_; // what comes beyond that is left to the system

    std::optional<Instant> at_rest_; // since when there is nothing to do, and the client says nothing
    Instant tls_began_{};

    std::optional<Instant> schedule_; // when the last pause was due to end
    Duration lateness_{0};            // of the timer that led to what comes next
    std::size_t unread_ = 0;          // our part of the surroundings'
};

} // namespace postfault::transport
