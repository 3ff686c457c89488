#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/digest.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/sasl/exchange.hpp"
#include "tests/support/scram_client.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;
using namespace postfault::protocol;
using sasl::Exchange;
using sasl::Mechanism;
using Kind = Exchange::Result::Kind;

namespace {

const sasl::Account account{"tim", "tanstaaftanstaaf"};

Exchange exchange(Mechanism mechanism) { return {mechanism, account, "123"}; }

// A whole log-in by SCRAM with that header.
Exchange::Result log_in_as(const std::string& header) {
    Exchange scram = exchange(Mechanism::scram_sha_256);
    const std::string challenge = scram.begin(header + "n=tim,r=abc").challenge;
    const std::string salt = from_base64(split(challenge, ',')[1].substr(2)).value();
    const Exchange::Result last = scram.answer(
        test::scram_final(header, "n=tim,r=abc", challenge, "abc123", salted_sha256(account.password, salt, 4096)));
    return last.kind == Kind::challenge ? scram.answer("") : last;
}

} // namespace

TEST_CASE("mechanisms have one name each", "[sasl]") {
    for (const Mechanism mechanism :
         {Mechanism::plain, Mechanism::login, Mechanism::cram_md5, Mechanism::scram_sha_256, Mechanism::xoauth2})
        CHECK(sasl::mechanism_from(to_string(mechanism)) == mechanism);
    CHECK(sasl::mechanism_from("cram-md5") == Mechanism::cram_md5);
    CHECK_FALSE(sasl::mechanism_from("DIGEST-MD5"));
}

TEST_CASE("PLAIN", "[sasl]") {
    const std::string nul(1, '\0');
    CHECK(exchange(Mechanism::plain).begin({}).kind == Kind::challenge);
    CHECK(exchange(Mechanism::plain).begin(nul + "tim" + nul + "tanstaaftanstaaf").kind == Kind::accepted);
    CHECK(exchange(Mechanism::plain).begin("tim" + nul + "tim" + nul + "tanstaaftanstaaf").kind == Kind::accepted);
    CHECK(exchange(Mechanism::plain).begin("root" + nul + "tim" + nul + "tanstaaftanstaaf").kind == Kind::refused);
    CHECK(exchange(Mechanism::plain).begin(nul + "tim" + nul + "wrong").kind == Kind::refused);
    CHECK(exchange(Mechanism::plain).begin("tim tanstaaftanstaaf").kind == Kind::malformed);
}

TEST_CASE("LOGIN asks for one after the other", "[sasl]") {
    Exchange login = exchange(Mechanism::login);
    CHECK(login.begin({}).challenge == "Username:");
    CHECK(login.answer("tim").challenge == "Password:");
    CHECK(login.answer("tanstaaftanstaaf").kind == Kind::accepted);
    Exchange at_once = exchange(Mechanism::login);
    CHECK(at_once.begin("tim").challenge == "Password:");
    CHECK(at_once.answer("wrong").kind == Kind::refused);
}

TEST_CASE("CRAM-MD5 is a keyed digest of the challenge", "[sasl]") {
    Exchange cram = exchange(Mechanism::cram_md5);
    const auto asked = cram.begin({});
    CHECK(asked.challenge == "<123@postfault.example>");
    CHECK(cram.answer("tim " + to_hexadecimal(hmac_md5(account.password, asked.challenge))).kind == Kind::accepted);
    CHECK(cram.answer("tim 00").kind == Kind::refused);
    CHECK(cram.answer("tim").kind == Kind::malformed);
    CHECK(exchange(Mechanism::cram_md5).begin("tim").kind == Kind::malformed);
}

