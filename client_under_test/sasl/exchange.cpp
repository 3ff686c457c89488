#include "client_under_test/sasl/exchange.hpp"

#include "client_under_test/sasl/base64.hpp"

#include <utility>

namespace refclient::sasl {

namespace {

constexpr std::size_t longest_command = 510; // RFC 5321 4.5.3.1.4, without CRLF
constexpr std::string_view cancel = "*";

} // namespace

Exchange::Exchange(Choice choice, Challenges challenges) : choice_(std::move(choice)), challenges_(challenges) {}

std::string Exchange::command() {
    std::string line = "AUTH " + choice_.name;
    const std::optional<std::string> words = choice_.mechanism->first_words();
    if (!words)
        return line;
    // RFC 4954 4: "=" stands for words that are empty; without it the server would ask for some.
    const std::string text = words->empty() ? "=" : to_base64(*words);
    // RFC 4954 4: what would make the command too long is said when the server asks for it.
    if (line.size() + 1 + text.size() > longest_command) {
        unsaid_ = words;
        return line;
    }
    return line + " " + text;
}

std::string Exchange::answer(std::string_view challenge) {
    std::optional<std::string> words = words_for(challenge);
    if (!words && challenges_ == Challenges::are_answered_for_ever)
        words = last_;
    cancelled_ = !words;
    if (cancelled_)
        return std::string{cancel};
    last_ = *words;
    return to_base64(*words);
}

// RFC 4954 4: what cannot be decoded must be cancelled. Every mechanism has an end, so an exchange has one too.
std::optional<std::string> Exchange::words_for(std::string_view challenge) {
    const std::optional<std::string> asked = from_base64(challenge);
    if (!asked)
        return std::nullopt;
    if (unsaid_)
        return std::exchange(unsaid_, std::nullopt);
    return choice_.mechanism->answer(*asked);
}

} // namespace refclient::sasl
