// What a conversation can do next.

#include "client_under_test/conversation/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace refclient {

void Conversation::on_downloaded(std::string text) { static_cast<void>(text); }

void Conversation::on_tls() {}

void Conversation::command(std::string line, Wait wait, std::string shown) {
    commands({{std::move(line), wait, std::move(shown)}});
}

void Conversation::commands(std::vector<Command> group) {
    const std::string early = reader_.partial() + std::string{unread_.substr(0, 3)};
    if (!early.empty() && policy_.habits.surplus == Surplus::is_an_error) {
        // The one thing that may come unasked is the server's notice that it is going to close (RFC 5321 3.8). It is
        // read as the answer to this command, which is then never sent because a goodbye ends the conversation.
        const std::string goodbye = fmt::format("{}", goodbye_code_);
        const std::size_t known = std::min(early.size(), goodbye.size());
        if (early.substr(0, known) != goodbye.substr(0, known))
            return leave_with(
                {outcome_if_lost(), fmt::format("after {} the server sent more than was asked for", waited_for_)});
    }
    for (const Command& one : group)
        say(one.line, one.shown.empty() ? one.line : one.shown);
    group_.assign(std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
    activity_ = Activity::replying;
    await_next_of_group();
}

void Conversation::upload(std::string_view message) {
    upload_ = [encoder = BodyEncoder{message, policy_.habits}]() mutable { return encoder.next_block(); };
    upload_is_last_ = true;
    output_ = output_.substr(written_) + upload_();
    written_ = 0;
    activity_ = Activity::uploading;
    waited_for_ = "the server to take the next block of the message";
    if (trace_)
        trace_('>', fmt::format("[message of {} octets]", message.size()));
    arm(Wait::block);
}

void Conversation::upload_chunk(std::string line, std::string_view octets, bool last) {
    constexpr std::size_t block_size = 16384;
    command(std::move(line), last ? Wait::final_reply : Wait::chunk);
    if (activity_ != Activity::replying)
        return; // out of step
    upload_ = [rest = octets]() mutable {
        const std::string_view block = rest.substr(0, block_size);
        rest.remove_prefix(block.size());
        return std::string{block};
    };
    upload_is_last_ = last;
    group_.clear(); // its reply is the one to the octets
    activity_ = Activity::uploading;
    waited_for_ = "the server to take the next block of the message";
    if (trace_)
        trace_('>', fmt::format("[chunk of {} octets]", octets.size()));
    arm(Wait::block);
}

void Conversation::download(std::string what) {
    download_.emplace(policy_.caps, policy_.news.block_end);
    activity_ = Activity::downloading;
    waited_for_ = "the rest of " + std::move(what);
    arm(Wait::article);
}

void Conversation::rest_with(Result result) {
    result_ = std::move(result);
    activity_ = Activity::resting;
    waited_for_ = "the next operation";
    deadline_.reset();
    group_.clear();
    unanswered_ = false;
}

void Conversation::wake(Instant now) {
    now_ = now;
    unanswered_ = true;
}

void Conversation::secure() {
    // The server says nothing between its reply and our handshake. What came behind the reply was sent by somebody in
    // between, who would have it taken for something that was said under TLS (CVE-2021-22947). QUIT is impossible: the
    // server waits for a handshake.
    if (!unread_.empty() && policy_.clear_behind_tls == ClearBehindTls::give_up)
        return drop({Outcome::temp, "behind its reply to STARTTLS the server sent more in the clear"}, Ending::gave_up);
    clear_octets_ = unread_;
    unread_ = {};
    activity_ = Activity::securing;
    waited_for_ = "the TLS handshake";
    arm(Wait::handshake);
}

void Conversation::await_another_reply() {
    activity_ = Activity::final_reply;
    waited_for_ = "the reply to the end of the message";
    arm(Wait::final_reply);
}

void Conversation::end_with(Result result) {
    // What is unread now can only be a surplus, and a connection out of step is good for nothing more.
    if (kept_ && unread_.empty())
        return rest_with(std::move(result));
    quit_with(std::move(result));
}

void Conversation::quit_with(Result result) {
    const Habits& habits = policy_.habits;
    const Farewell farewell =
        result.outcome == Outcome::ok ? habits.farewell_after_success : habits.farewell_after_failure;
    if (farewell == Farewell::none)
        return drop(std::move(result), Ending::gave_up);
    result_ = std::move(result);
    waited_for_ = "the reply to QUIT";
    say("QUIT", "QUIT");
    // With unread input, or replies still to come, the next reply would not be the one to QUIT, so none is waited for;
    // RFC 5321 4.1.1.10 still wants it said.
    const bool in_step = unread_.empty() && group_.empty();
    activity_ = in_step && farewell == Farewell::wait_for_reply ? Activity::quitting : Activity::leaving;
    unread_ = {};
    group_.clear();
    arm(Wait::quit);
}

Result Conversation::refusal(const Reply& reply) const {
    return {classify(reply.code), fmt::format("{} was {}", waited_for_, to_text(reply))};
}

void Conversation::refused(const Reply& reply) { quit_with(refusal(reply)); }

void Conversation::closed_by(const Reply& reply) { drop(refusal(reply), Ending::dismissed); }

void Conversation::unexpected(const Reply& reply) {
    quit_with({outcome_if_lost(), fmt::format("{} was {}, which cannot come here", waited_for_, to_text(reply))});
}

} // namespace refclient
