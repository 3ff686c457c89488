#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/conversation/news_task.hpp"
#include "client_under_test/sasl/login.hpp"

#include <optional>
#include <string>

namespace refclient {

// What becomes of a connection when its task is done.
enum class Afterwards {
    quit,
    rest, // kept for the next task, unless the server is out of step
};

// The client's side of one NNTP connection: opens it for reading (RFC 3977 5), inside TLS if asked for (RFC 4642), logs
// in when the server asks for that (RFC 4643), selects groups, and does one task after the other.
class NewsConversation final : public Conversation {
public:
    // The task must outlive the conversation or, if that comes first, its own end.
    NewsConversation(NewsTask& task, const Policy& policy, std::optional<Login> login = {},
                     Afterwards afterwards = Afterwards::quit);

    // The next task, on a connection that rests.
    void assign(NewsTask& task, Afterwards afterwards, Instant now);

private:
    enum class Step { greeting, starttls, mode_reader, user, password, group, task };

    void on_reply(const Reply& reply) override;
    void on_downloaded(std::string text) override;
    void on_goodbye(const Reply& reply) override;

    int greeting_code() const override { return 200; }

    void on_tls() override;
    Outcome classify(int code) const override;

    bool means_missing(int code) const;
    void ask(Step step, Say what);
    void choose_mode();
    void open_task();
    void make(Move move, const Reply& reply);
    void log_in();
    void on_user_reply(const Reply& reply);
    void on_password_reply(const Reply& reply);
    void on_logged_in();

    NewsTask* task_;
    std::optional<Login> login_;
    unsigned log_ins_left_;

    Step step_ = Step::greeting;
    Say said_;                          // last, apart from AUTHINFO
    Step interrupted_ = Step::greeting; // by AUTHINFO
    std::string selected_group_;
};

} // namespace refclient
