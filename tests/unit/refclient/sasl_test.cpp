#include "client_under_test/sasl/base64.hpp"
#include "client_under_test/sasl/cram_md5.hpp"
#include "client_under_test/sasl/exchange.hpp"
#include "client_under_test/sasl/login_mechanism.hpp"
#include "client_under_test/sasl/plain.hpp"
#include "client_under_test/sasl/scram.hpp"
#include "client_under_test/sasl/xoauth2.hpp"
#include "client_under_test/tls/digest.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <utility>

using namespace refclient;
using namespace refclient::sasl;

namespace {

const Login tim{"tim", "tanstaaftanstaaf"};

// RFC 7677 3
const Login user{"user", "pencil"};
constexpr std::string_view nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

Exchange exchange_with(std::string name, std::unique_ptr<Mechanism> mechanism,
                       Challenges challenges = Challenges::are_counted) {
    return Exchange{Choice{std::move(name), std::move(mechanism)}, challenges};
}

std::string name_of(const std::optional<Choice>& choice) { return choice ? choice->name : "none"; }

} // namespace

TEST_CASE("base64: what was encoded comes back, and nothing else is taken", "[refclient][sasl]") {
    using namespace std::string_literals;
    const std::vector<std::pair<std::string, std::string>> pairs{
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\0\xff\x10"s, "AP8Q"}};
    for (const auto& [octets, text] : pairs) {
        CHECK(to_base64(octets) == text);
        CHECK(from_base64(text) == octets);
    }
    for (const char* wrong : {"Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9v ", "Z*8=", "====", "=Zg=", "Zg\n=", "!!!!"})
        CHECK_FALSE(from_base64(wrong));
}

TEST_CASE("sasl: PLAIN and LOGIN say name and password once", "[refclient][sasl]") {
    Plain plain{tim};
    CHECK(plain.first_words() == std::string{"\0tim\0tanstaaftanstaaf", 21});
    CHECK_FALSE(plain.answer(""));
    LoginMechanism login{tim};
    CHECK_FALSE(login.first_words());
    CHECK(login.answer("Username:") == "tim");
    CHECK(login.answer("anything") == "tanstaaftanstaaf");
    CHECK_FALSE(login.answer("Username:"));
}

TEST_CASE("sasl: CRAM-MD5 answers as in RFC 2195", "[refclient][sasl]") {
    CramMd5 cram{tim};
    CHECK(cram.answer("<1896.697170952@postoffice.reston.mci.net>") == "tim b913a602c7eda7a495b4e6e7334d3890");
    CHECK_FALSE(cram.answer("<1896.697170952@postoffice.reston.mci.net>"));
    CHECK_FALSE(CramMd5{tim}.answer(""));
}

TEST_CASE("sasl: XOAUTH2 shows its token and takes a refusal with its reason", "[refclient][sasl]") {
    Xoauth2 oauth{{"someuser@example.com", "ya29.token"}};
    CHECK(oauth.first_words() == "user=someuser@example.com\x01"
                                 "auth=Bearer ya29.token\x01\x01");
    CHECK(oauth.answer("{\"status\":\"401\"}") == "");
    CHECK_FALSE(oauth.answer("{}"));
}

TEST_CASE("sasl: SCRAM-SHA-256 speaks as in RFC 7677, and asks the server for its proof", "[refclient][sasl]") {
    Scram scram{user, std::string{nonce}};
    CHECK(scram.first_words() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    CHECK(scram.answer(server_first) == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    CHECK_FALSE(scram.trusts_server());
    CHECK(scram.answer(server_final) == "");
    CHECK(scram.trusts_server());
    CHECK_FALSE(scram.answer(server_final));
}

TEST_CASE("sasl: SCRAM believes no wrong proof", "[refclient][sasl]") {
    for (const char* wrong :
         {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=", "v=",
          "v=AAAA", "e=invalid-proof", "", "V=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="}) {
        CAPTURE(wrong);
        Scram scram{user, std::string{nonce}};
        scram.first_words();
        scram.answer(server_first);
        CHECK_FALSE(scram.answer(wrong));
        CHECK_FALSE(scram.trusts_server());
    }
    Scram trusting{user, std::string{nonce}, ServerProof::is_taken_for_granted};
    trusting.answer(server_first);
    CHECK(trusting.answer("v=AAAA") == "");
    CHECK(trusting.trusts_server());
}

TEST_CASE("sasl: SCRAM answers no challenge that is not for it", "[refclient][sasl]") {
    for (const char* wrong :
         {"", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
          "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096",
          "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=0", "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4096x",
          "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4294967295", "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z", "r=rOprNGfwEbeRWgbNEkqOx",
          "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=1", "r"}) {
        CAPTURE(wrong);
        Scram scram{user, std::string{nonce}};
        CHECK_FALSE(scram.answer(wrong));
        CHECK_FALSE(scram.trusts_server());
    }
    CHECK(Scram{{"a=b,c", "x"}, "n"}.first_words() == "n,,n=a=3Db=2Cc,r=n");
}

TEST_CASE("sasl: the strongest mechanism is taken, and on an open line none that shows the secret",
          "[refclient][sasl]") {
    const std::vector<std::string> all{"LOGIN", "PLAIN", "XOAUTH2", "CRAM-MD5", "GSSAPI", "SCRAM-SHA-256"};
    CHECK(name_of(choose(all, tim, Line::is_private)) == "SCRAM-SHA-256");
    CHECK(name_of(choose({"LOGIN", "PLAIN", "CRAM-MD5"}, tim, Line::is_private)) == "CRAM-MD5");
    CHECK(name_of(choose({"XOAUTH2", "LOGIN", "PLAIN"}, tim, Line::is_private)) == "PLAIN");
    CHECK(name_of(choose({"XOAUTH2", "LOGIN"}, tim, Line::is_private)) == "LOGIN");
    CHECK(name_of(choose({"XOAUTH2"}, tim, Line::is_private)) == "XOAUTH2");
    CHECK(name_of(choose({"GSSAPI"}, tim, Line::is_private)) == "none");
    CHECK(name_of(choose({}, tim, Line::is_private)) == "none");
    CHECK(name_of(choose(all, tim, Line::is_open)) == "SCRAM-SHA-256");
    CHECK(name_of(choose({"LOGIN", "PLAIN", "XOAUTH2"}, tim, Line::is_open)) == "none");
}

TEST_CASE("sasl: an exchange says the first words with the name, or when asked", "[refclient][sasl]") {
    Exchange plain = exchange_with("PLAIN", std::make_unique<Plain>(Login{"a", "b"}));
    CHECK(plain.command() == "AUTH PLAIN AGEAYg==");
    CHECK(plain.answer("") == "*"); // all has been said
    CHECK(plain.cancelled());
    Exchange login = exchange_with("LOGIN", std::make_unique<LoginMechanism>(Login{"a", "b"}));
    CHECK(login.command() == "AUTH LOGIN");
    CHECK(login.answer("VXNlcm5hbWU6") == "YQ==");
    CHECK(login.answer("UGFzc3dvcmQ6") == "Yg==");
    CHECK_FALSE(login.cancelled());
    CHECK(login.answer("VXNlcm5hbWU6") == "*");
    Exchange lengthy = exchange_with("PLAIN", std::make_unique<Plain>(Login{"a", std::string(400, 'b')}));
    CHECK(lengthy.command() == "AUTH PLAIN");
    CHECK(lengthy.answer("").size() > 500);
    CHECK_FALSE(lengthy.cancelled());
}

TEST_CASE("sasl: what cannot be decoded is cancelled", "[refclient][sasl]") {
    Exchange login = exchange_with("LOGIN", std::make_unique<LoginMechanism>(Login{"a", "b"}));
    CHECK(login.answer("Username:") == "*");
    CHECK(login.cancelled());
}

TEST_CASE("sasl: a client without an end answers for ever", "[refclient][sasl][defects]") {
    Exchange login =
        exchange_with("LOGIN", std::make_unique<LoginMechanism>(Login{"a", "b"}), Challenges::are_answered_for_ever);
    for (int i = 0; i < 100; ++i)
        CHECK(login.answer("VXNlcm5hbWU6") == (i == 0 ? "YQ==" : "Yg=="));
    CHECK_FALSE(login.cancelled());
}

TEST_CASE("sasl: nonces are words, and no two are the same", "[refclient][sasl]") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string word = tls::random_word(24);
        CHECK(word.size() == 24);
        CHECK(word.find(',') == std::string::npos);
        CHECK(seen.insert(word).second);
    }
}
