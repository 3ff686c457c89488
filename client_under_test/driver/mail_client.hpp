#pragma once

#include "client_under_test/conversation/attempts.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "client_under_test/driver/endpoint.hpp"
#include "client_under_test/driver/operation.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace refclient {

struct MailSettings {
    Endpoint server;
    SendStyle style;
    std::function<void(Duration)> pause;                              // lets that time pass; whoever owns the clock
    std::function<void(char direction, std::string_view line)> trace; // may be empty
};

// Passes one message after the other on to a server, over one connection as long as that holds, and tries again where
// that may help: only for those recipients that it may help.
class MailClient {
public:
    MailClient(MailSettings settings, Policy policy);

    // Until the message is sent or given up, pauses between attempts included. If `more_follow` the connection is kept
    // where possible, else it has been closed. The message must outlive the client.
    Result send(SendRequest request, bool more_follow);

    // A pause between two messages. The connection is watched, so that one which the server closes is closed at once.
    void rest(Duration duration);

private:
    // The connection and the conversation live and end together.
    struct Line {
        Line(SendRequest request, const Policy& policy, SendStyle style)
            : conversation(std::move(request), policy, style), connection(conversation, policy) {}

        SendConversation conversation;
        Connection connection;
    };

    bool has_line() const { return line_ && line_->conversation.resting(); }

    Result attempt(const SendRequest& request, bool keep, Failure& failure, Route& route);
    void say_goodbye();

    MailSettings settings_;
    Policy policy_;
    std::unique_ptr<Line> line_;
    std::vector<Refusal> refusals_; // of the last attempt
};

} // namespace refclient
