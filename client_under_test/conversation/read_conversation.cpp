#include "client_under_test/conversation/read_conversation.hpp"

#include "client_under_test/conversation/nntp_status.hpp"

#include <fmt/format.h>

#include <utility>

namespace refclient {

ReadConversation::ReadConversation(ReadRequest request, const Policy& policy)
    : Conversation(policy, ReplyForm::single_line, 400), request_(std::move(request)) {}

void ReadConversation::on_reply(const Reply& reply) {
    const bool refusal = reply.first_digit() == 4 || reply.first_digit() == 5;
    switch (step_) {
    case Step::greeting:
        if (reply.code == 502) // RFC 3977 5.1: the server closes after it
            return closed_by(reply);
        if (refusal)
            return refused(reply);
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
        if (request_.group.empty())
            return ask_for_article();
        step_ = Step::group;
        return command("GROUP " + request_.group, Wait::command);

    case Step::group:
        if (refusal)
            return refused(reply);
        if (reply.code != 211)
            return unexpected(reply);
        return ask_for_article();

    case Step::article:
        if (reply.code == 430 || reply.code == 423 || reply.code == 420)
            return quit_with({Outcome::perm, "no such article: " + to_text(reply)});
        if (refusal)
            return refused(reply);
        // 221, 222 and 223 answer other commands: what follows them, if anything, is not the whole article.
        if (reply.code != 220)
            return unexpected(reply);
        return download("article " + printable(request_.article));
    }
}

void ReadConversation::on_downloaded(std::string text) {
    article_ = std::move(text);
    quit_with({Outcome::ok, fmt::format("{} octets", article_.size())});
}

Outcome ReadConversation::classify(int code) const { return classify_nntp(code); }

void ReadConversation::ask_for_article() {
    step_ = Step::article;
    command("ARTICLE " + request_.article, Wait::command);
}

} // namespace refclient
