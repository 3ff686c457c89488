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
    return Download{"article " + printable(request_.article)};
}

Move ReadTask::on_downloaded(std::string text) {
    article_ = std::move(text);
    return Finish{{Outcome::ok, fmt::format("{} octets", article_.size())}};
}

} // namespace refclient
