#include "client_under_test/conversation/post_task.hpp"

#include "client_under_test/conversation/article.hpp"

#include <fmt/format.h>

namespace refclient {

namespace {

constexpr int article_exists = 223;
constexpr int send_article = 340;
constexpr int duplicate = 435;
constexpr int posting_failed = 441;

std::string with_new_name(std::string_view article) {
    std::string text{article};
    const std::string name = field_value(article, "Message-ID");
    if (const std::size_t at = text.find(name); name.size() > 1 && at != std::string::npos)
        text.insert(at + 1, "again.");
    return text;
}

} // namespace

PostTask::PostTask(std::string_view article, const Policy& policy)
    : article_(article), second_copy_(policy.news.second_copy), go_ahead_(policy.habits.go_ahead) {}

Move PostTask::begin() { return answer_lost_ ? look(Step::look) : post(); }

Move PostTask::on_reply(const Reply& reply) {
    switch (step_) {
    case Step::look:
        if (reply.code == article_exists)
            return Finish{{Outcome::ok, "it had been posted already: " + to_text(reply)}};
        // RFC 3977 6.3.1 prefers to post again anyway: STAT may not show what has only just been posted.
        return is_refusal(reply) ? post() : Move{Unexpected{}};

    case Step::post:
        if (go_ahead_ == GoAhead::is_waited_for && is_refusal(reply))
            return Refused{};
        if (go_ahead_ == GoAhead::is_waited_for && reply.code != send_article)
            return Unexpected{};
        step_ = Step::article;
        return Upload{article_};

    case Step::article:
        return on_final_reply(reply);

    case Step::look_again:
        if (reply.code == article_exists)
            return Finish{{Outcome::ok, "it had been posted already: " + to_text(reply)}};
        return is_refusal(reply) ? Move{Finish{refusal_}} : Move{Unexpected{}};
    }
    return Unexpected{};
}

void PostTask::before_repeat(const Result& failure) {
    if (failure.outcome != Outcome::uncertain)
        return;
    if (second_copy_ == SecondCopy::has_a_new_name)
        article_ = renamed_ = with_new_name(article_);
    else
        answer_lost_ = true;
}

Move PostTask::look(Step step) {
    step_ = step;
    return Say{fmt::format("STAT {}", field_value(article_, "Message-ID"))};
}

Move PostTask::post() {
    step_ = Step::post;
    return Say{"POST", Wait::go_ahead};
}

Move PostTask::on_final_reply(const Reply& reply) {
    // An article refused as a duplicate of itself has been posted. 441 alone does not say why it refuses, and its text
    // is for people (RFC 3977 3.2): only the server's own list of articles can tell.
    if (answer_lost_ && (reply.code == posting_failed || reply.code == duplicate)) {
        refusal_ = {classify_nntp(reply.code), "the article was refused: " + to_text(reply)};
        return look(Step::look_again);
    }
    if (is_refusal(reply))
        return Refused{};
    // 240. An unknown 24z is success too (RFC 3977 3.2); any other 2yz belongs to some other command.
    if (reply.code / 10 != 24)
        return Unexpected{};
    return Finish{{Outcome::ok, to_text(reply)}};
}

} // namespace refclient
