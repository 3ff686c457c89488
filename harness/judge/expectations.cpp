#include "harness/judge/expectations.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/journal.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <span>

namespace postfault::judge {

namespace {

using journal::Event;
using scenario::ResultWord;
using scenario::TimeRange;
using Kind = Event::Kind;

// std::regex uses the stack for every character.
constexpr std::size_t longest_log_line = 2000;

bool can_say(const ClientAbilities& abilities, std::string_view word) {
    return std::find(abilities.results.begin(), abilities.results.end(), word) != abilities.results.end();
}

// What a client cannot say is not held against it (DESIGN.md, section 4).
bool satisfies(const std::string& said, ResultWord wanted, const ClientAbilities& abilities) {
    if (said == to_string(wanted))
        return true;
    if (wanted == ResultWord::ok || said == "ok")
        return false;
    if (said == "failure" || wanted == ResultWord::failure)
        return true;
    if (can_say(abilities, to_string(wanted)))
        return false;
    // `uncertain` is never a definite rejection.
    return wanted == ResultWord::uncertain ? said == "temp" : !abilities.results.empty();
}

bool is_relative(const TimeRange& range) {
    return (range.from && range.from->is_relative()) || (range.to && range.to->is_relative());
}

// `0.8T..1.5T, which is 1.600 s..3.000 s`.
std::string in_words(const TimeRange& range, Duration limit) {
    if (!is_relative(range))
        return to_string(range);
    return fmt::format("{}, which is {}..{}", to_string(range), range.from ? in_seconds(range.from->at(limit)) : "",
                       range.to ? in_seconds(range.to->at(limit)) : "");
}

// How far outside the range; zero or less if inside.
Duration missed_by(const TimeRange& range, Duration value, Duration limit) {
    Duration missed{0};
    if (range.from)
        missed = std::max(missed, range.from->at(limit) - value);
    if (range.to)
        missed = std::max(missed, value - range.to->at(limit));
    return missed;
}

class Checker {
public:
    Checker(const Facts& facts, const Findings& invariants)
        : facts_(facts), record_(facts.record), expect_(facts.scenario.expect), asked_(facts.first_step()),
          hung_(invariants.has("PF001")), crashed_(invariants.has("PF002")), kept_(invariants.has("PF004")),
          lost_(invariants.has("PF005")), doubled_(invariants.has("PF006")), damaged_(invariants.has("PF007")) {}

    Findings run() {
        check_result();
        check_exit();
        check_gives_up();
        check_ends();
        check_close();
        check_connects();
        check_backoff();
        check_stored();
        check_received();
        check_never();
        check_rss();
        check_log();
        check_next();
        return std::move(found_);
    }

private:
    void broken(std::string key, std::string text) {
        found_.broken.push_back({"expect." + std::move(key), std::move(text)});
    }

    void unseen(std::string key, std::string text) {
        found_.not_observable.push_back({"expect." + std::move(key), std::move(text)});
    }

    // Compares a measured time that lies in [from, from + value].
    void check_range(const std::string& key, const TimeRange& range, Duration value, Instant from, std::string text) {
        const Duration missed = missed_by(range, value, record_.limit);
        if (missed <= Duration{0})
            return;
        found_.broken_by(missed, uncertainty(record_, from, from + value), {"expect." + key, std::move(text)});
    }

    bool in_first_step(Instant at) const { return at >= asked_.front().from && at <= asked_.back().to; }

    // Those that belong to the first step.
    std::vector<const ConnectionMeasure*> connections() const {
        std::vector<const ConnectionMeasure*> result;
        for (const ConnectionMeasure& connection : facts_.measures.connections)
            if (in_first_step(connection.opened))
                result.push_back(&connection);
        return result;
    }

    // Those that met a fault, or all if the scenario has none.
    std::vector<const ConnectionMeasure*> faulted_connections() const {
        auto result = connections();
        if (!facts_.scenario.faults.empty())
            result.erase(std::remove_if(result.begin(), result.end(),
                                        [](const ConnectionMeasure* connection) { return !connection->fault_fired; }),
                         result.end());
        return result;
    }

    bool refuses_connects() const {
        for (const scenario::Fault& fault : facts_.scenario.faults)
            for (const scenario::Action& action : fault.actions)
                if (std::holds_alternative<scenario::Refuse>(action) ||
                    std::holds_alternative<scenario::Blackhole>(action))
                    return true;
        return false;
    }

    bool watched() const { return !record_.clients.empty() && record_.clients.front().connects_watched; }

