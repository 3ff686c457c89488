#pragma once

#include "client_under_test/conversation/smtp_conversation.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace refclient {

struct SendRequest {
    std::string hello = "localhost"; // our name, for EHLO; the first request of a conversation decides
    std::string from;                // may be empty: MAIL FROM:<>
    std::vector<std::string> to;     // at least one
    std::string_view message;        // must outlive the conversation
};

// Which of the server's extensions a client makes use of.
struct SendStyle {
    bool pipelining = false;                // RFC 2920
    std::optional<std::size_t> chunks_from; // RFC 3030: for messages of that many octets or more
};

// A recipient that did not get the message, and why.
struct Refusal {
    std::string recipient;
    Outcome outcome;
    std::string reply;
};

// Sends messages by SMTP (RFC 5321) or LMTP (RFC 2033): the first as soon as the session is open, and, if the
// connection is to be kept, each further one when start() is called at rest.
//
// A message goes to the recipients that were accepted. The outcome is ok only if the message and every recipient were
// taken. If some recipients were refused, the text lists them, and the outcome is perm if one of them is for good, else
// temp.
class SendConversation final : public SmtpConversation {
public:
    // The addresses and the name must have passed is_address() and is_word().
    SendConversation(SendRequest request, const Policy& policy, SendStyle style = {}, Dialect dialect = Dialect::smtp);

    // Only while it rests.
    void start(SendRequest request, Instant now);

    // The recipients that were refused, of the message that was started last. Each of the others shares result().
    const std::vector<Refusal>& refusals() const { return refusals_; }

private:
    enum class Step { rset, mail, rcpt, data, message, chunk };

    void ready() override;
    void on_answer(const Reply& reply) override;

    void say_group(std::string mail);
    void on_mail_reply(const Reply& reply);
    void on_recipient_reply(const Reply& reply);
    void on_recipients_answered();
    void on_data_reply(const Reply& reply);
    void on_chunk_reply(const Reply& reply);
    void on_message_reply(const Reply& reply);
    void on_delivery_reply(const Reply& reply);
    bool goes_in_chunks() const;
    void send_message();
    void next_chunk();
    void conclude();

    Meaning meaning_of(const Reply& reply) const { return policy().habits.meaning(reply); }

    Outcome worst_refusal() const;
    std::string list_refusals() const;

    SendRequest request_;
    SendStyle style_;
    Step step_ = Step::mail;
    bool transaction_is_open_ = false; // MAIL was accepted, and nothing has ended that yet

    bool in_group_ = false;
    std::size_t answered_recipients_ = 0;
    std::vector<std::string> accepted_; // recipients, in the order in which they were said
    std::vector<Refusal> refusals_;
    std::size_t delivered_ = 0;          // LMTP: replies to the message so far
    std::size_t taken_ = 0;              // recipients for which the message was taken
    std::string final_reply_;            // to the message, when it was taken
    std::optional<Result> mail_refusal_; // in a group
    std::string chunks_;                 // the message as it goes into chunks
    std::size_t next_chunk_ = 0;         // offset of the next one
};

// May stand in a command: no blank, control or non-ASCII octet and no bracket that could smuggle in more than an
// address.
bool is_address(std::string_view text);
bool is_word(std::string_view text);

} // namespace refclient
