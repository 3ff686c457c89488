#pragma once

#include "client_under_test/sasl/mechanism.hpp"

#include <string>
#include <string_view>

namespace refclient::sasl {

// What is done when the server goes on asking although all has been said.
enum class Challenges { are_counted, are_answered_for_ever };

// One log-in as SMTP has it (RFC 4954 4): base64 on lines of their own.
class Exchange {
public:
    explicit Exchange(Choice choice, Challenges challenges = Challenges::are_counted);

    // "AUTH PLAIN AGEAYg==", or without the last word if the server has to ask first.
    std::string command();

    // The line that answers a challenge. If it is "*", the log-in is cancelled(), and whatever the server then says it
    // has failed.
    std::string answer(std::string_view challenge);

    bool cancelled() const { return cancelled_; }

    bool trusts_server() const { return choice_.mechanism->trusts_server(); }

    const std::string& name() const { return choice_.name; }

private:
    std::optional<std::string> words_for(std::string_view challenge);

    Choice choice_;
    Challenges challenges_;
    std::optional<std::string> unsaid_; // first words that wait for the server to ask
    std::string last_;
    bool cancelled_ = false;
};

} // namespace refclient::sasl
