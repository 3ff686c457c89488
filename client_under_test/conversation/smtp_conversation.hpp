#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/conversation/smtp_capabilities.hpp"
#include "client_under_test/sasl/exchange.hpp"

#include <optional>
#include <string>

namespace refclient {

enum class Dialect {
    smtp,
    lmtp, // RFC 2033: LHLO, and never HELO
};

// How every SMTP session opens, whatever it is for: the greeting, EHLO or HELO, TLS and log-in if they were asked for.
// Then the derived conversation is ready() and sees the replies to what it says from there on.
class SmtpConversation : public Conversation {
protected:
    // `hello` is our name and must have passed is_word().
    SmtpConversation(std::string hello, const Policy& policy, Dialect dialect = Dialect::smtp);

    // The server is ready for the first transaction. Must call one of Conversation's functions.
    virtual void ready() = 0;

    // A reply to anything that was said since ready(). Must call exactly one of Conversation's functions.
    virtual void on_answer(const Reply& reply) = 0;

    // What was offered in the last reply to EHLO, and nothing that was learnt before TLS began.
    const SmtpCapabilities& offered() const { return offered_; }

    Dialect dialect() const { return dialect_; }

    Outcome classify(int code) const override;

private:
    enum class Step { greeting, ehlo, helo, starttls, log_in, open };

    void on_reply(const Reply& reply) final;
    void on_goodbye(const Reply& reply) final;

    int greeting_code() const final { return 220; }

    void on_tls() final;

    void say_hello();
    bool says_helo_after(const Reply& reply) const;
    void on_hello_reply(const Reply& reply);
    void ask_for_tls();
    void open();
    void log_in();
    void on_log_in_reply(const Reply& reply);

    std::string hello_;
    Dialect dialect_;
    Step step_ = Step::greeting;
    SmtpCapabilities offered_;
    std::optional<sasl::Exchange> exchange_;
    unsigned log_ins_left_;
};

} // namespace refclient
