#pragma once

#include "client_under_test/conversation/smtp_conversation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace refclient {

struct SendRequest {
    std::string hello = "localhost"; // our name, for EHLO
    std::string from;                // may be empty: MAIL FROM:<>
    std::vector<std::string> to;     // at least one
    std::string_view message;        // must outlive the conversation
};

// Sends one message by SMTP (RFC 5321), command by command.
//
// The message goes to the recipients that were accepted. The outcome is ok only if the message and every recipient were
// taken. If some recipients were refused, the text lists them, and the outcome is perm if one of them is for good, else
// temp.
class SendConversation final : public SmtpConversation {
public:
    // The addresses and the name must have passed is_address() and is_word().
    SendConversation(SendRequest request, const Policy& policy);

private:
    enum class Step { mail, rcpt, data, message };

    struct Refusal {
        std::string recipient;
        Outcome outcome;
        std::string reply;
    };

    void ready() override;
    void on_answer(const Reply& reply) override;

    void next_recipient();
    void on_recipient_reply(const Reply& reply);
    void on_message_taken(const Reply& reply);
    Outcome worst_refusal() const;
    std::string list_refusals() const;

    SendRequest request_;
    Step step_ = Step::mail;
    std::size_t next_recipient_ = 0;
    std::size_t accepted_ = 0;
    std::vector<Refusal> refusals_;
};

// May stand in a command: no blank, control or non-ASCII octet and no bracket that could smuggle in more than an
// address.
bool is_address(std::string_view text);
bool is_word(std::string_view text);

} // namespace refclient
