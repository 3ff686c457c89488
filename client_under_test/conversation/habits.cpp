#include "client_under_test/conversation/habits.hpp"

#include <string_view>

namespace refclient {

Meaning by_first_digit(const Reply& reply) {
    switch (reply.first_digit()) {
    case 2:
        return Meaning::success;
    case 3:
        return Meaning::go_on;
    case 5:
        return Meaning::perm;
    default:
        return Meaning::temp;
    }
}

Meaning by_guess(const Reply& reply) {
    const Meaning meaning = by_first_digit(reply);
    const std::string text = to_text(reply);
    const auto says = [&](std::string_view word) { return text.find(word) != std::string::npos; };
    if (meaning == Meaning::go_on)
        return meaning;
    if (says("error") || says("rejected"))
        return Meaning::perm;
    if (meaning == Meaning::success || says("success") || says("accepted"))
        return Meaning::success;
    return meaning == Meaning::perm ? Meaning::temp : Meaning::perm;
}

} // namespace refclient
