#pragma once

#include "client_under_test/conversation/conversation.hpp"

#include <string_view>

namespace refclient {

struct PostRequest {
    std::string_view article; // with Message-ID and Date, see complete_article(); must outlive the conversation
};

// Posts one article by NNTP (RFC 3977 6.3.1).
class PostConversation final : public Conversation {
public:
    PostConversation(PostRequest request, const Policy& policy);

private:
    enum class Step { greeting, mode_reader, post, article };

    void on_reply(const Reply& reply) override;
    Outcome classify(int code) const override;

    PostRequest request_;
    Step step_ = Step::greeting;
};

} // namespace refclient
