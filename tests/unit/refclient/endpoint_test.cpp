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

TEST_CASE("the user may say which addresses a name has", "[refclient][endpoint]") {
    const auto entry = parse_host_entry("mail.example=192.0.2.1,2001:db8::1");
    REQUIRE(entry);
    CHECK(*entry == HostEntry{"mail.example", {"192.0.2.1", "2001:db8::1"}});
    CHECK(parse_host_entry("a=127.0.0.1") == HostEntry{"a", {"127.0.0.1"}});
    for (const char* text : {"", "a", "a=", "=127.0.0.1", "a=127.0.0.1,", "a=,127.0.0.1", "a=localhost",
                             "a=127.0.0.1:25", "a=[::1]", "a=127.0.0.1, 127.0.0.2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_host_entry(text));
    }
    const std::vector<HostEntry> entries{{"other.example", {"192.0.2.9"}}, *entry};
    CHECK(with_known_addresses({"MAIL.example", 25}, entries) == Endpoint{"MAIL.example", 25, entry->addresses});
    CHECK(with_known_addresses({"news.example", 119}, entries) == Endpoint{"news.example", 119});
    CHECK(to_text(with_known_addresses({"mail.example", 25}, entries)) == "mail.example:25");
}
