#pragma once

#include "client_under_test/conversation/habits.hpp"
#include "client_under_test/conversation/news_habits.hpp"
#include "client_under_test/conversation/security.hpp"
#include "client_under_test/conversation/time.hpp"
#include "client_under_test/sasl/exchange.hpp"
#include "client_under_test/tls/settings.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace refclient {

// Everything that a client may have to wait for. Each wait has a limit of its own, and no limit spans two waits: a
// session that makes progress may last as long as it likes (RFC 5321 4.5.3.2).
enum class Wait {
    look_up,     // addresses of the server's name
    connect,     // one address to accept the connection
    greeting,    // the server's first reply
    hello,       // EHLO, HELO
    starttls,    // STARTTLS
    log_in,      // each step of AUTH
    handshake,   // TLS to stand, all flights of both sides together
    mail,        // MAIL
    rcpt,        // each RCPT
    go_ahead,    // 354 to DATA, 340 to POST
    block,       // the server taking the next block of a message
    chunk,       // the reply to a chunk that is not the last
    final_reply, // the reply to the end of the message
    command,     // MODE READER, GROUP, the first line of the answer to ARTICLE
    article,     // the next piece of an article
    quit,        // the reply to QUIT, which nothing depends on
};

constexpr std::size_t wait_count = static_cast<std::size_t>(Wait::quit) + 1;

// How long to wait at most. No value means for ever, which only a defect asks for.
class Limits {
public:
    using Limit = std::optional<Duration>;

    Limits(); // the values of RFC 5321 4.5.3.2, and the project's choice where it has none

    // The same limit for every wait. Only QUIT stays shorter if it was: all work is done by then.
    void set_all(Duration limit);

    // Half of each, which only a defect asks for.
    void halve_all();

    // To wait for ever for everything.
    void remove_all() { limits_.fill(std::nullopt); }

    Limit& operator[](Wait wait) { return limits_[static_cast<std::size_t>(wait)]; }

    const Limit& operator[](Wait wait) const { return limits_[static_cast<std::size_t>(wait)]; }

private:
    std::array<Limit, wait_count> limits_;
};

// How much is accepted from a server. What goes beyond is an error, so that no server can fill our memory.
struct Caps {
    // RFC 5321 4.5.3.1.5 and RFC 3977 3.1 say 512; real servers write longer ones.
    std::size_t reply_line = 4096;
    std::size_t reply_lines = 1000;
    std::size_t article = std::size_t{8} << 20U; // the largest that are really posted have about 1 MB
    std::size_t article_line = std::size_t{256} << 10U;
    // A block of data must keep moving: within each limit this many octets have to pass, or (when reading) a line has
    // to end. A server that sends 2 KB now and then is fine however long it takes; one that sends single octets is not.
    std::size_t least_progress = 1024;
};

// Why a connection is no longer needed.
enum class Ending {
    said_goodbye,    // QUIT was said, and answered where an answer could be trusted
    dismissed,       // the server said that it closes the connection (421, 400)
    gave_up,         // the server spoke so that going on makes no sense
    peer_closed,     // end of stream
    transport_error, // reset and the like
    timed_out,       // a limit passed
};

constexpr std::size_t ending_count = static_cast<std::size_t>(Ending::timed_out) + 1;

enum class Release { close, keep_open };

// What happens to the socket at each ending. A correct client closes it, always and at once.
class Closing {
public:
    Release& operator[](Ending ending) { return releases_[static_cast<std::size_t>(ending)]; }

    Release operator[](Ending ending) const { return releases_[static_cast<std::size_t>(ending)]; }

private:
    std::array<Release, ending_count> releases_{};
};

// What makes another attempt worth while.
enum class RetryAfter {
    lost_connection, // refused, closed, reset: for a client that somebody waits for
    any_failure,     // that may pass: for a client with a queue
};

// How an operation is tried again that failed in a way which may pass.
struct Retry {
    unsigned more = 0; // attempts after the first one
    RetryAfter after = RetryAfter::lost_connection;
    Duration first_pause = std::chrono::minutes{1};
    Duration longest_pause = std::chrono::hours{1};
    int growth = 2;                // of the pauses
    bool repeat_unanswered = true; // what was said to a connection that the server had closed while it was idle
};

// What a connection is to a client while nothing is asked of it.
enum class IdleConnection { watched, ignored };

// What a read of nothing means (read() returned 0). For a correct client the server has closed.
enum class EndOfStream { closed, try_again };

// What a client does that was told "TLS or nothing" when there is no TLS to be had.
enum class TlsRefused { give_up, go_on_in_the_clear };

// Octets that came in the clear behind the reply that lets TLS begin. Nobody but an attacker sends any.
enum class ClearBehindTls { give_up, read_as_if_secure };

// What the end of a TLS connection means that came without close_notify. Somebody may have cut off the rest.
enum class TlsCut { is_an_error, is_an_end };

// When the connection is closed after the last word (RFC 8314 3.4, RFC 8446 6.1).
enum class TlsClose { at_once, waits_for_the_server };

// What a client does first on a connection that has just been upgraded.
enum class AfterTls { start_anew, go_on };

// What the user asked for, and all decisions in which a defective client differs from a correct one. A default Policy
// is the correct client; a defect is a function that changes it (defects.hpp). Code reads these values and never asks
// which defect is on.
struct Policy {
    Limits limits;
    Caps caps;
    Closing closing;
    Retry retry;
    IdleConnection idle = IdleConnection::watched;
    EndOfStream end_of_stream = EndOfStream::closed;
    std::optional<std::size_t> socket_buffers; // octets for each direction, as a small system has them

    TlsMode tls = TlsMode::none;
    TlsRefused tls_refused = TlsRefused::give_up;
    ClearBehindTls clear_behind_tls = ClearBehindTls::give_up;
    AfterTls after_tls = AfterTls::start_anew;
    TlsCut cut = TlsCut::is_an_error;
    TlsClose tls_close = TlsClose::at_once;
    tls::Settings channel; // without the server's name

    std::optional<Login> login; // for mail
    sasl::ServerProof server_proof = sasl::ServerProof::is_checked;
    sasl::Challenges challenges = sasl::Challenges::are_counted;
    unsigned repeats_of_refused_log_in = 0; // the same again only locks the account

    Habits habits;
    NewsHabits news;
};

} // namespace refclient
