#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"
#include "fakeserver/protocol/nntp/answers.hpp"
#include "fakeserver/protocol/nntp/calendar.hpp"
#include "fakeserver/protocol/nntp/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// The commands that bring articles: of people (RFC 3977 6.3.1) and of other servers (RFC 3977 6.3.2, RFC 4644).
namespace postfault::protocol::nntp {

namespace {

std::vector<std::string> newsgroups_of(std::string_view text) {
    std::vector<std::string> names;
    const std::string list = field(text, "Newsgroups").value_or("");
    for (const std::string_view name : split(list, ','))
        if (!trimmed(name).empty())
            names.emplace_back(trimmed(name));
    return names;
}

} // namespace

// RFC 3977 6.3.1
Answer Session::post(const Arguments&) {
    if (!settings_.posting)
        return say("440 Posting not permitted\r\n");
    Answer answer = say("340 Send article to be posted\r\n");
    answer.then = Answer::Then::upload;
    return answer;
}

// RFC 3977 6.3.2
Answer Session::ihave(const Arguments& arguments) {
    if (!is_message_id(arguments[0]))
        return say(syntax_error);
    if (spool_.find_article(arguments[0]) != nullptr)
        return say("435 Article not wanted\r\n");
    Answer answer = say("335 Send article to be transferred\r\n");
    answer.then = Answer::Then::upload;
    answer.effect = [this, id = std::string(arguments[0])] { announced_ = spool_.expect(id); };
    return answer;
}

// RFC 4644 2.4
Answer Session::check(const Arguments& arguments) {
    const std::string_view id = arguments[0];
    if (!is_message_id(id))
        return say(syntax_error);
    if (spool_.find_article(id) != nullptr)
        return say(fmt::format("438 {} Not wanted\r\n", id));
    if (spool_.expects(id))
        return say(fmt::format("431 {} On its way, ask later\r\n", id));
    return say(fmt::format("238 {} Send it\r\n", id));
}

// RFC 4644 2.5. An article that is not wanted is refused behind its end like any other.
Answer Session::takethis(const Arguments& arguments) {
    if (!is_message_id(arguments[0]))
        return say(syntax_error);
    Answer answer = say(fmt::format("239 {} Transferred\r\n", arguments[0]));
    answer.ahead = Answer::Ahead{};
    answer.effect = [this, id = std::string(arguments[0])] {
        announced_ = spool_.expect(id);
        streamed_ = true;
    };
    return answer;
}

Receipt Session::receive(const std::string& text, bool too_large) {
    const std::string problem = problem_with(text, too_large);
    if (!problem.empty() && streamed_)
        return {fmt::format("439 {} {}\r\n", *announced_, problem), {}};
    if (!problem.empty())
        return {fmt::format("{} {}\r\n", announced_ ? 437 : 441, problem), {}};
    // RFC 4644 2.5.2: a streaming client would take 439 for an answer for good.
    if (spool_.posted_octets() + text.size() > settings_.max_stored)
        return {fmt::format("{} No room for more articles\r\n", streamed_ ? 400 : announced_ ? 436 : 441), {}};
    std::string id = message_id(text);
    std::string added;
    // RFC 5537 3.5: the injecting agent supplies what the posting agent has left out.
    if (!announced_) {
        if (id.empty()) {
            id = spool_.fresh_message_id();
            added += fmt::format("Message-ID: {}\r\n", id);
        }
        if (!field(text, "Path"))
            added += fmt::format("Path: {}!.POSTED!not-for-mail\r\n", settings_.hostname);
        if (!field(text, "Date"))
            added += fmt::format("Date: {}\r\n", field_date(settings_.now));
    }
    std::string reply = streamed_    ? fmt::format("239 {} Transferred\r\n", id)
                        : announced_ ? fmt::format("235 Article transferred {}\r\n", id)
                                     : fmt::format("240 Article received {}\r\n", id);
    auto store = [this, id, added] {
        Stored posted;
        posted.content = take_text();
        posted.recipients = newsgroups_of(posted.content);
        posted.message_id = id;
        return spool_.take(std::move(posted), added);
    };
    return {std::move(reply), store};
}

std::string Session::problem_with(const std::string& text, bool too_large) const {
    if (too_large)
        return "Article too large";
    if (!body_of(text))
        return "No empty line between header and body";
    if (!header_is_sound(text))
        return "Malformed header";
    for (const std::string_view name : {"From", "Newsgroups", "Subject"})
        if (field(text, name).value_or("").empty())
            return fmt::format("Missing {} field", name);
    const auto id_field = field(text, "Message-ID");
    if (id_field && !is_message_id(*id_field))
        return "Malformed Message-ID field";
    if (announced_ && id_field != *announced_)
        return "Message-ID field differs from the one announced";
    if (id_field && spool_.find_article(*id_field) != nullptr)
        return "435 Duplicate message-id";
    for (const std::string& name : newsgroups_of(text))
        if (spool_.find_group(name) != nullptr)
            return "";
    return "No such newsgroup here";
}

void Session::on_upload_over() {
    announced_.reset();
    streamed_ = false;
}

} // namespace postfault::protocol::nntp
