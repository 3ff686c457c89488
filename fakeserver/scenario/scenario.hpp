#pragma once

#include "fakeserver/base/diagnostics.hpp"
#include "fakeserver/base/script.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/scenario/actions.hpp"
#include "fakeserver/scenario/point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The data model of a scenario. Values only: read by reader.hpp, executed by fault/, judged by the harness.
namespace postfault::scenario {

// How the server offers TLS.
enum class Tls { none, starttls, implicit };

enum class Protocol { smtp, nntp, lmtp };
enum class Operation { send, post, read, relay, deliver, feed };

// SMTP and its like: a message goes to recipients.
constexpr bool carries_mail(Protocol protocol) { return protocol != Protocol::nntp; }

// Counts from 1: `3`, `1..2`, `3+`, `3+2` (3rd, 5th, …).
struct Selector {
    std::uint32_t first = 1;
    std::optional<std::uint32_t> last; // none = no end
    std::uint32_t step = 1;

    bool matches(std::uint32_t number) const;
    auto operator<=>(const Selector&) const = default;
};

// What has to hold for a fault to happen: globs on what the session knows at that moment. An empty one asks nothing.
struct Condition {
    std::string hello;      // the name in EHLO, HELO or LHLO
    std::string recipient;  // at least one of the transaction's; at RCPT the one that it names
    std::string message_id; // angle brackets may be left out

    bool asks() const { return !hello.empty() || !recipient.empty() || !message_id.empty(); }

    auto operator<=>(const Condition&) const = default;
};

// Where, which, what.
struct Fault {
    Point at;
    std::vector<Action> actions;
    std::optional<Selector> conn;         // none = every connection
    std::optional<Selector> nth;          // none = every occurrence on its connection
    std::optional<std::uint32_t> address; // of the server, from 1; none = connections to any of them
    double probability = 1;
    bool optional = false; // a correct client need not come to where it would happen
    Condition only_if;
    SourcePosition position;
};

// What the client says of the message. `failure` is a client with one failure code: it stands for temp, perm and
// uncertain.
enum class ResultWord { ok, temp, perm, uncertain, failure };

enum class CloseKind { quit, fin, reset, notify };
enum class StoredWord { once, never, at_most_once };
enum class ReceivedWord { intact, never };

struct TimeRange {
    std::optional<TimeValue> from;
    std::optional<TimeValue> to;

    auto operator<=>(const TimeRange&) const = default;
};

struct CountRange {
    std::uint32_t from = 0;
    std::optional<std::uint32_t> to;

    bool holds(std::uint32_t count) const { return count >= from && (!to || count <= *to); }

    auto operator<=>(const CountRange&) const = default;
};

struct LogPattern {
    std::string regex; // ECMAScript, searched in the client's output
};

// What a correct client does. An empty field asks for nothing; several words mean any of them.
struct Expectation {
    std::vector<ResultWord> result;
    std::optional<int> exit;
    std::optional<TimeRange> gives_up;
    std::optional<TimeRange> ends;
    std::vector<CloseKind> close;
    std::optional<CountRange> connects;
    std::vector<std::uint32_t> addresses; // those of the server that it tries, in this order, and no others
    std::optional<TimeRange> backoff;     // bounds of the time between a connection's end and the next connect
    std::optional<StoredWord> stored;
    std::optional<ReceivedWord> received;
    std::vector<std::string> never;   // verbs that must not be seen
    std::optional<std::uint64_t> rss; // peak resident octets at most
    std::optional<LogPattern> log;
};

// One step of a client process: an operation, once or several times, or a wait.
struct Step {
    std::optional<Operation> operation; // none = wait
    TimeValue wait;
    std::uint32_t count = 1; // `send x100`
};

// The line ends of the file that the client is given.
enum class LineEnds { crlf, lf, mixed, cr, unfinished };

struct MessageSpec {
    std::uint64_t size = 0; // octets of the body at least; 0 = a short text
    std::uint32_t recipients = 1;
    LineEnds line_ends = LineEnds::crlf;
    // A line with a dot between two kinds of line ends, as octets; the body has it, and commands behind it. Empty = not
    // so.
    std::string_view smuggle;
};

enum class Encoding { text, yenc };

// A newsgroup of the server, and how many articles are in it; none = as many as `articles` says, if it is the first.
struct GroupSpec {
    std::string name;
    std::optional<std::uint32_t> articles;

    auto operator<=>(const GroupSpec&) const = default;
};

struct NewsSpec {
    std::uint32_t articles = 3; // in the server's group
    std::uint64_t size = 0;     // octets of each body at least; 0 = a short text
    Encoding encoding = Encoding::text;
    std::vector<GroupSpec> groups; // the first is the one that clients are told of; empty = the built-in one
};

// How a client can log in. USER is NNTP's (RFC 4643), the others are SASL mechanisms.
enum class LogIn { user, plain, login, cram_md5, scram_sha_256, xoauth2 };

struct ServerSpec {
    // What the server offers for logging in, and then wants before it does anything; empty = nobody has to log in.
    std::vector<LogIn> auth;

    // Replaces the extensions that the server offers, e.g. [SIZE 1000, 8BITMIME]; none = the built-in list.
    std::optional<std::vector<std::string>> capabilities;
    Tls tls = Tls::none;

    // How many addresses its name has, all of them its own: 127.0.0.1, 127.0.0.2, …
    std::uint32_t addresses = 1;

    // About so many octets of what comes are kept, and of what goes; more is only read when replies are taken. None =
    // as much as the system and the server have room for.
    std::optional<std::uint32_t> buffer;
};

constexpr std::uint32_t most_addresses = 4;

// A client for which the scenario is known to fail, and why.
struct ExpectedFailure {
    std::string client; // profile name; empty = every client
    std::string why;
};

struct Scenario {
    std::string id;   // `smtp/silence::stall after EHLO`, matrix values appended: `lost acknowledgement [how=fin]`
    std::string name; // the part after `::`
    SourcePosition position;
    Protocol protocol = Protocol::smtp;
    Operation operation = Operation::send;
    std::string why;
    std::vector<std::string> refs;
    std::vector<Fault> faults;
    Expectation expect;
    std::vector<Step> steps; // never empty: [operation] unless stated
    MessageSpec message;
    NewsSpec news;
    ServerSpec server;
    std::optional<Script> script; // played instead of the built-in server; what goes wrong in it is among the faults
    std::vector<ExpectedFailure> xfail;
};

std::string_view to_string(Protocol protocol);
std::string_view to_string(Operation operation);
std::string_view to_string(ResultWord word);
std::string_view to_string(CloseKind kind);
std::string_view to_string(StoredWord word);
std::string_view to_string(ReceivedWord word);
std::string_view to_string(LogIn method);
std::string_view to_string(Tls tls);
std::string_view to_string(Encoding encoding);
std::string_view to_string(LineEnds line_ends);
std::string to_string(const Selector& selector);

// The operations of all steps, one for each time; and how many of them belong to the first step, on which the faults
// act.
std::vector<Operation> operations_of(const Scenario& scenario);
std::size_t operations_of_first_step(const Scenario& scenario);

// Where and what, for people: `EHLO reply@10: drip 1B/200ms, fin`.
std::string describe(const Fault& fault);

std::string to_string(const TimeRange& range);
std::string to_string(const CountRange& range);

// `ok or temp`.
std::string to_string(const std::vector<ResultWord>& words);

} // namespace postfault::scenario
