#include "client_under_test/sasl/scram.hpp"

#include "client_under_test/sasl/base64.hpp"
#include "client_under_test/tls/digest.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace refclient::sasl {

namespace {

// "No channel binding": the header of the first words, and its encoding in the last.
constexpr std::string_view header = "n,,";

// Each round is work that the server makes us do; nobody asks for as many in good faith.
constexpr unsigned most_rounds = 1'000'000;

// RFC 5802 5.1: in a name "," and "=" are written otherwise.
std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == ',')
            text += "=2C";
        else if (c == '=')
            text += "=3D";
        else
            text += c;
    }
    return text;
}

// The value of the next attribute, which must be this one. Nothing if it is another.
std::optional<std::string_view> take(std::string_view& message, char name) {
    if (message.size() < 2 || message[0] != name || message[1] != '=')
        return std::nullopt;
    const std::string_view value = message.substr(2, message.find(',') - 2);
    message.remove_prefix(std::min(message.size(), value.size() + 3));
    return value;
}

std::optional<unsigned> to_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string both(std::string one, std::string_view other) {
    for (std::size_t i = 0; i < one.size(); ++i)
        one[i] = static_cast<char>(one[i] ^ other[i]);
    return one;
}

} // namespace

Scram::Scram(Login login, std::string nonce, ServerProof proof)
    : login_(std::move(login)), nonce_(std::move(nonce)), proof_(proof),
      bare_("n=" + escaped(login_.user) + ",r=" + nonce_) {}

std::optional<std::string> Scram::first_words() { return std::string{header} + bare_; }

std::optional<std::string> Scram::answer(std::string_view challenge) {
    switch (std::exchange(step_, step_ == Step::first ? Step::final_ : Step::done)) {
    case Step::first:
        return prove(challenge);
    case Step::final_:
        return check(challenge);
    case Step::done:
        break;
    }
    return std::nullopt;
}

bool Scram::trusts_server() const { return proved_ || proof_ == ServerProof::is_taken_for_granted; }

// RFC 5802 3 and 5.1
std::optional<std::string> Scram::prove(std::string_view challenge) {
    std::string_view rest = challenge;
    const auto nonce = take(rest, 'r');
    const auto salt_text = take(rest, 's');
    const auto rounds_text = take(rest, 'i');
    // The server's part of the nonce comes behind ours; without it an old exchange could be played again.
    if (!nonce || !nonce->starts_with(nonce_) || nonce->size() == nonce_.size() || !salt_text || !rounds_text)
        return std::nullopt;
    const auto salt = from_base64(*salt_text);
    const auto rounds = to_number(*rounds_text);
    if (!salt || salt->empty() || !rounds || *rounds == 0 || *rounds > most_rounds)
        return std::nullopt;

    const std::string words = "c=" + to_base64(header) + ",r=" + std::string{*nonce};
    const std::string all = bare_ + "," + std::string{challenge} + "," + words;
    const std::string salted = tls::salted_sha256(login_.password, *salt, *rounds);
    const std::string client_key = tls::hmac_sha256(salted, "Client Key");
    const std::string signature = tls::hmac_sha256(tls::sha256(client_key), all);
    server_signature_ = tls::hmac_sha256(tls::hmac_sha256(salted, "Server Key"), all);
    return words + ",p=" + to_base64(both(client_key, signature));
}

std::optional<std::string> Scram::check(std::string_view challenge) {
    const auto value = take(challenge, 'v');
    const auto signature = value ? from_base64(*value) : std::nullopt;
    proved_ = signature && tls::same_octets(*signature, server_signature_);
    if (!trusts_server())
        return std::nullopt;
    return "";
}

} // namespace refclient::sasl