    // `operation 2 of 3 (send): `; nothing where there is only one.
    std::string prefix(const OperationFacts& operation) const {
        const std::string name = facts_.name(operation);
        return name.empty() || asked_.size() == 1 ? "" : name + ": ";
    }

    void check_result() {
        if (expect_.result.empty())
            return;
        for (const OperationFacts& operation : asked_)
            if (!check_result(operation))
                return; // a hundred operations that go wrong in the same way are one thing to say
    }

    bool check_result(const OperationFacts& operation) {
        if (operation.returned == nullptr) {
            if (hung_ || crashed_)
                return false;
            std::string how = "it was never started";
            if (operation.client != nullptr && operation.client->ended && operation.client->ended->exit)
                how = fmt::format("it ended with exit {} and did not say", *operation.client->ended->exit);
            else if (operation.client != nullptr)
                how = "it did not say";
            broken("result", fmt::format("{}{}, expected {}", prefix(operation), how, to_string(expect_.result)));
            return false;
        }
        const std::string& said = operation.returned->result;
        for (const ResultWord wanted : expect_.result)
            if (satisfies(said, wanted, record_.abilities))
                return true;
        broken("result", fmt::format("{}{}, expected {}", prefix(operation), facts_.what_it_said(operation),
                                     to_string(expect_.result)));
        return false;
    }

    void check_exit() {
        if (!expect_.exit || hung_ || crashed_)
            return;
        const observe::Observation* client = asked_.front().client;
        if (client == nullptr || !client->ended || client->ended->killed_by_harness) {
            unseen("exit", "the process did not end by itself");
            return;
        }
        const auto& end = *client->ended;
        if (end.exit != expect_.exit)
            broken("exit", end.exit ? fmt::format("exit {}, expected {}", *end.exit, *expect_.exit)
                                    : fmt::format("ended by signal {}, expected exit {}", end.signal.value_or(0),
                                                  *expect_.exit));
    }

    void check_gives_up() {
        if (!expect_.gives_up)
            return;
        const TimeRange& range = *expect_.gives_up;
        if (!record_.abilities.limit_known) {
            unseen("gives_up", facts_.measures.gives_up
                                   ? fmt::format("gave up {} after the fault, but the client's own limit is not known",
                                                 in_seconds(*facts_.measures.gives_up))
                                   : "the client's own limit is not known");
            return;
        }
        if (!facts_.measures.fault_at)
            return;
        bool judged = false;
        for (const ConnectionMeasure* connection : faulted_connections()) {
            judged = true;
            check_gives_up(range, *connection);
        }
        if (judged)
            return;
        // The fault left no connection.
        if (!facts_.measures.gives_up) {
            if (!hung_)
                broken("gives_up", fmt::format("never gave up, expected {}", in_words(range, record_.limit)));
            return;
        }
        const Duration value = *facts_.measures.gives_up;
        check_range("gives_up", range, value, *facts_.measures.fault_at,
                    fmt::format("gave up {} after it began to connect, expected {}", in_seconds(value),
                                in_words(range, record_.limit)));
    }

    void check_gives_up(const TimeRange& range, const ConnectionMeasure& connection) {
        const Instant fault = *connection.fault_fired;
        // It returned in time and kept the connection: that is said already.
        const bool returned_in_time = std::any_of(asked_.begin(), asked_.end(), [&](const OperationFacts& operation) {
            return operation.returned != nullptr && operation.returned->at >= fault &&
                   missed_by(range, operation.returned->at - fault, record_.limit) <= Duration{0};
        });
        if (!connection.gives_up) {
            if (!hung_ && !(kept_ && returned_in_time))
                broken("gives_up", fmt::format("never gave up on connection {}, expected {}", connection.number,
                                               in_words(range, record_.limit)));
            return;
        }
        const Duration value = *connection.gives_up;
        const bool too_late = range.to && value > range.to->at(record_.limit);
        if (too_late && kept_ && returned_in_time)
            return;
        check_range("gives_up", range, value, fault,
                    fmt::format("gave up on connection {} {} after the fault, expected {}", connection.number,
                                in_seconds(value), in_words(range, record_.limit)));
    }

