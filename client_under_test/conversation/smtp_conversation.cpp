#include "client_under_test/conversation/smtp_conversation.hpp"

#include <utility>

namespace refclient {

namespace {

constexpr int service_closing = 421;
constexpr int more_is_asked = 334;

} // namespace

SmtpConversation::SmtpConversation(std::string hello, const Policy& policy, Dialect dialect)
    : Conversation(policy, ReplyForm::multi_line, service_closing), hello_(std::move(hello)), dialect_(dialect),
      log_ins_left_(1 + policy.repeats_of_refused_log_in) {}

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
        if (refusal && policy().tls_refused == TlsRefused::go_on_in_the_clear)
            return open();
        if (refusal)
            return refused(reply);
        if (reply.code != 220)
            return unexpected(reply);
        return secure();

    case Step::log_in:
        return on_log_in_reply(reply);

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
    if (policy().after_tls == AfterTls::go_on)
        return open();
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
    open();
}

void SmtpConversation::ask_for_tls() {
    if (!offered_.starttls && policy().tls_refused == TlsRefused::go_on_in_the_clear)
        return open();
    // Whoever sits in between may have taken the word out of the reply. Temporary: it may not be there the next time.
    if (!offered_.starttls)
        return quit_with({Outcome::temp, "TLS was asked for and the server does not offer STARTTLS"});
    step_ = Step::starttls;
    command("STARTTLS", Wait::starttls);
}

void SmtpConversation::open() {
    if (policy().login)
        return log_in();
    step_ = Step::open;
    ready();
}

void SmtpConversation::log_in() {
    // Whoever gives a password and asks for no TLS gets what he asks for, as from curl, swaks or smtplib.
    const bool clear_is_allowed =
        policy().tls == TlsMode::none || policy().tls_refused == TlsRefused::go_on_in_the_clear;
    const sasl::Line line = is_secure() || clear_is_allowed ? sasl::Line::is_private : sasl::Line::is_open;
    auto choice = sasl::choose(offered_.auth, *policy().login, line, policy().server_proof);
    if (!choice)
        return quit_with({Outcome::temp, "a log-in was asked for and the server offers none that this client knows"});
    --log_ins_left_;
    exchange_.emplace(std::move(*choice), policy().challenges);
    step_ = Step::log_in;
    command(exchange_->command(), Wait::log_in, "AUTH " + exchange_->name() + " [hidden]");
}

// RFC 4954 4 and 6
void SmtpConversation::on_log_in_reply(const Reply& reply) {
    if (exchange_->cancelled())
        return quit_with({Outcome::temp, "the log-in was cancelled: the server asked for what makes no sense"});
    if (reply.code == more_is_asked) {
        // A challenge is one line.
        const std::string answer = exchange_->answer(reply.lines.size() == 1 ? reply.lines.front() : "*");
        return command(answer, Wait::log_in, exchange_->cancelled() ? "AUTH: *" : "AUTH: [hidden]");
    }
    const Meaning meaning = policy().habits.meaning(reply);
    if (meaning == Meaning::go_on)
        return unexpected(reply);
    if (meaning != Meaning::success && log_ins_left_ > 0)
        return log_in();
    if (meaning != Meaning::success)
        return refused(reply);
    if (!exchange_->trusts_server())
        return quit_with({Outcome::temp, "the server took the log-in, but did not prove that it knows the password"});
    step_ = Step::open;
    ready();
}

} // namespace refclient
