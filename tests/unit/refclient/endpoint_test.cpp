#include "client_under_test/driver/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace refclient;

TEST_CASE("an endpoint is a host and a port", "[refclient][endpoint]") {
    CHECK(parse_endpoint("127.0.0.1:25") == Endpoint{"127.0.0.1", 25});
    CHECK(parse_endpoint("mail.example:2525") == Endpoint{"mail.example", 2525});
    CHECK(parse_endpoint("[::1]:119") == Endpoint{"::1", 119});
    for (const char* text :
         {"", "host", "host:", ":25", "[]:25", "::1:25", "host:0", "host:65536", "host:25x", "host:-1", "host: 25"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text));
    }
    CHECK(to_text(Endpoint{"::1", 25}) == "[::1]:25");
    CHECK(to_text(Endpoint{"a.example", 25}) == "a.example:25");
}
