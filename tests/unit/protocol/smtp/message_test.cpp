#include "fakeserver/protocol/message.hpp"

#include <catch2/catch.hpp>

using namespace postfault::protocol;

TEST_CASE("fields are found without regard to case and unfolded", "[protocol][message]") {
    const std::string_view message =
        "From: a@b\r\nSUBJECT: one\r\n two\r\n\tthree\r\nX-Empty:\r\n\r\nTo: not a field\r\n";
    CHECK(field(message, "subject") == "one two\tthree");
    CHECK(field(message, "X-Empty") == "");
    CHECK(field(message, "To") == std::nullopt);
    CHECK(field(message, "Fro") == std::nullopt);
    CHECK(header_of(message).ends_with("X-Empty:\r\n"));
    CHECK(body_of(message) == "To: not a field\r\n");
    CHECK(header_is_sound(message));
}

TEST_CASE("messages without a header or without a body are told apart", "[protocol][message]") {
    CHECK(header_of("\r\nbody") == "");
    CHECK(body_of("\r\nbody") == "body");
    CHECK(body_of("A: b\r\n") == std::nullopt);
    CHECK(body_of("A: b\r\n\r\n") == "");
    CHECK(body_of("A: b\n\nbody\n") == "body\n");
    CHECK(body_of("") == std::nullopt);
}

TEST_CASE("a header line is a field or a continuation", "[protocol][message]") {
    CHECK(!header_is_sound(" starts folded\r\n\r\n"));
    CHECK(!header_is_sound("A: b\r\nno colon\r\n\r\n"));
    CHECK(!header_is_sound("a b: c\r\n\r\n"));
    CHECK(!header_is_sound(": c\r\n\r\n"));
}

TEST_CASE("a message-id has angle brackets and no blanks", "[protocol][message]") {
    CHECK(message_id("Message-Id: <a@b>\r\n\r\n") == "<a@b>");
    CHECK(message_id("Message-ID:\r\n <a@b>\r\n\r\n") == "<a@b>");
    CHECK(message_id("Message-ID: a@b\r\n\r\n").empty());
    CHECK(message_id("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n").empty());
    CHECK(!is_message_id("<>"));
    CHECK(!is_message_id("<a b>"));
    CHECK(!is_message_id("<a<b>"));
    CHECK(!is_message_id('<' + std::string(249, 'a') + '>'));
    CHECK(is_message_id('<' + std::string(248, 'a') + '>'));
}