TEST_CASE("SCRAM-SHA-256 proves both sides", "[sasl]") {
    Exchange scram = exchange(Mechanism::scram_sha_256);
    CHECK(scram.begin({}).challenge.empty());
    const auto first = scram.answer("n,,n=tim,r=abc");
    REQUIRE(first.kind == Kind::challenge);
    REQUIRE(first.challenge.starts_with("r=abc123,s="));
    const auto parts = split(first.challenge, ',');
    const std::string salted = salted_sha256(account.password, *from_base64(parts[1].substr(2)), 4096);
    const std::string without_proof = "c=biws,r=abc123";
    const std::string message = "n=tim,r=abc," + first.challenge + "," + without_proof;
    const std::string key = hmac_sha256(salted, "Client Key");
    std::string proof = hmac_sha256(sha256(key), message);
    for (std::size_t octet = 0; octet < proof.size(); ++octet)
        proof[octet] = static_cast<char>(proof[octet] ^ key[octet]);
    SECTION("right") {
        const auto last = scram.answer(without_proof + ",p=" + to_base64(proof));
        REQUIRE(last.kind == Kind::challenge);
        CHECK(last.challenge == "v=" + to_base64(hmac_sha256(hmac_sha256(salted, "Server Key"), message)));
        CHECK(scram.answer("").kind == Kind::accepted);
    }
    SECTION("wrong proof") {
        proof[0] = static_cast<char>(proof[0] ^ 1);
        CHECK(scram.answer(without_proof + ",p=" + to_base64(proof)).kind == Kind::refused);
    }
    SECTION("another nonce") { CHECK(scram.answer("c=biws,r=abc124,p=" + to_base64(proof)).kind == Kind::refused); }
    SECTION("a proof in base64 with bits behind its end") {
        std::string text = to_base64(proof);
        REQUIRE(text.ends_with('='));
        REQUIRE(from_base64(text));
        char& last = text[text.size() - 2]; // two of its bits are 0
        last = last == '9' ? '+' : last == 'Z' ? 'a' : last == 'z' ? '0' : static_cast<char>(last + 1);
        CHECK(scram.answer(without_proof + ",p=" + text).kind == Kind::refused);
    }
    SECTION("another header than at first, or none") {
        CHECK(scram.answer("c=eSws,r=abc123,p=" + to_base64(proof)).kind == Kind::refused);
        CHECK(scram.answer("r=abc123,p=" + to_base64(proof)).kind == Kind::malformed);
    }
    SECTION("the header was changed on its way") {
        Exchange met = exchange(Mechanism::scram_sha_256);
        REQUIRE(met.begin("y,,n=tim,r=abc").challenge == first.challenge);
        CHECK(met.answer(without_proof + ",p=" + to_base64(proof)).kind == Kind::refused);
    }
    SECTION("acting as somebody") {
        CHECK(log_in_as("n,,").kind == Kind::accepted);
        CHECK(log_in_as("n,a=tim,").kind == Kind::accepted);
        CHECK(log_in_as("n,a=root,").kind == Kind::refused);
        CHECK(exchange(Mechanism::scram_sha_256).begin("n,root,n=tim,r=abc").kind == Kind::malformed);
    }
    SECTION("no proof") { CHECK(scram.answer(without_proof).kind == Kind::malformed); }
    SECTION("malformed beginnings") {
        for (const char* text : {"", "n", "n,,", "p=tls-unique,,n=tim,r=abc", "n,,n=tim", "n,,n=tim,r="})
            CHECK(exchange(Mechanism::scram_sha_256).begin(std::string(text)).kind == Kind::malformed);
    }
}

TEST_CASE("XOAUTH2 tells what is wrong and then refuses", "[sasl]") {
    CHECK(exchange(Mechanism::xoauth2)
              .begin("user=tim\x01"
                     "auth=Bearer tanstaaftanstaaf\x01\x01")
              .kind == Kind::accepted);
    Exchange wrong = exchange(Mechanism::xoauth2);
    CHECK(wrong
              .begin("user=tim\x01"
                     "auth=Bearer x\x01\x01")
              .kind == Kind::challenge);
    CHECK(wrong.answer("").kind == Kind::refused);
}
