#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <string>

namespace refclient::sasl {

// SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. Both ends prove that they know the password, and neither
// shows it.
class Scram final : public Mechanism {
public:
    // The nonce must be new each time and have no comma.
    Scram(Login login, std::string nonce, ServerProof proof = ServerProof::is_checked);

    std::optional<std::string> first_words() override;
    std::optional<std::string> answer(std::string_view challenge) override;
    bool trusts_server() const override;

private:
    enum class Step { first, final_, done };

    std::optional<std::string> prove(std::string_view challenge);
    std::optional<std::string> check(std::string_view challenge);

    Login login_;
    std::string nonce_;
    ServerProof proof_;
    Step step_ = Step::first;
    std::string bare_; // our first words without their header
    std::string server_signature_;
    bool proved_ = false;
};

} // namespace refclient::sasl
