#include "client_under_test/conversation/article.hpp"

#include <catch2/catch.hpp>

using namespace refclient;

TEST_CASE("a header field is found whatever its case and the line ends", "[refclient][article]") {
    CHECK(has_field("From: a\r\nmessage-id: <x>\r\n\r\nbody", "Message-ID"));
    CHECK(has_field("Message-ID: <x>\n\nbody", "Message-ID"));
    CHECK_FALSE(has_field("From: a\n\nMessage-ID: in the body", "Message-ID"));
    CHECK_FALSE(has_field("X-Message-ID: a\nMessage-IDs: b\n folded Message-ID: c\n\n", "Message-ID"));
    CHECK_FALSE(has_field("", "Message-ID"));
}

TEST_CASE("only what is missing is added to an article", "[refclient][article]") {
    CHECK(complete_article("Subject: x\n\nb", "<1@h>", "Thu, 1 Jan 1970 00:00:00 +0000") ==
          "Message-ID: <1@h>\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\nSubject: x\n\nb");
    const std::string whole = "Message-ID: <2@h>\nDate: now\n\nb";
    CHECK(complete_article(whole, "<1@h>", "never") == whole);
}

TEST_CASE("article: the value of a field is found, also on a line of its own", "[refclient][article]") {
    CHECK(field_value("Subject: x\r\nmessage-id: <1@x> \r\n\r\nMessage-ID: <2@x>\r\n", "Message-ID") == "<1@x>");
    CHECK(field_value("Message-ID:\n <1@x>\nFrom: a\n\n", "Message-ID") == "<1@x>");
    CHECK(field_value("Message-ID: <1@x>", "Message-ID") == "<1@x>");
    CHECK(field_value("Message-ID:", "Message-ID").empty());
    CHECK(field_value("Message-ID:  \r\n\r\n", "Message-ID").empty());
    CHECK(field_value("From: a\r\n\r\nMessage-ID: <1@x>\r\n", "Message-ID").empty());
}
