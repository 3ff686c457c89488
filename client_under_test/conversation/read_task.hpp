#pragma once

#include "client_under_test/conversation/news_task.hpp"

#include <string>

namespace refclient {

struct ReadRequest {
    std::string group;   // none if empty
    std::string article; // <message-id>, or a number within the group
};

// Fetches one article (RFC 3977 6.2.1).
class ReadTask final : public NewsTask {
public:
    // Group and article must have passed is_word().
    explicit ReadTask(ReadRequest request, const Policy& policy = {});

    // With CRLF line ends and single dots. Empty unless the result is ok: a part of an article is never handed out.
    const std::string& article() const { return article_; }

    std::string group() const override { return request_.group; }

    Move begin() override;
    Move on_reply(const Reply& reply) override;
    Move on_downloaded(std::string text) override;

private:
    bool names_another_article(const Reply& reply) const;

    ReadRequest request_;
    NewsHabits habits_;
    std::string article_;
};

} // namespace refclient