    void check_ends() {
        const OperationFacts& last = asked_.back();
        if (!expect_.ends || hung_ || last.client == nullptr)
            return;
        const TimeRange& range = *expect_.ends;
        const observe::Observation& client = *last.client;
        std::optional<Instant> over;
        if (last.returned != nullptr)
            over = last.returned->at;
        else if (client.ended && !client.ended->killed_by_harness)
            over = client.ended->at;
        if (!over)
            return unseen("ends", "the operation did not end by itself");
        const Duration value = *over - client.started;
        if (is_relative(range) && !record_.abilities.limit_known)
            return unseen("ends", fmt::format("was over {} after its start, but the client's own limit is not known",
                                              in_seconds(value)));
        check_range(
            "ends", range, value, client.started,
            fmt::format("was over {} after its start, expected {}", in_seconds(value), in_words(range, record_.limit)));
    }

    // A reply was still due when the client left: it gave up waiting, and need not say QUIT then.
    bool left_waiting(const ConnectionMeasure& connection) const {
        bool due = true; // the greeting
        for (const Event& event : record_.journal) {
            if (event.connection != connection.number)
                continue;
            if (event.kind == Kind::client_fin || event.kind == Kind::client_reset)
                break;
            if (event.kind == Kind::command || event.kind == Kind::stored || event.kind == Kind::upload)
                due = true;
            if (event.kind == Kind::reply_sent)
                due = false;
        }
        return due;
    }

    bool closes_as(const ConnectionMeasure& connection, scenario::CloseKind wanted) const {
        const bool orderly = connection.close == ClientClose::fin ||
                             (connection.close == ClientClose::reset && connection.reset_was_forced);
        switch (wanted) {
        case scenario::CloseKind::quit:
            // News clients may leave without it (RFC 3977 5.4), and nobody needs to say it to a dead connection.
            return connection.close == ClientClose::quit ||
                   (orderly && (facts_.scenario.protocol == scenario::Protocol::nntp || left_waiting(connection) ||
                                (connection.server_fin && *connection.server_fin <= *connection.client_end)));
        case scenario::CloseKind::fin:
            return connection.close == ClientClose::quit || orderly;
        case scenario::CloseKind::reset:
            return connection.close == ClientClose::reset;
        case scenario::CloseKind::notify:
            return false;
        }
        return false;
    }

    void check_close() {
        if (expect_.close.empty())
            return;
        if (std::find(expect_.close.begin(), expect_.close.end(), scenario::CloseKind::notify) != expect_.close.end() &&
            expect_.close.size() == 1)
            return unseen("close", "notify is only there with TLS");
        std::vector<std::string> words;
        for (const scenario::CloseKind kind : expect_.close)
            words.emplace_back(to_string(kind));
        for (const ConnectionMeasure* connection : faulted_connections()) {
            if (connection->server_reset && !connection->client_end)
                continue; // the server's reset left nothing to close
            if (connection->close == ClientClose::open) {
                if (!hung_ && !kept_)
                    broken("close", fmt::format("connection {} was never closed, expected {}", connection->number,
                                                joined(words, " or ")));
                continue;
            }
            const bool good = std::any_of(expect_.close.begin(), expect_.close.end(),
                                          [&](scenario::CloseKind kind) { return closes_as(*connection, kind); });
            if (!good)
                broken("close", fmt::format("connection {} was closed by {}, expected {}", connection->number,
                                            to_string(connection->close), joined(words, " or ")));
        }
    }

    void check_connects() {
        if (!expect_.connects)
            return;
        const auto& range = *expect_.connects;
        std::uint32_t count = static_cast<std::uint32_t>(connections().size());
        if (refuses_connects()) {
            if (watched())
                count = static_cast<std::uint32_t>(
                    std::count_if(record_.journal.begin(), record_.journal.end(), [&](const Event& event) {
                        return event.kind == Kind::connect_attempt && in_first_step(event.at);
                    }));
            else if (!range.to || count <= *range.to)
                return unseen("connects", "connects that were not accepted could not be counted");
        }
        if (range.holds(count) || (hung_ && count < range.from))
            return;
        broken("connects", fmt::format("connected {}, expected {}",
                                       count == 1 ? "once" : fmt::format("{} times", count), to_string(range)));
    }

