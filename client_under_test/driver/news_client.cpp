#include "client_under_test/driver/news_client.hpp"

#include "client_under_test/driver/clock.hpp"

#include <utility>

namespace refclient {

namespace {

// Opens a connection and leaves it again.
class Nothing final : public NewsTask {
public:
    Move begin() override { return Finish{{Outcome::ok, {}}}; }

    Move on_reply(const Reply&) override { return Unexpected{}; }
};

} // namespace

NewsClient::NewsClient(NewsSettings settings, Policy policy)
    : settings_(std::move(settings)), policy_(std::move(policy)) {}

Result NewsClient::perform(NewsTask& task, bool more_follow) {
    Attempts attempts{policy_.retry};
    bool answer_lost = false;
    for (;;) {
        Failure failure;
        Result result = attempt(task, more_follow ? Afterwards::rest : Afterwards::quit, failure);
        // A later attempt that never got as far as to ask does not make sure what an earlier one left open.
        answer_lost = answer_lost || result.outcome == Outcome::uncertain;
        if (answer_lost && result.outcome == Outcome::temp)
            result.outcome = Outcome::uncertain;
        const auto pause = attempts.after(failure);
        if (!pause) {
            if (!more_follow && result.outcome == Outcome::ok)
                make_up_for_farewell();
            return result;
        }
        task.before_repeat(result);
        if (*pause > Duration{})
            settings_.pause(*pause);
    }
}

void NewsClient::rest(Duration duration) {
    const Instant until = now() + duration;
    if (has_line() && policy_.idle == IdleConnection::watched)
        line_->connection.watch(until);
    if (const Duration left = until - now(); left > Duration{})
        settings_.pause(left);
}

void NewsClient::make_up_for_farewell() {
    if (policy_.news.missed_farewell == MissedFarewell::is_no_matter || !line_ ||
        line_->conversation.ending() == Ending::said_goodbye)
        return;
    Nothing nothing;
    Failure ignored;
    attempt(nothing, Afterwards::quit, ignored);
}

Result NewsClient::attempt(NewsTask& task, Afterwards afterwards, Failure& failure) {
    if (has_line()) {
        line_->conversation.assign(task, afterwards, now());
    } else {
        line_ = std::make_unique<Line>(task, policy_, settings_.login, afterwards);
        line_->conversation.set_trace(settings_.trace);
        Result opened = line_->connection.open(settings_.server);
        if (opened.outcome != Outcome::ok) {
            failure.outcome = opened.outcome;
            if (line_->connection.timed_out())
                failure.ending = Ending::timed_out;
            line_.reset();
            return opened;
        }
    }
    line_->connection.carry();
    if (policy_.habits.limits_hold == LimitsHold::until_the_first_time_out &&
        line_->conversation.ending() == Ending::timed_out)
        policy_.limits.remove_all();
    const NewsConversation& conversation = line_->conversation;
    failure = {conversation.result().outcome, conversation.ending(), conversation.unanswered()};
    return conversation.result();
}

} // namespace refclient
