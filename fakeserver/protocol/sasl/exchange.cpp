#include "fakeserver/protocol/sasl/exchange.hpp"

#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/digest.hpp"
#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace postfault::protocol::sasl {

namespace {

using Result = Exchange::Result;
using Kind = Exchange::Result::Kind;

struct Name {
    Mechanism mechanism;
    std::string_view name;
};

constexpr Name names[] = {
    {Mechanism::plain, "PLAIN"},       {Mechanism::login, "LOGIN"},
    {Mechanism::cram_md5, "CRAM-MD5"}, {Mechanism::scram_sha_256, "SCRAM-SHA-256"},
    {Mechanism::xoauth2, "XOAUTH2"},
};

// RFC 7677 section 4 asks for 4096 at least.
constexpr std::uint32_t iterations = 4096;
constexpr std::string_view salt = "postfault's salt";

Result challenge(std::string text) { return {Kind::challenge, std::move(text)}; }

Result accepted_if(bool good) { return {good ? Kind::accepted : Kind::refused, {}}; }

// The value of `r=` and the like among attributes with commas between them (RFC 5802 5.1).
std::optional<std::string_view> attribute(std::string_view message, char name) {
    for (const std::string_view part : split(message, ','))
        if (part.size() >= 2 && part[0] == name && part[1] == '=')
            return part.substr(2);
    return std::nullopt;
}

std::string exclusive_or(std::string left, std::string_view right) {
    for (std::size_t octet = 0; octet < left.size(); ++octet)
        left[octet] = static_cast<char>(left[octet] ^ right[octet]);
    return left;
}

} // namespace

std::string_view to_string(Mechanism mechanism) {
    for (const Name& known : names)
        if (known.mechanism == mechanism)
            return known.name;
    return {};
}

std::optional<Mechanism> mechanism_from(std::string_view name) {
    for (const Name& known : names)
        if (equals_ignoring_case(known.name, name))
            return known.mechanism;
    return std::nullopt;
}

Exchange::Exchange(Mechanism mechanism, Account account, std::string nonce)
    : mechanism_(mechanism), account_(std::move(account)), nonce_(std::move(nonce)) {}

Result Exchange::begin(const std::optional<std::string>& initial) {
    switch (mechanism_) {
    case Mechanism::cram_md5:
        // RFC 2195 section 2. Whoever speaks first here is wrong (RFC 4422 section 4).
        return initial ? Result{Kind::malformed, {}} : challenge(fmt::format("<{}@postfault.example>", nonce_));
    case Mechanism::login:
        return initial ? login(*initial) : challenge("Username:");
    case Mechanism::plain:
    case Mechanism::scram_sha_256:
    case Mechanism::xoauth2:
        break;
    }
    return initial ? answer(*initial) : challenge("");
}

Result Exchange::answer(std::string_view response) {
    switch (mechanism_) {
    case Mechanism::plain:
        return plain(response);
    case Mechanism::login:
        return login(response);
    case Mechanism::cram_md5:
        return cram_md5(response);
    case Mechanism::scram_sha_256:
        if (turn_ == 0)
            return scram_first(response);
        if (turn_ == 1)
            return scram_final(response);
        // RFC 5802 section 3: our signature was the last word, and the client has nothing to add.
        return accepted_if(good_ && response.empty());
    case Mechanism::xoauth2:
        return xoauth2(response);
    }
    return {};
}

// RFC 4616 section 2: [authzid] NUL authcid NUL passwd
Result Exchange::plain(std::string_view response) const {
    const auto parts = split(response, '\0');
    if (parts.size() != 3)
        return {Kind::malformed, {}};
    const bool as_himself = parts[0].empty() || parts[0] == account_.user;
    return accepted_if(as_himself && parts[1] == account_.user && parts[2] == account_.password);
}

Result Exchange::login(std::string_view response) {
    if (turn_++ == 0) {
        said_ = response;
        return challenge("Password:");
    }
    return accepted_if(said_ == account_.user && response == account_.password);
}

// RFC 2195 section 2: the user's name, a blank, and the keyed digest of the challenge
Result Exchange::cram_md5(std::string_view response) const {
    const std::size_t blank = response.rfind(' ');
    if (blank == std::string_view::npos)
        return {Kind::malformed, {}};
    const std::string expected =
        to_hexadecimal(hmac_md5(account_.password, fmt::format("<{}@postfault.example>", nonce_)));
    return accepted_if(response.substr(0, blank) == account_.user && response.substr(blank + 1) == expected);
}

// RFC 5802 section 7: client-first-message
Result Exchange::scram_first(std::string_view response) {
    const std::size_t first = response.find(',');
    const std::size_t second = first == std::string_view::npos ? first : response.find(',', first + 1);
    // No channel is bound here: `p=` is for SCRAM-SHA-256-PLUS.
    const bool is_known = response.starts_with("n,") || response.starts_with("y,");
    if (second == std::string_view::npos || !is_known)
        return {Kind::malformed, {}};
    const std::string_view other = response.substr(first + 1, second - first - 1); // whom to act as
    if (!other.empty() && !other.starts_with("a="))
        return {Kind::malformed, {}};
    const std::string_view bare = response.substr(second + 1);
    const auto user = attribute(bare, 'n');
    const auto nonce = attribute(bare, 'r');
    if (!user || !nonce || nonce->empty())
        return {Kind::malformed, {}};
    good_ = *user == account_.user && (other.empty() || other.substr(2) == account_.user);
    turn_ = 1;
    header_ = response.substr(0, second + 1);
    whole_nonce_ = std::string(*nonce) + nonce_;
    const std::string reply = fmt::format("r={},s={},i={}", whole_nonce_, to_base64(salt), iterations);
    said_ = fmt::format("{},{},", bare, reply);
    return challenge(reply);
}

// RFC 5802 sections 3 and 7: client-final-message
Result Exchange::scram_final(std::string_view response) {
    const std::size_t end = response.rfind(",p=");
    const auto nonce = attribute(response, 'r');
    const auto binding = attribute(response, 'c');
    if (end == std::string_view::npos || !nonce || !binding)
        return {Kind::malformed, {}};
    // RFC 5802 5.1: the header once more, covered by the proof now, so that nobody can have changed it on its way.
    if (!good_ || *binding != to_base64(header_) || *nonce != whole_nonce_)
        return {Kind::refused, {}};
    const std::string salted = salted_sha256(account_.password, salt, iterations);
    const std::string message = said_ + std::string(response.substr(0, end));
    const std::string client_key = hmac_sha256(salted, "Client Key");
    const std::string expected = exclusive_or(client_key, hmac_sha256(sha256(client_key), message));
    if (response.substr(end + 3) != to_base64(expected))
        return {Kind::refused, {}};
    turn_ = 2;
    return challenge("v=" + to_base64(hmac_sha256(hmac_sha256(salted, "Server Key"), message)));
}

// `user=NAME ^A auth=Bearer TOKEN ^A ^A`; what is wrong is told by a challenge that the client answers with nothing.
Result Exchange::xoauth2(std::string_view response) {
    if (turn_++ > 0)
        return {Kind::refused, {}};
    if (response == fmt::format("user={}\x01"
                                "auth=Bearer {}\x01\x01",
                                account_.user, account_.password))
        return {Kind::accepted, {}};
    return challenge(R"({"status":"401","schemes":"bearer","scope":"mail"})");
}

} // namespace postfault::protocol::sasl
