// Invariants of a log-in: it ends; who does not know the password never gets in, whatever he says and however his
// octets are cut; who knows it gets in, and no longer if a single octet on the way is changed; and nothing of a secret
// is left by the mask.
//
// The password that nobody knows is a digest of everything that is said, so not even a fuzzer that learns from
// comparisons can have said it.
#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/check.hpp"
#include "fakeserver/base/digest.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/sasl/exchange.hpp"
#include "fakeserver/protocol/secret_mask.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/scram_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace postfault;
using namespace postfault::protocol;
using sasl::Exchange;
using sasl::Mechanism;
using Kind = Exchange::Result::Kind;

namespace {

constexpr Mechanism mechanisms[] = {Mechanism::plain, Mechanism::login, Mechanism::cram_md5, Mechanism::scram_sha_256,
                                    Mechanism::xoauth2};
constexpr int most_turns = 4;

// Says each line in turn, the first one at once if `at_once`.
void talk(Exchange exchange, const std::vector<std::string_view>& lines, bool at_once) {
    auto line = lines.begin();
    Exchange::Result result =
        exchange.begin(at_once && line != lines.end() ? std::optional(std::string(*line++)) : std::nullopt);
    int turns = 0;
    while (result.kind == Kind::challenge && line != lines.end()) {
        POSTFAULT_CHECK(++turns <= most_turns, "a log-in ends");
        Exchange copy = exchange;
        result = exchange.answer(*line);
        const Exchange::Result tried = copy.answer(*line++);
        POSTFAULT_CHECK(tried.kind == result.kind && tried.challenge == result.challenge,
                        "an exchange is a value, and a copy goes the same way");
    }
    POSTFAULT_CHECK(result.kind != Kind::accepted, "without the password nobody gets in");
}

// The client's side, from the RFCs.
class Client {
public:
    Client(Mechanism mechanism, sasl::Account account, std::string nonce)
        : mechanism_(mechanism), account_(std::move(account)), nonce_(std::move(nonce)) {}

    std::string answer(std::string_view challenge) {
        switch (mechanism_) {
        case Mechanism::plain:
            return fmt::format("{0}{1}{0}{2}", '\0', account_.user, account_.password);
        case Mechanism::login:
            return challenge == "Password:" ? account_.password : account_.user;
        case Mechanism::cram_md5:
            return account_.user + " " + to_hexadecimal(hmac_md5(account_.password, challenge));
        case Mechanism::xoauth2:
            return fmt::format("user={}\x01"
                               "auth=Bearer {}\x01\x01",
                               account_.user, account_.password);
        case Mechanism::scram_sha_256:
            return scram(challenge);
        }
        return {};
    }

private:
    // RFC 5802 section 3
    std::string scram(std::string_view challenge) {
        if (challenge.empty()) {
            bare_ = fmt::format("n={},r={}", account_.user, nonce_);
            return "n,," + bare_;
        }
        if (challenge.starts_with("v="))
            return {};
        std::string_view nonce;
        std::string salt;
        for (const std::string_view part : split(challenge, ',')) {
            if (part.starts_with("r="))
                nonce = part.substr(2);
            else if (part.starts_with("s="))
                salt = from_base64(part.substr(2)).value_or("");
        }
        // Always the same password and the same salt, and it is what takes time here.
        static const std::string salted = salted_sha256(account_.password, salt, 4096);
        return test::scram_final("n,,", bare_, challenge, nonce, salted);
    }

    Mechanism mechanism_;
    sasl::Account account_;
    std::string nonce_;
    std::string bare_;
};

struct Change {
    int turn = -1; // none
    std::size_t at = 0;
    char by = 1; // not 0
};

void make(const Change& change, std::string& response) {
    if (response.empty())
        response += change.by;
    else
        response[change.at % response.size()] = static_cast<char>(response[change.at % response.size()] ^ change.by);
}

void log_in(Exchange exchange, Client client, bool at_once, const Change& wanted) {
    bool changed = false;
    int turn = 0;
    const auto next = [&](std::string_view challenge) {
        std::string response = client.answer(challenge);
        if (turn++ == wanted.turn) {
            make(wanted, response);
            changed = true;
        }
        return response;
    };
    Exchange::Result result = exchange.begin(at_once ? std::optional(next("")) : std::nullopt);
    while (result.kind == Kind::challenge && turn < most_turns)
        result = exchange.answer(next(result.challenge));
    POSTFAULT_CHECK((result.kind == Kind::accepted) != changed, "the right client gets in, and no other");
}

// All that the session does, with the lines that the client said.
std::string steps_of(const sasl::Account& account, std::string_view input, std::size_t piece) {
    smtp::Settings settings;
    settings.mechanisms.assign(std::begin(mechanisms), std::end(mechanisms));
    settings.account = account;
    smtp::Service service(settings);
    const auto session = service.open();
    std::string steps;
    const auto take = [&] {
        while (const auto step = session->next_step())
            steps += fmt::format("{} {} {}\n", static_cast<int>(step->kind), step->subject, step->text);
    };
    session->on_connected();
    take();
    for (std::size_t at = 0; at < input.size(); at += piece) {
        session->on_bytes(input.substr(at, piece));
        take();
    }
    POSTFAULT_CHECK(service.stored().empty(), "nothing is taken of somebody who is not logged in");
    return steps;
}

std::string masked(std::string_view input, std::size_t piece) {
    SecretMask mask;
    std::string result;
    for (std::size_t at = 0; at < input.size(); at += piece)
        result += mask.masked(input.substr(at, piece));
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (size < 4)
        return 0;
    const Mechanism mechanism = mechanisms[data[0] % std::size(mechanisms)];
    const bool at_once = (data[1] & 1U) != 0 && mechanism != Mechanism::cram_md5;
    const sasl::Account account{"tim", to_hexadecimal(sha256(input))};
    const std::string_view said = input.substr(4);
    const Exchange exchange(mechanism, account, account.password.substr(0, 16));
    talk(exchange, split(said, '\n'), (data[1] & 1U) != 0);

    // SCRAM takes a tenth of a second under the sanitizers, so few inputs get that far.
    if (mechanism != Mechanism::scram_sha_256 || data[1] < 16) {
        std::string nonce = "n";
        for (const char octet : said.substr(0, 40))
            if (octet > ' ' && octet < 0x7f && octet != ',')
                nonce += octet;
        const sasl::Account known{"tim", "tanstaaftanstaaf"};
        const Exchange open(mechanism, known, account.password.substr(0, 16));
        const Client client(mechanism, known, nonce);
        if (data[2] == 0)
            log_in(open, client, at_once, {});
        const char by = data[3] == 0 ? '\1' : static_cast<char>(data[3]);
        // The others have one answer.
        const bool has_second = mechanism == Mechanism::login || mechanism == Mechanism::scram_sha_256;
        log_in(open, client, at_once, {has_second ? data[1] >> 1U & 1 : 0, data[2], by});
    }

    POSTFAULT_CHECK(steps_of(account, said, said.size() + 1) == steps_of(account, said, 1),
                    "whole and octet by octet are the same");
    const std::string whole = masked(said, said.size() + 1);
    POSTFAULT_CHECK(whole.size() == said.size(), "a mask hides, and takes nothing away");
    const std::string bytewise = masked(said, 1);
    // A CR may be the end of the line, as long as nothing has come behind it.
    for (std::size_t at = 0; at < whole.size(); ++at)
        POSTFAULT_CHECK(bytewise[at] == whole[at] || bytewise[at] == '*' || bytewise[at] == '\r',
                        "what is cut into pieces shows no more");
    return 0;
}
