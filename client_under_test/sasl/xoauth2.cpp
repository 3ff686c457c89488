#include "client_under_test/sasl/xoauth2.hpp"

#include <utility>

namespace refclient::sasl {

std::optional<std::string> Xoauth2::first_words() {
    return "user=" + login_.user + "\x01" + "auth=Bearer " + login_.password + "\x01\x01";
}

// A challenge is the server's reason for refusing; it is answered with nothing, and then the refusal itself comes.
std::optional<std::string> Xoauth2::answer(std::string_view) {
    if (std::exchange(answered_, true))
        return std::nullopt;
    return "";
}

} // namespace refclient::sasl
