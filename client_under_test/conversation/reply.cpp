#include "client_under_test/conversation/reply.hpp"

#include "client_under_test/conversation/result.hpp"

#include <fmt/format.h>

namespace refclient {

std::string to_text(const Reply& reply) {
    std::string text = fmt::format("{}", reply.code);
    if (!reply.lines.empty() && !reply.lines.front().empty())
        text += " " + printable(reply.lines.front());
    if (reply.lines.size() > 1 && !reply.lines.back().empty())
        text += " / " + printable(reply.lines.back());
    return text;
}

} // namespace refclient
