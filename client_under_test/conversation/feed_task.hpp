#pragma once

#include "client_under_test/conversation/news_task.hpp"

#include <string>
#include <string_view>

namespace refclient {

// Offers one article to another server: by CHECK and TAKETHIS where that server streams (RFC 4644), else by IHAVE (RFC
// 3977 6.3.2).
//
// Not wanted, or refused for good, is perm: the same offer will be turned down again. But when the answer to an earlier
// offer was lost, "not wanted" tells that the article has arrived.
class FeedTask final : public NewsTask {
public:
    // The article has Message-ID, and outlives the task.
    explicit FeedTask(std::string_view article, const Policy& policy = {});

    bool is_reader() const override { return false; }

    Move begin() override;
    Move on_reply(const Reply& reply) override;
    void before_repeat(const Result& failure) override;

private:
    enum class Step { mode, check, takethis, ihave, article };

    Move on_mode_reply(const Reply& reply);
    Move on_check_reply(const Reply& reply);
    Move on_takethis_reply(const Reply& reply);
    Move on_ihave_reply(const Reply& reply);
    Move on_article_reply(const Reply& reply);
    Move not_wanted(const Reply& reply) const;
    bool is_about_this(const Reply& reply) const;

    std::string_view article_;
    std::string id_;
    std::string on_the_wire_;
    StreamedReplies replies_;
    SecondCopy second_copy_;
    Step step_ = Step::mode;
    bool answer_lost_ = false; // it may have arrived already
};

} // namespace refclient
