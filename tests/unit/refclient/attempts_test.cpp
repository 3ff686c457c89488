#include "client_under_test/conversation/attempts.hpp"

#include <catch2/catch.hpp>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

Retry three_more() {
    Retry retry;
    retry.more = 3;
    retry.first_pause = 1s;
    retry.longest_pause = 3s;
    return retry;
}

using Pause = std::optional<Duration>;

const Failure lost{Outcome::temp, Ending::peer_closed, false};
const Failure found_closed{Outcome::temp, Ending::peer_closed, true};

} // namespace

TEST_CASE("attempts: each pause is longer than the one before, up to the longest, and their number is bounded",
          "[refclient][attempts]") {
    Attempts attempts{three_more()};
    CHECK(attempts.after(lost) == Pause{1s});
    CHECK(attempts.after(lost) == Pause{2s});
    CHECK(attempts.after(lost) == Pause{3s});
    CHECK(attempts.after(lost) == std::nullopt);
}

TEST_CASE("attempts: without retries there is one attempt", "[refclient][attempts]") {
    CHECK(Attempts{Retry{}}.after(lost) == std::nullopt);
}

TEST_CASE("attempts: only what may pass soon is tried again", "[refclient][attempts]") {
    struct Case {
        Failure failure;
        bool again;
    };

    for (const Case& each : {
             Case{{Outcome::temp, std::nullopt, false}, true}, // refused
             Case{{Outcome::temp, Ending::peer_closed, false}, true},
             Case{{Outcome::uncertain, Ending::transport_error, false}, true},
             Case{{Outcome::temp, Ending::dismissed, false}, true},
             Case{{Outcome::perm, Ending::dismissed, false}, false}, // 502 in the greeting
             Case{{Outcome::perm, Ending::peer_closed, false}, false},
             Case{{Outcome::ok, Ending::transport_error, false}, false}, // at QUIT
             Case{{Outcome::temp, Ending::timed_out, false}, false},
             Case{{Outcome::temp, Ending::gave_up, false}, false},
             Case{{Outcome::temp, Ending::said_goodbye, false}, false},
         }) {
        CAPTURE(to_text(each.failure.outcome), each.failure.ending.has_value());
        CHECK(Attempts{three_more()}.after(each.failure).has_value() == each.again);
    }
}

TEST_CASE("attempts: an idle connection that turns out to be closed costs neither attempt nor pause, once",
          "[refclient][attempts]") {
    Attempts attempts{Retry{}};
    CHECK(attempts.after(found_closed) == Pause{0s});
    CHECK(attempts.after(found_closed) == std::nullopt);

    Retry never = three_more();
    never.more = 0;
    never.repeat_unanswered = false;
    CHECK(Attempts{never}.after(found_closed) == std::nullopt);
}

TEST_CASE("attempts: after a notice on an idle connection the client does not come back at once",
          "[refclient][attempts]") {
    Attempts attempts{three_more()};
    CHECK(attempts.after({Outcome::temp, Ending::dismissed, true}) == Pause{1s});
    CHECK(attempts.after({Outcome::temp, Ending::dismissed, false}) == Pause{2s});
}

TEST_CASE("attempts: a silent server is no closed connection", "[refclient][attempts]") {
    CHECK(Attempts{Retry{}}.after({Outcome::temp, Ending::timed_out, true}) == std::nullopt);
}
