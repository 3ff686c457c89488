#pragma once

#include "fakeserver/protocol/line_session.hpp"
#include "fakeserver/protocol/smtp/mailbox.hpp"
#include "fakeserver/protocol/smtp/settings.hpp"

namespace postfault::protocol::smtp {

struct Extended;
struct Refusal;

// The server side of one SMTP connection (RFC 5321) or LMTP connection (RFC 2033), always well behaved.
class Session final : public LineSession {
public:
    Session(const Settings& settings, Mailbox& mailbox); // both outlive the session

private:
    enum class Greeted { no, helo, ehlo }; // LHLO is as good as EHLO

    struct Transaction {
        std::string sender;
        std::vector<std::string> recipients;
        bool utf8 = false;   // MAIL had SMTPUTF8
        bool binary = false; // MAIL had BODY=BINARYMIME
    };

    std::string greeting() const override;
    Answer answer(const Command& command) override;
    bool goes_on(const Command& command, std::string_view reply) const override;
    std::string shown(const Command& command) const override;
    Receipt receive(const std::string& text, bool too_large) override;
    void on_upload_over() override;
    Facts known(const Command* command) const override;
    void forget_client() override;

    Answer ehlo(const Command& command);
    Answer helo(const Command& command);
    Answer mail(const Command& command);
    Answer rcpt(const Command& command);
    Answer data(const Command& command);
    Answer bdat(const Command& command);
    Answer rset(const Command& command);
    Answer noop(const Command& command);
    Answer vrfy(const Command& command);
    Answer help(const Command& command);
    Answer starttls(const Command& command);
    Answer quit(const Command& command);
    Answer not_implemented(const Command& command);

    // smtp/session_log_in.cpp
    Answer auth(const Command& command);
    Answer respond(const Command& command);
    Answer answer_log_in(const sasl::Exchange& exchange, const sasl::Exchange::Result& result);

    // The lines of the EHLO reply below its first.
    std::vector<std::string> offered() const;

    // What the parameters of the next MAIL or RCPT depend on.
    Extended extended() const;

    // Why there can be no data now, or nothing.
    std::optional<Answer> refuse_data() const;

    // One reply line; the status (`2.1.0`) is left out where it was not offered.
    std::string line(int code, std::string_view status, std::string_view text) const;
    Answer say(int code, std::string_view status, std::string_view text) const;
    Answer say(const Refusal& refusal) const;
    void end_transaction();

    const Settings& settings_;
    Mailbox& mailbox_;
    Greeted greeted_ = Greeted::no;
    std::string hello_; // the client's name for itself
    std::optional<Transaction> transaction_;
    std::optional<sasl::Exchange> exchange_; // a log-in that is under way
    bool logged_in_ = false;
};

} // namespace postfault::protocol::smtp
