#pragma once

#include "client_under_test/conversation/news_task.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace refclient {

// Posts one article (RFC 3977 6.3.1).
//
// RFC 3977 6.3.1: when the connection is lost before the final reply, nobody knows whether the article was posted. Then
// the client should look for it by its message-id, or post it again under the same one. This task does the first and,
// if the article is not there, the second.
class PostTask final : public NewsTask {
public:
    // The article has Message-ID and Date, see complete_article(), and outlives the task.
    explicit PostTask(std::string_view article, const Policy& policy = {});

    Move begin() override;
    Move on_reply(const Reply& reply) override;
    void before_repeat(const Result& failure) override;

private:
    enum class Step { look, post, article, look_again };

    Move look(Step step);
    Move post();
    Move on_final_reply(const Reply& reply);

    std::string_view article_;
    std::string renamed_; // see SecondCopy::has_a_new_name
    SecondCopy second_copy_;
    GoAhead go_ahead_;
    Step step_ = Step::post;
    bool answer_lost_ = false; // it may have been posted already
    Result refusal_;           // of an article that may be there
};

} // namespace refclient