    // From the end of each connection, or the attempt that came to nothing, to the next attempt.
    void check_backoff() {
        if (!expect_.backoff)
            return;
        const TimeRange& range = *expect_.backoff;
        if (is_relative(range) && !record_.abilities.limit_known)
            return unseen("backoff", "the client's own limit is not known");

        struct Try {
            Instant begin;
            std::optional<Instant> end;
        };

        std::vector<Try> tries;
        for (const ConnectionMeasure* connection : connections()) {
            std::optional<Instant> end = connection->client_end;
            if (connection->server_reset && (!end || *connection->server_reset < *end))
                end = connection->server_reset;
            tries.push_back({connection->opened, end});
        }
        if (refuses_connects()) {
            if (!watched())
                return unseen("backoff", "connects that were not accepted could not be seen");
            for (const Event& event : record_.journal) {
                if (event.kind != Kind::connect_attempt || !in_first_step(event.at))
                    continue;
                // An accepted one follows its attempt at once and is here already.
                const bool accepted = std::any_of(tries.begin(), tries.end(), [&](const Try& known) {
                    return known.begin >= event.at && known.begin - event.at < std::chrono::milliseconds(50);
                });
                if (!accepted)
                    tries.push_back({event.at, event.at});
            }
            std::sort(tries.begin(), tries.end(),
                      [](const Try& left, const Try& right) { return left.begin < right.begin; });
        }
        for (std::size_t next = 1; next < tries.size(); ++next) {
            const auto& before = tries[next - 1];
            if (!before.end || *before.end > tries[next].begin)
                continue; // two at once: nothing was retried
            const Duration value = tries[next].begin - *before.end;
            check_range("backoff", range, value, *before.end,
                        fmt::format("connected again {} after connection {} was over, expected {}", in_seconds(value),
                                    next, in_words(range, record_.limit)));
        }
    }

    void check_stored() {
        if (!expect_.stored)
            return;
        for (const OperationFacts& operation : asked_)
            if (!check_stored(operation))
                return;
    }

    bool check_stored(const OperationFacts& operation) {
        const std::size_t count = facts_.stored(operation.index).size();
        const auto say = [&] {
            broken("stored", fmt::format("{}the message was stored {}, expected {}", prefix(operation),
                                         count == 0   ? "never"
                                         : count == 1 ? "once"
                                                      : fmt::format("{} times", count),
                                         to_string(*expect_.stored)));
            return false;
        };
        switch (*expect_.stored) {
        case scenario::StoredWord::once:
            if (count > 1 && !doubled_)
                return say();
            if (count == 0 && !hung_ && !crashed_ && !lost_) {
                if (!record_.abilities.ok_means_queued || !operation.said_ok())
                    return say();
                unseen("stored", "its success means queued, and the queue may still deliver");
                return false;
            }
            break;
        case scenario::StoredWord::never:
            if (count != 0)
                return say();
            break;
        case scenario::StoredWord::at_most_once:
            if (count > 1 && !doubled_)
                return say();
            break;
        }
        return true;
    }

    void check_received() {
        if (!expect_.received)
            return;
        const bool reads = !row_of(asked_.front().kind).uploads;
        if (reads && !record_.abilities.delivery_visible)
            return unseen("received", "what the client delivered to its user cannot be compared");
        for (const OperationFacts& operation : asked_)
            if (!check_received(operation, reads))
                return;
    }

    bool check_received(const OperationFacts& operation, bool reads) {
        const bool wants_it = *expect_.received == scenario::ReceivedWord::intact;
        bool present = false;
        bool intact = false;
        bool known = true;
        std::string detail;
        const auto look = [&](Match match, const std::string& where) {
            present = true;
            intact = intact || match == Match::identical || match == Match::extended;
            known = known && match != Match::unknown;
            if (match == Match::altered)
                detail = where;
        };
        if (reads) {
            for (const DeliveredCopy& copy : record_.delivered)
                if (copy.step == operation.index && copy.present)
                    look(copy.match, copy.detail);
        } else {
            for (const StoredCopy* copy : facts_.stored(operation.index))
                look(copy->match, copy->detail);
        }
        const auto say = [&](const std::string& text) {
            broken("received", prefix(operation) + text);
            return false;
        };
        const std::string what = reads ? "delivered" : "stored";
        if (!wants_it)
            return !present || damaged_ || say(fmt::format("an article was {}, expected none", what));
        if (intact || hung_ || crashed_ || damaged_ || (!present && lost_))
            return true;
        if (!present)
            return say(fmt::format("nothing was {}, expected it intact", what));
        if (known)
            return say(fmt::format("what was {} is not intact{}", what, detail.empty() ? "" : ": " + detail));
        unseen("received", "the copy could not be compared");
        return false;
    }

    void check_never() {
        bool wanted_and_unseen = false;
        for (const std::string& verb : expect_.never) {
            const auto [connection, at] = find_verb(verb);
            if (connection != 0)
                broken("never", fmt::format("{} was seen on connection {} at {}", to_upper(verb), connection,
                                            in_seconds(at.time_since_epoch())));
            else
                wanted_and_unseen = true;
        }
        if (wanted_and_unseen && !journal::is_complete(record_.journal))
            unseen("never", "the journal was too long to keep every command");
    }

