#include "client_under_test/sasl/plain.hpp"

namespace refclient::sasl {

// RFC 4616 2: no other identity than the user's own.
std::optional<std::string> Plain::first_words() {
    using namespace std::string_literals;
    return "\0"s + login_.user + "\0"s + login_.password;
}

std::optional<std::string> Plain::answer(std::string_view) { return std::nullopt; }

} // namespace refclient::sasl
