#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <utility>

namespace refclient::sasl {

// LOGIN was never written down as a standard (draft-murchison-sasl-login): the server asks twice, with a text that is
// for people, and gets the name and the password.
class LoginMechanism final : public Mechanism {
public:
    explicit LoginMechanism(Login login) : login_(std::move(login)) {}

    std::optional<std::string> answer(std::string_view challenge) override;

private:
    Login login_;
    int answered_ = 0;
};

} // namespace refclient::sasl
