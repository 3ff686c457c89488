#include "client_under_test/driver/mail_client.hpp"

#include "client_under_test/driver/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

namespace {

// Moves those that are refused for good to `lost`, and returns those that another attempt may help.
std::vector<std::string> sort_out(const std::vector<Refusal>& refusals, std::vector<Refusal>& lost) {
    std::vector<std::string> again;
    for (const Refusal& refusal : refusals)
        if (refusal.outcome == Outcome::temp)
            again.push_back(refusal.recipient);
        else
            lost.push_back(refusal);
    return again;
}

Result with_lost(Result result, const std::vector<Refusal>& lost) {
    if (lost.empty() || result.outcome == Outcome::perm)
        return result;
    result.outcome = Outcome::perm;
    result.text +=
        fmt::format("; not for {} of the recipients, such as {}: {}", lost.size(), lost[0].recipient, lost[0].reply);
    return result;
}

// RFC 5321 5.1: the addresses of a host are tried in order. A server that has taken part and said "not now" of the
// message or its recipients would say so at any of them, but one that leaves or falls silent may be well at the next.
bool another_address_may_help(const Failure& failure) {
    return failure.outcome == Outcome::temp && failure.ending &&
           (*failure.ending == Ending::dismissed || *failure.ending == Ending::timed_out ||
            *failure.ending == Ending::peer_closed || *failure.ending == Ending::transport_error);
}

} // namespace

MailClient::MailClient(MailSettings settings, Policy policy)
    : settings_(std::move(settings)), policy_(std::move(policy)) {}

Result MailClient::send(SendRequest request, bool more_follow) {
    Attempts attempts{policy_.retry};
    std::vector<Refusal> lost;
    bool answer_lost = false;
    for (;;) {
        Failure failure;
        Result result;
        Route route;
        do {
            failure = {};
            result = attempt(request, more_follow, failure, route);
            // RFC 1047: a later attempt that fails does not make sure what an earlier one left open.
            answer_lost = answer_lost || result.outcome == Outcome::uncertain;
            if (answer_lost && result.outcome == Outcome::temp)
                result.outcome = Outcome::uncertain;
            std::vector<std::string> again = sort_out(refusals_, lost);
            if (!again.empty()) {
                request.to = std::move(again);
                failure.outcome = Outcome::temp;
            }
        } while (!answer_lost && route.goes_on() && another_address_may_help(failure));
        const auto pause = attempts.after(failure);
        if (!pause)
            return with_lost(std::move(result), lost);
        // Nobody wants a connection for as long as that. After a time-out there is none.
        if (*pause > Duration{} && policy_.habits.after_timeout == AfterTimeout::drop)
            say_goodbye();
        settings_.pause(*pause);
    }
}

void MailClient::rest(Duration duration) {
    const Instant until = now() + duration;
    if (has_line() && policy_.idle == IdleConnection::watched)
        line_->connection.watch(until);
    if (const Duration left = until - now(); left > Duration{})
        settings_.pause(left);
}

Result MailClient::attempt(const SendRequest& request, bool keep, Failure& failure, Route& route) {
    refusals_.clear();
    if (has_line()) {
        line_->conversation.keep(keep);
        line_->conversation.start(request, now());
    } else {
        line_ = std::make_unique<Line>(request, policy_, settings_.style);
        line_->conversation.set_trace(settings_.trace);
        line_->conversation.keep(keep);
        Result opened = line_->connection.open(settings_.server, route);
        if (opened.outcome != Outcome::ok) {
            failure.outcome = opened.outcome;
            if (line_->connection.timed_out())
                failure.ending = Ending::timed_out;
            line_.reset();
            return opened;
        }
    }
    line_->connection.carry();
    const SendConversation& conversation = line_->conversation;
    failure = {conversation.result().outcome, conversation.ending(), conversation.unanswered()};
    refusals_ = conversation.refusals();
    return conversation.result();
}

void MailClient::say_goodbye() {
    if (!has_line())
        return;
    line_->conversation.leave(now());
    line_->connection.carry();
}

} // namespace refclient
