#include "client_under_test/conversation/attempts.hpp"

#include <algorithm>
#include <utility>

namespace refclient {

std::optional<Duration> Attempts::after(const Failure& failure) {
    if (failure.outcome == Outcome::ok || failure.outcome == Outcome::perm)
        return std::nullopt;
    // RFC 3977 3.1: a server may close an idle connection without a word, and the client only learns of it when it says
    // something. That is no failure of the operation, so it costs no attempt; but it is believed once only.
    if (failure.unanswered && !retry_.repeat_unanswered)
        return std::nullopt;
    if (failure.unanswered && !std::exchange(repeated_, true)) {
        if (failure.ending == Ending::peer_closed || failure.ending == Ending::transport_error)
            return Duration{0};
        // RFC 3977 3.2.1: after 400 a client should not simply come back.
        if (failure.ending == Ending::dismissed)
            return with_pause();
    }
    const bool may_pass = retry_.after == RetryAfter::any_failure || !failure.ending ||
                          failure.ending == Ending::peer_closed || failure.ending == Ending::transport_error ||
                          failure.ending == Ending::dismissed;
    // A server that was silent for the whole limit has had its time.
    if (!may_pass || made_ >= retry_.more)
        return std::nullopt;
    ++made_;
    return with_pause();
}

// RFC 3977 3.2.1, RFC 5321 4.5.4.1: each pause longer than the one before, so that a server in trouble is left alone.
std::optional<Duration> Attempts::with_pause() {
    const Duration pause = std::min(pause_, retry_.longest_pause);
    pause_ = pause * retry_.growth;
    return pause;
}

} // namespace refclient
