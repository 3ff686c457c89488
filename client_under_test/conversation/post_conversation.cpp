#include "client_under_test/conversation/post_conversation.hpp"

#include "client_under_test/conversation/nntp_status.hpp"

#include <utility>

namespace refclient {

PostConversation::PostConversation(PostRequest request, const Policy& policy)
    : Conversation(policy, ReplyForm::single_line, 400), request_(request) {}

void PostConversation::on_reply(const Reply& reply) {
    const bool refusal = reply.first_digit() == 4 || reply.first_digit() == 5;
    switch (step_) {
    case Step::greeting:
        if (reply.code == 502) // RFC 3977 5.1: the server closes after it
            return closed_by(reply);
        if (refusal)
            return refused(reply);
        // RFC 3977 5.1: 201 means no posting, but MODE READER may change that, and POST itself will tell.
        if (reply.code != 200 && reply.code != 201)
            return unexpected(reply);
        step_ = Step::mode_reader;
        return command("MODE READER", Wait::command);

    case Step::mode_reader:
        // RFC 3977 5.3: after 502 the server closes. Others may just not know the command and serve readers anyway.
        if (reply.code == 502)
            return closed_by(reply);
        if (reply.first_digit() == 4)
            return refused(reply);
        if (reply.first_digit() == 3)
            return unexpected(reply);
        step_ = Step::post;
        return command("POST", Wait::go_ahead);

    case Step::post:
        if (refusal)
            return refused(reply);
        if (reply.code != 340)
            return unexpected(reply);
        step_ = Step::article;
        return upload(request_.article);

    case Step::article:
        if (refusal)
            return refused(reply);
        // 240. An unknown 24z is success too (RFC 3977 3.2); any other 2yz belongs to some other command.
        if (reply.code / 10 != 24)
            return unexpected(reply);
        return quit_with({Outcome::ok, to_text(reply)});
    }
}

Outcome PostConversation::classify(int code) const { return classify_nntp(code); }

} // namespace refclient
