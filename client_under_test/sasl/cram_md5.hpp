#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <utility>

namespace refclient::sasl {

// RFC 2195. Old, and better than showing the password to everybody.
class CramMd5 final : public Mechanism {
public:
    explicit CramMd5(Login login) : login_(std::move(login)) {}

    std::optional<std::string> answer(std::string_view challenge) override;

private:
    Login login_;
    bool answered_ = false;
};

} // namespace refclient::sasl
