#include "client_under_test/conversation/news_task.hpp"

namespace refclient {

Move NewsTask::on_downloaded(std::string text) {
    static_cast<void>(text);
    return Unexpected{};
}

void NewsTask::before_repeat(const Result& failure) { static_cast<void>(failure); }

bool is_refusal(const Reply& reply) { return reply.first_digit() == 4 || reply.first_digit() == 5; }

} // namespace refclient
