#include "client_under_test/sasl/login_mechanism.hpp"

namespace refclient::sasl {

std::optional<std::string> LoginMechanism::answer(std::string_view) {
    switch (answered_++) {
    case 0:
        return login_.user;
    case 1:
        return login_.password;
    default:
        return std::nullopt;
    }
}

} // namespace refclient::sasl