    // Also in lines that the server did not take because a fault held it back, but never in an upload.
    std::pair<int, Instant> find_verb(const std::string& verb) const {
        std::vector<int> uploading;
        for (const Event& event : record_.journal) {
            if (!in_first_step(event.at))
                continue;
            if (event.kind == Kind::command && equals_ignoring_case(event.subject, verb))
                return {event.connection, event.at};
            if (event.kind != Kind::received ||
                std::find(uploading.begin(), uploading.end(), event.connection) != uploading.end())
                continue;
            for (const std::string_view line : split(event.text, '\n')) {
                const auto parts = words(line);
                if (parts.empty())
                    continue;
                if (equals_ignoring_case(parts.front(), verb))
                    return {event.connection, event.at};
                if (starts_upload(parts.front())) {
                    uploading.push_back(event.connection);
                    break;
                }
            }
        }
        return {0, Instant{}};
    }

    // AUTH is followed by lines of secrets, which are no commands either.
    static bool starts_upload(std::string_view verb) {
        for (const std::string_view known : {"DATA", "BDAT", "POST", "IHAVE", "TAKETHIS", "AUTH"})
            if (equals_ignoring_case(verb, known))
                return true;
        return false;
    }

    void check_rss() {
        if (!expect_.rss)
            return;
        std::uint64_t most = 0;
        for (const auto& client : record_.clients) {
            most = std::max(most, client.max_rss);
            for (const auto& snapshot : client.snapshots)
                most = std::max(most, snapshot.peak_rss);
        }
        if (most == 0)
            unseen("rss", "its memory could not be measured");
        else if (most > *expect_.rss)
            broken("rss",
                   fmt::format("used {:.1f} MiB of memory, expected at most {:.1f} MiB",
                               static_cast<double>(most) / (1 << 20), static_cast<double>(*expect_.rss) / (1 << 20)));
    }

    void check_log() {
        if (!expect_.log || hung_ || crashed_)
            return;
        try {
            const std::regex pattern(expect_.log->regex);
            for (const auto& client : record_.clients)
                for (const auto& line : client.output)
                    if (std::regex_search(line.text.substr(0, longest_log_line), pattern))
                        return;
        } catch (const std::regex_error& error) {
            broken("log", fmt::format("/{}/ is no regular expression: {}", expect_.log->regex, error.what()));
            return;
        }
        broken("log", fmt::format("no line of its output has /{}/", expect_.log->regex));
    }

    // After the first step the server is healthy again.
    void check_next() {
        const auto& operations = facts_.operations();
        if (operations.size() == asked_.size())
            return;
        if (!record_.abilities.steps_in_one_process)
            found_.not_observable.push_back(
                {"next",
                 "each operation had a process of its own, so what one leaves behind for the next was not seen"});
        for (std::size_t index = asked_.size(); index < operations.size(); ++index)
            if (!check_next(operations[index]))
                return; // what comes after it follows from it
    }

    bool check_next(const OperationFacts& operation) {
        const auto say = [&](const std::string& text) {
            found_.broken.push_back({"next", fmt::format("{}: {}", facts_.name(operation), text)});
            return false;
        };
        if (operation.returned == nullptr) {
            if (hung_ || crashed_)
                return false;
            return say(operation.client == nullptr ? "was never started, as the client had ended"
                                                   : "the client ended without doing it");
        }
        if (!operation.said_ok())
            return say(facts_.what_it_said(operation) + " from a healthy server");
        if (!row_of(operation.kind).uploads) {
            const bool delivered =
                std::any_of(record_.delivered.begin(), record_.delivered.end(),
                            [&](const DeliveredCopy& copy) { return copy.step == operation.index && copy.present; });
            if (record_.abilities.delivery_visible && !delivered && !damaged_)
                return say("delivered nothing");
            return true;
        }
        if (facts_.stored(operation.index).empty() && !lost_ && !record_.abilities.ok_means_queued)
            return say("its message was never stored");
        return true;
    }

    const Facts& facts_;
    const RunRecord& record_;
    const scenario::Expectation& expect_;
    const std::span<const OperationFacts> asked_;
    const bool hung_;
    const bool crashed_;
    const bool kept_;
    const bool lost_;
    const bool doubled_;
    const bool damaged_;
    Findings found_;
};

} // namespace

Findings check_expectations(const Facts& facts, const Findings& invariants) { return Checker(facts, invariants).run(); }

} // namespace postfault::judge
