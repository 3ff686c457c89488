#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <utility>

namespace refclient::sasl {

// RFC 4616
class Plain final : public Mechanism {
public:
    explicit Plain(Login login) : login_(std::move(login)) {}

    std::optional<std::string> first_words() override;
    std::optional<std::string> answer(std::string_view challenge) override;

private:
    Login login_;
};

} // namespace refclient::sasl
