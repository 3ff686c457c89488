#include "client_under_test/conversation/smtp_conversation.hpp"

#include <utility>

namespace refclient {

namespace {

constexpr int service_closing = 421;

} // namespace

SmtpConversation::SmtpConversation(std::string hello, const Policy& policy, Dialect dialect)
    : Conversation(policy, ReplyForm::multi_line, service_closing), hello_(std::move(hello)), dialect_(dialect) {}

// RFC 5321 4.3.2 lists the replies. An unlisted one counts by its first digit (4.2), except where a wrong guess could
// lose or publish a message: only 220 opens a session, and only 220 begins TLS.
void SmtpConversation::on_reply(const Reply& reply) {
    const bool refusal = reply.first_digit() == 4 || reply.first_digit() == 5;
    switch (step_) {
    case Step::greeting:
        if (refusal)
            return refused(reply);
        if (reply.code != 220)
            return unexpected(reply);
        return say_hello();

    case Step::ehlo:
        if (says_helo_after(reply)) {
            step_ = Step::helo;
            return command("HELO " + hello_, Wait::hello);
        }
        [[fallthrough]];
    case Step::helo:
        if (refusal)
            return refused(reply);
        if (reply.first_digit() != 2)
            return unexpected(reply);
        return on_hello_reply(reply);

    case Step::starttls:
        // RFC 3207 4: 454 is temporary. Going on in the clear is no answer to any of them (RFC 3207 6).
        if (refusal && policy().tls_refused == TlsRefused::go_on_in_the_clear) {
            step_ = Step::open;
            return ready();
        }
        if (refusal)
            return refused(reply);
        if (reply.code != 220)
            return unexpected(reply);
        return secure();

    case Step::open:
        return on_answer(reply);
    }
}

// RFC 5321 4.2.1: 4yz may be tried again, 5yz not.
Outcome SmtpConversation::classify(int code) const {
    return policy().habits.meaning({code, {""}}) == Meaning::perm ? Outcome::perm : Outcome::temp;
}

// RFC 5321 3.2: HELO is for servers that do not know EHLO, and for no other failure.
bool SmtpConversation::says_helo_after(const Reply& reply) const {
    if (dialect_ == Dialect::lmtp)
        return false;
    if (policy().habits.helo == Helo::after_any_failure)
        return reply.first_digit() != 2;
    return reply.code == 500 || reply.code == 502 || reply.code == 504;
}

void SmtpConversation::on_goodbye(const Reply& reply) {
    if (step_ == Step::ehlo && policy().habits.helo == Helo::after_any_failure)
        return on_reply(reply);
    closed_by(reply);
}

// RFC 3207 4.2: what was learnt in the clear is forgotten, and the session starts anew.
void SmtpConversation::on_tls() {
    if (policy().after_tls == AfterTls::go_on) {
        step_ = Step::open;
        return ready();
    }
    offered_ = {};
    say_hello();
}

void SmtpConversation::say_hello() {
    step_ = Step::ehlo;
    command((dialect_ == Dialect::lmtp ? "LHLO " : "EHLO ") + hello_, Wait::hello);
}

void SmtpConversation::on_hello_reply(const Reply& reply) {
    if (step_ == Step::ehlo)
        offered_ = read_smtp_capabilities(reply);
    if (policy().tls == TlsMode::starttls && !is_secure())
        return ask_for_tls();
    step_ = Step::open;
    ready();
}

void SmtpConversation::ask_for_tls() {
    if (!offered_.starttls && policy().tls_refused == TlsRefused::go_on_in_the_clear) {
        step_ = Step::open;
        return ready();
    }
    // Whoever sits in between may have taken the word out of the reply. Temporary: it may not be there the next time.
    if (!offered_.starttls)
        return quit_with({Outcome::temp, "TLS was asked for and the server does not offer STARTTLS"});
    step_ = Step::starttls;
    command("STARTTLS", Wait::starttls);
}

} // namespace refclient
