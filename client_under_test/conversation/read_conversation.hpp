#pragma once

#include "client_under_test/conversation/conversation.hpp"

#include <string>

namespace refclient {

struct ReadRequest {
    std::string group;   // none if empty
    std::string article; // <message-id>, or a number within the group
};

// Fetches one article by NNTP (RFC 3977 6.2.1).
class ReadConversation final : public Conversation {
public:
    // Group and article must have passed is_word().
    ReadConversation(ReadRequest request, const Policy& policy);

    // With CRLF line ends and single dots. Empty unless the result is ok: a part of an article is never handed out.
    const std::string& article() const { return article_; }

private:
    enum class Step { greeting, mode_reader, group, article };

    void on_reply(const Reply& reply) override;
    void on_downloaded(std::string text) override;
    Outcome classify(int code) const override;

    void ask_for_article();

    ReadRequest request_;
    Step step_ = Step::greeting;
    std::string article_;
};

} // namespace refclient
