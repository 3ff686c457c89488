#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/digest.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;

TEST_CASE("digests are those of the RFCs", "[base][digest]") {
    // RFC 1321 A.5
    CHECK(to_hexadecimal(md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(to_hexadecimal(md5("abc")) == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(to_hexadecimal(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890")) ==
          "57edf4a22be3c955ac49da2e2107b67a");
    // RFC 6234 8.5
    CHECK(to_hexadecimal(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hexadecimal(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hexadecimal(sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("keyed digests are those of the RFCs", "[base][digest]") {
    // RFC 2202 section 2, RFC 4231 section 4
    CHECK(to_hexadecimal(hmac_md5("Jefe", "what do ya want for nothing?")) == "750c783e6ab0b503eaa86e310a5db738");
    CHECK(to_hexadecimal(hmac_md5(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    CHECK(to_hexadecimal(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    // RFC 7677 section 3: the salted password of its example, checked by what follows from it there
    const std::string salted = salted_sha256("pencil", *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    const std::string auth_message =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    CHECK(to_base64(hmac_sha256(hmac_sha256(salted, "Server Key"), auth_message)) ==
          "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST_CASE("base64 goes to and fro", "[base][base64]") {
    // RFC 4648 section 10
    const std::string plain = "foobar";
    const char* const encoded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (std::size_t size = 0; size <= plain.size(); ++size) {
        CHECK(to_base64(plain.substr(0, size)) == encoded[size]);
        CHECK(from_base64(encoded[size]) == plain.substr(0, size));
    }
    std::string all;
    for (int octet = 0; octet < 256; ++octet)
        all += static_cast<char>(octet);
    CHECK(from_base64(to_base64(all)) == all);
    for (const char* wrong : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm=v", "Zm9%"}) {
        CAPTURE(wrong);
        CHECK_FALSE(from_base64(wrong));
    }
}
