#pragma once

#include "harness/judge/facts.hpp"
#include "harness/judge/findings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::judge {

// Compares what the operations of the first step did with what the scenario expects of them, and the later ones with
// what a healthy server deserves. One use: construct it, then run().
class Checker {
public:
    // What follows from a broken invariant is not said again. Both outlive the checker.
    Checker(const Facts& facts, const Findings& invariants);

    Findings run();

private:
    void broken(std::string key, std::string text);
    void unseen(std::string key, std::string text);
    // Compares a measured time that lies in [from, from + value].
    void check_range(const std::string& key, const scenario::TimeRange& range, Duration value, Instant from,
                     std::string text);
    // `noise` is what the machine may have added to the time.
    void check_range_against(const std::string& key, const scenario::TimeRange& range, Duration value, Duration noise,
                             std::string text);
    bool in_first_step(Instant at) const;
    // Those that belong to the first step.
    std::vector<const ConnectionMeasure*> connections() const;
    // Those that met a fault, or all if the scenario has none.
    std::vector<const ConnectionMeasure*> faulted_connections() const;
    // `operation 2 of 3 (send): `; nothing where there is only one.
    std::string prefix(const OperationFacts& operation) const;
    void check_result();
    bool check_result(const OperationFacts& operation);
    void check_exit();
    void check_gives_up();
    void check_gives_up(const scenario::TimeRange& range, const ConnectionMeasure& connection);
    void check_ends();
    // A reply was still due when the client left: it gave up waiting, and need not say QUIT then.
    bool left_waiting(const ConnectionMeasure& connection) const;
    bool said_close_notify(const ConnectionMeasure& connection) const;
    bool closes_as(const ConnectionMeasure& connection, scenario::CloseKind wanted) const;
    void check_close();
    void check_connects();
    // Which of the server's addresses are tried, each when it is tried first.
    void check_addresses();
    // From the end of each connection, or the attempt that came to nothing, to the next attempt.
    void check_backoff();
    void check_stored();
    bool check_stored(const OperationFacts& operation);
    void check_received();
    bool check_received(const OperationFacts& operation, bool reads);
    void check_never();
    // Also in lines that the server did not take because a fault held it back, but never in an upload.
    std::pair<int, Instant> find_verb(const std::string& verb) const;
    // AUTH is followed by lines of secrets, which are no commands either.
    static bool starts_upload(std::string_view verb);
    void check_rss();
    void check_log();
    // After the first step the server is healthy again.
    void check_next();
    bool check_next(const OperationFacts& operation);

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

bool is_relative(const scenario::TimeRange& range);

// `0.8T..1.5T, which is 1.600 s..3.000 s`.
std::string in_words(const scenario::TimeRange& range, Duration limit);

// How far outside the range; zero or less if inside.
Duration missed_by(const scenario::TimeRange& range, Duration value, Duration limit);

} // namespace postfault::judge
