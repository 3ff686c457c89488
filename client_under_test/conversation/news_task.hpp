#pragma once

#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/conversation/reply.hpp"
#include "client_under_test/conversation/result.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace refclient {

// What a task wants next of the connection that it is done on.
struct Say {
    std::string command;
    Wait wait = Wait::command; // how long to wait for the reply
};

struct Upload { // a text that must outlive the task
    std::string_view text;
};

struct Stream { // a command with octets behind it, as they are, and one reply to both; they must outlive the task
    std::string command;
    std::string_view octets;
};

struct Download { // the block of data that follows the reply
    std::string what;
};

struct Finish {
    Result result;
};

struct Refused {}; // the reply refused it; what that means is told by classify_nntp()

struct Unexpected {}; // the reply is well-formed, but none of those which may come here

using Move = std::variant<Say, Upload, Stream, Download, Finish, Refused, Unexpected>;

// One piece of work for a news server, apart from greetings, log-ins and groups: those are NewsConversation's affair.
// It may be begun several times, on one connection after another, until it is done.
class NewsTask {
public:
    virtual ~NewsTask() = default;
    NewsTask(const NewsTask&) = delete;
    NewsTask& operator=(const NewsTask&) = delete;

    // Whether it needs a server for readers (RFC 3977 5.3). Others talk as one server does to another.
    virtual bool is_reader() const { return true; }

    // The group to select before; none if empty.
    virtual std::string group() const { return {}; }

    virtual Move begin() = 0;
    virtual Move on_reply(const Reply& reply) = 0; // to what it said last, or to the end of what it uploaded
    virtual Move on_downloaded(std::string text);

    // It failed like this, and begin() will be called again.
    virtual void before_repeat(const Result& failure);

protected:
    NewsTask() = default;
};

bool is_refusal(const Reply& reply); // 4yz, 5yz

} // namespace refclient
