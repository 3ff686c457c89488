#include "client_under_test/conversation/read_task.hpp"

#include <fmt/format.h>

#include <utility>

namespace refclient {

ReadTask::ReadTask(ReadRequest request, const Policy& policy) : request_(std::move(request)), habits_(policy.news) {}

Move ReadTask::begin() { return Say{"ARTICLE " + request_.article}; }

Move ReadTask::on_reply(const Reply& reply) {
    if (habits_.missing(reply.code))
        return Finish{{Outcome::perm, "no such article: " + to_text(reply)}};
    if (is_refusal(reply))
        return Refused{};
    // 221, 222 and 223 answer other commands: what follows them, if anything, is not the whole article.
    if (reply.code != 220)
        return Unexpected{};
    if (names_another_article(reply))
        return Unexpected{};
    return Download{"article " + printable(request_.article)};
}

// RFC 3977 6.2.1: "220 number message-id". An article that was not asked for is the answer to nobody knows what.
bool ReadTask::names_another_article(const Reply& reply) const {
    const std::string& text = reply.lines.front();
    const std::size_t begin = text.find('<');
    const std::size_t end = text.find('>', begin);
    return request_.article.starts_with('<') && begin != std::string::npos && end != std::string::npos &&
           text.substr(begin, end + 1 - begin) != request_.article;
}

Move ReadTask::on_downloaded(std::string text) {
    article_ = std::move(text);
    return Finish{{Outcome::ok, fmt::format("{} octets", article_.size())}};
}

} // namespace refclient
