#include "client_under_test/conversation/news_conversation.hpp"

#include <utility>

namespace refclient {

namespace {

constexpr int service_closing = 400;
constexpr int authentication_required = 480;

// For std::visit.
template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

} // namespace

NewsConversation::NewsConversation(NewsTask& task, const Policy& policy, std::optional<Login> login,
                                   Afterwards afterwards)
    : Conversation(policy, ReplyForm::single_line, service_closing), task_(&task), login_(std::move(login)),
      log_ins_left_(policy.news.log_ins) {
    keep(afterwards == Afterwards::rest);
}

void NewsConversation::assign(NewsTask& task, Afterwards afterwards, Instant now) {
    if (!resting())
        return;
    task_ = &task;
    keep(afterwards == Afterwards::rest);
    wake(now);
    open_task();
}

void NewsConversation::on_reply(const Reply& reply) {
    // RFC 3977 3.2.1: 480 may be the answer to any command. RFC 4643 2.2: the command that failed is then said again.
    // Not before TLS: a password that is asked for in the clear is not said (RFC 4642 2.2.2 has no 480).
    const bool may_log_in = login_ && !said_.command.empty() && step_ != Step::greeting && step_ != Step::starttls &&
                            step_ != Step::user && step_ != Step::password;
    if (reply.code == authentication_required && may_log_in && !means_missing(reply.code))
        return log_in();
    switch (step_) {
    case Step::greeting:
        if (reply.code == 502) // RFC 3977 5.1: the server closes after it
            return closed_by(reply);
        if (is_refusal(reply))
            return refused(reply);
        // RFC 3977 5.1: 201 means no posting, but MODE READER may change that, and POST itself will tell.
        if (reply.code != 200 && reply.code != 201)
            return unexpected(reply);
        // RFC 8143 4: whether it is in the list of capabilities or not, because somebody may have taken it out.
        if (policy().tls == TlsMode::starttls)
            return ask(Step::starttls, {"STARTTLS", Wait::starttls});
        return choose_mode();

    case Step::starttls:
        if (is_refusal(reply) && policy().tls_refused == TlsRefused::go_on_in_the_clear)
            return choose_mode();
        if (is_refusal(reply))
            return refused(reply);
        if (reply.code != 382)
            return unexpected(reply);
        return secure();

    case Step::mode_reader:
        // RFC 3977 5.3: after 502 the server closes. Others may just not know the command and serve readers anyway.
        if (reply.code == 502)
            return closed_by(reply);
        if (reply.first_digit() == 4)
            return refused(reply);
        if (reply.first_digit() == 3)
            return unexpected(reply);
        return open_task();

    case Step::user:
        return on_user_reply(reply);

    case Step::password:
        return on_password_reply(reply);

    case Step::group:
        if (is_refusal(reply))
            return make(Refused{}, reply);
        if (reply.code != 211)
            return unexpected(reply);
        selected_group_ = task_->group();
        return make(task_->begin(), reply);

    case Step::task:
        return make(task_->on_reply(reply), reply);
    }
}

void NewsConversation::on_downloaded(std::string text) { make(task_->on_downloaded(std::move(text)), {}); }

void NewsConversation::on_goodbye(const Reply& reply) {
    if (means_missing(reply.code))
        return make(task_->on_reply(reply), reply);
    closed_by(reply);
}

bool NewsConversation::means_missing(int code) const { return step_ == Step::task && policy().news.missing(code); }

Outcome NewsConversation::classify(int code) const { return policy().news.refusal_means(code); }

// RFC 4642 2.2.2: nothing of what was learnt in the clear counts. There is nothing yet that this client goes by.
void NewsConversation::on_tls() { choose_mode(); }

void NewsConversation::choose_mode() {
    if (task_->is_reader())
        return ask(Step::mode_reader, {"MODE READER"});
    open_task();
}

void NewsConversation::ask(Step step, Say what) {
    step_ = step;
    said_ = what;
    command(std::move(what.command), what.wait);
}

void NewsConversation::open_task() {
    const std::string group = task_->group();
    if (!group.empty() && group != selected_group_)
        return ask(Step::group, {"GROUP " + group});
    make(task_->begin(), {});
}

void NewsConversation::make(Move move, const Reply& reply) {
    std::visit(Overloaded{
                   [&](Say& what) { ask(Step::task, std::move(what)); },
                   [&](Upload& what) { upload(what.text); },
                   [&](Stream& what) {
                       step_ = Step::task;
                       said_ = {}; // it cannot be said again
                       upload_chunk(std::move(what.command), what.octets, true);
                   },
                   [&](Download& what) { download(std::move(what.what)); },
                   [&](Finish& what) { end_with(std::move(what.result)); },
                   [&](Refused&) { end_with(refusal(reply)); },
                   [&](Unexpected&) { unexpected(reply); },
               },
               move);
}

void NewsConversation::log_in() {
    // RFC 4643 2.2: a server that still says 480 to somebody it has let in means that his rights are not enough.
    if (log_ins_left_ == 0)
        return end_with({Outcome::perm, "the log-in was accepted, but is not enough"});
    --log_ins_left_;
    interrupted_ = std::exchange(step_, Step::user);
    command("AUTHINFO USER " + login_->user, Wait::command);
}

// RFC 4643 2.3
void NewsConversation::on_user_reply(const Reply& reply) {
    if (reply.code == 281)
        return on_logged_in();
    // 483: not without TLS. The password must not be sent then, nor after anything else but 381.
    if (is_refusal(reply))
        return refused(reply);
    if (reply.code != 381)
        return unexpected(reply);
    step_ = Step::password;
    command("AUTHINFO PASS " + login_->password, Wait::command, "AUTHINFO PASS [hidden]");
}

void NewsConversation::on_password_reply(const Reply& reply) {
    // 481 is about the password, and the same one again would only lock the account. 482 and 502 will not get better
    // either.
    if (is_refusal(reply))
        return refused(reply);
    if (reply.code != 281)
        return unexpected(reply);
    on_logged_in();
}

void NewsConversation::on_logged_in() {
    // RFC 4643 2.2: the server may have forgotten nothing, but need not have taken the command either.
    step_ = interrupted_;
    command(said_.command, said_.wait);
}

} // namespace refclient
