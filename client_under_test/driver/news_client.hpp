#pragma once

#include "client_under_test/conversation/attempts.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/driver/endpoint.hpp"
#include "client_under_test/driver/operation.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace refclient {

struct NewsSettings {
    Endpoint server;
    std::optional<Login> login;
    std::function<void(Duration)> pause;                              // lets that time pass; whoever owns the clock
    std::function<void(char direction, std::string_view line)> trace; // may be empty
};

// Does one task after the other for a news server, over one connection as long as that holds, and tries again where
// that is right. A new connection starts anew: greeting, MODE READER, log-in when asked for, group.
class NewsClient {
public:
    NewsClient(NewsSettings settings, Policy policy);

    // Until the task is done or given up, pauses between attempts included. If `more_follow` the connection is kept
    // where possible, else it has been closed.
    Result perform(NewsTask& task, bool more_follow);

    // A pause between two tasks. The connection is watched, so that one which the server closes is closed at once.
    void rest(Duration duration);

private:
    // The connection and the conversation live and end together.
    struct Line {
        Line(NewsTask& task, const Policy& policy, const std::optional<Login>& login, Afterwards afterwards)
            : conversation(task, policy, login, afterwards), connection(conversation, policy) {}

        NewsConversation conversation;
        Connection connection;
    };

    bool has_line() const { return line_ && line_->conversation.resting(); }

    void make_up_for_farewell();
    Result attempt(NewsTask& task, Afterwards afterwards, Failure& failure);

    NewsSettings settings_;
    Policy policy_;
    std::unique_ptr<Line> line_;
};

} // namespace refclient
