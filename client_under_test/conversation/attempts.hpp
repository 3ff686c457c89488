#pragma once

#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/conversation/result.hpp"

#include <optional>

namespace refclient {

// How one attempt at an operation failed.
struct Failure {
    Outcome outcome = Outcome::temp;
    std::optional<Ending> ending; // of its connection; none if there never was one
    bool unanswered = false;      // on a connection that had been idle, see Conversation::unanswered()
};

// Counts the attempts at one operation, and says whether and when another one makes sense.
class Attempts {
public:
    explicit Attempts(const Retry& retry) : retry_(retry), pause_(retry.first_pause) {}

    // How long to pause before the next attempt; nothing if there shall be none.
    std::optional<Duration> after(const Failure& failure);

private:
    std::optional<Duration> with_pause();

    Retry retry_;
    Duration pause_;
    unsigned made_ = 0;
    bool repeated_ = false;
};

} // namespace refclient
