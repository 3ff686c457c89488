#include "client_under_test/conversation/feed_task.hpp"

#include "client_under_test/conversation/article.hpp"
#include "client_under_test/conversation/body_encoder.hpp"

namespace refclient {

namespace {

std::string encoded(std::string_view article, const Habits& habits) {
    BodyEncoder encoder{article, habits};
    std::string text;
    for (std::string block = encoder.next_block(); !block.empty(); block = encoder.next_block())
        text += block;
    return text;
}

} // namespace

FeedTask::FeedTask(std::string_view article, const Policy& policy)
    : article_(article), id_(field_value(article, "Message-ID")), on_the_wire_(encoded(article, policy.habits)),
      replies_(policy.news.streamed_replies), second_copy_(policy.news.second_copy) {}

// RFC 4644 2.3: the server may have forgotten the mode, and saying it again does no harm.
Move FeedTask::begin() {
    step_ = Step::mode;
    return Say{"MODE STREAM"};
}

Move FeedTask::on_reply(const Reply& reply) {
    switch (step_) {
    case Step::mode:
        return on_mode_reply(reply);
    case Step::check:
        return on_check_reply(reply);
    case Step::takethis:
        return on_takethis_reply(reply);
    case Step::ihave:
        return on_ihave_reply(reply);
    case Step::article:
        return on_article_reply(reply);
    }
    return Unexpected{};
}

void FeedTask::before_repeat(const Result& failure) {
    // A relay has no new name to give; what is left of that mistake is not to know one's own article again.
    if (second_copy_ == SecondCopy::has_the_same_name)
        answer_lost_ = answer_lost_ || failure.outcome == Outcome::uncertain;
}

Move FeedTask::on_mode_reply(const Reply& reply) {
    if (reply.code == 203) {
        step_ = Step::check;
        return Say{"CHECK " + id_};
    }
    if (!is_refusal(reply))
        return Unexpected{};
    step_ = Step::ihave;
    return Say{"IHAVE " + id_, Wait::go_ahead};
}

// RFC 4644 2.4
Move FeedTask::on_check_reply(const Reply& reply) {
    switch (reply.code) {
    case 238:
        if (!is_about_this(reply))
            return Unexpected{};
        step_ = Step::takethis;
        return Stream{"TAKETHIS " + id_, on_the_wire_};
    case 431: // later
        return is_about_this(reply) ? Move{Refused{}} : Move{Unexpected{}};
    case 438:
        return is_about_this(reply) ? not_wanted(reply) : Move{Unexpected{}};
    default:
        return is_refusal(reply) ? Move{Refused{}} : Move{Unexpected{}};
    }
}

// RFC 4644 2.5
Move FeedTask::on_takethis_reply(const Reply& reply) {
    if (reply.code == 239 && is_about_this(reply))
        return Finish{{Outcome::ok, to_text(reply)}};
    if (reply.code == 439)
        return is_about_this(reply) ? not_wanted(reply) : Move{Unexpected{}};
    return is_refusal(reply) ? Move{Refused{}} : Move{Unexpected{}};
}

// RFC 3977 6.3.2
Move FeedTask::on_ihave_reply(const Reply& reply) {
    if (reply.code == 435)
        return not_wanted(reply);
    if (is_refusal(reply))
        return Refused{};
    if (reply.code != 335)
        return Unexpected{};
    step_ = Step::article;
    return Upload{article_};
}

Move FeedTask::on_article_reply(const Reply& reply) {
    if (reply.code == 437 && answer_lost_)
        return not_wanted(reply);
    if (is_refusal(reply))
        return Refused{};
    if (reply.code != 235)
        return Unexpected{};
    return Finish{{Outcome::ok, to_text(reply)}};
}

Move FeedTask::not_wanted(const Reply& reply) const {
    if (answer_lost_)
        return Finish{{Outcome::ok, "it had arrived already: " + to_text(reply)}};
    return Finish{{Outcome::perm, "not wanted: " + to_text(reply)}};
}

// RFC 4644 2.4, 2.5: every reply names the article that it is about. One that names another one is not for us, and then
// nothing that comes on this connection can be believed.
bool FeedTask::is_about_this(const Reply& reply) const {
    if (replies_ == StreamedReplies::count_by_their_order)
        return true;
    const std::string& text = reply.lines.front();
    return text.substr(0, text.find(' ')) == id_;
}

} // namespace refclient
