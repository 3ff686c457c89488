#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <utility>

namespace refclient::sasl {

// A bearer token (RFC 6750) in the form that large mail providers ask for. The password is the token.
class Xoauth2 final : public Mechanism {
public:
    explicit Xoauth2(Login login) : login_(std::move(login)) {}

    std::optional<std::string> first_words() override;
    std::optional<std::string> answer(std::string_view challenge) override;

private:
    Login login_;
    bool answered_ = false;
};

} // namespace refclient::sasl
