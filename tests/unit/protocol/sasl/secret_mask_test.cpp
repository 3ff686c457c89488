#include "fakeserver/protocol/secret_mask.hpp"

#include <catch2/catch.hpp>

#include <string>

using postfault::protocol::SecretMask;

namespace {

std::string bytewise(std::string_view text) {
    SecretMask mask;
    std::string result;
    for (const char octet : text)
        result += mask.masked({&octet, 1});
    return result;
}

} // namespace

TEST_CASE("the secrets of a log-in become asterisks, and nothing else does", "[sasl][mask]") {
    SecretMask mask;
    CHECK(mask.masked("EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\nMAIL FROM:<a@b>\r\n") ==
          "EHLO a\r\nAUTH PLAIN ****************\r\nMAIL FROM:<a@b>\r\n");
    CHECK(mask.masked("auth login\r\n") == "auth login\r\n");
    CHECK(mask.masked("dGlt\r\nc2VjcmV0\r\nQUIT\r\n") == "****\r\n********\r\nQUIT\r\n");
    CHECK(mask.masked("AUTHINFO USER tim\r\nAUTHINFO PASS secret\r\nPOST\r\n") ==
          "AUTHINFO USER tim\r\nAUTHINFO PASS ******\r\nPOST\r\n");
    CHECK(mask.masked("PASS secret\r\n") == "PASS ******\r\n");
}

TEST_CASE("a secret that comes in pieces is masked in each of them", "[sasl][mask]") {
    CHECK(bytewise("AUTH PLAIN AHRpbQBz\r\n") == "AUTH PLAIN ********\r\n");
    CHECK(bytewise("AUTH LOGIN\r\nc2VjcmV0\r\n") == "AUTH LOGIN\r\n********\r\n");
    CHECK(bytewise("AUTHINFO PASS secret\r\n") == "AUTHINFO PASS ******\r\n");
    const std::string long_secret(5000, 'x');
    SecretMask mask;
    CHECK(mask.masked("AUTH PLAIN " + long_secret + "\r\n") == "AUTH PLAIN " + std::string(5000, '*') + "\r\n");
}
