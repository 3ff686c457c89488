#include "fakeserver/fault/edit.hpp"
#include "tests/unit/fault/played.hpp"

#include <string>

namespace postfault::test {

namespace {

const std::string ehlo = "250-mx\r\n250-SIZE 1000\r\n250-HDR X\r\n250 PIPELINING\r\n";
const std::string list = "101 follows\r\nVERSION 2\r\nLIST ACTIVE OVERVIEW.FMT\r\nOVER MSGID\r\n.\r\n";

std::string edit(const std::string& reply, const char* action) {
    const auto parsed = scenario::parse_action(action);
    INFO(parsed.problem());
    REQUIRE(parsed);
    return fault::edited(reply, std::get<scenario::Edit>(*parsed));
}

} // namespace

TEST_CASE("edit + adds a line before the last, with the reply's code where it has one", "[fault][edit]") {
    CHECK(edit(ehlo, "edit + 250-STARTTLS") ==
          "250-mx\r\n250-SIZE 1000\r\n250-HDR X\r\n250-STARTTLS\r\n250 PIPELINING\r\n");
    CHECK(edit(ehlo, "edit + STARTTLS") == edit(ehlo, "edit + 250-STARTTLS"));
    CHECK(edit(ehlo, "edit + 250 STARTTLS") == edit(ehlo, "edit + 250-STARTTLS"));
    CHECK(edit("220 mx\r\n", "edit + hello") == "220-hello\r\n220 mx\r\n");
    CHECK(edit(list, "edit + READER") ==
          "101 follows\r\nVERSION 2\r\nLIST ACTIVE OVERVIEW.FMT\r\nOVER MSGID\r\nREADER\r\n.\r\n");
}

TEST_CASE("edit - drops a line that begins with the word, else the word alone", "[fault][edit]") {
    CHECK(edit(ehlo, "edit - PIPELINING") == "250-mx\r\n250-SIZE 1000\r\n250 HDR X\r\n");
    CHECK(edit(ehlo, "edit - SIZE") == "250-mx\r\n250-HDR X\r\n250 PIPELINING\r\n");
    CHECK(edit(ehlo, "edit - 1000") == "250-mx\r\n250-SIZE\r\n250-HDR X\r\n250 PIPELINING\r\n");
    CHECK(edit(ehlo, "edit - X") == "250-mx\r\n250-SIZE 1000\r\n250-HDR\r\n250 PIPELINING\r\n");
    CHECK(edit(list, "edit - MSGID") == "101 follows\r\nVERSION 2\r\nLIST ACTIVE OVERVIEW.FMT\r\nOVER\r\n.\r\n");
    CHECK(edit(list, "edit - ACTIVE") == "101 follows\r\nVERSION 2\r\nLIST OVERVIEW.FMT\r\nOVER MSGID\r\n.\r\n");
    // A word, not a part of one.
    CHECK(edit(list, "edit - OVER") == "101 follows\r\nVERSION 2\r\nLIST ACTIVE OVERVIEW.FMT\r\n.\r\n");
    CHECK(edit("220 mx.test ESMTP x\r\n", "edit - ESMTP") == "220 mx.test x\r\n");
    CHECK(edit("220 mx ESMTP\r\n", "edit - test") == "220 mx ESMTP\r\n");
    CHECK(edit("HDR X\r\n.\r\n", "edit - X") == "HDR\r\n.\r\n");
}

TEST_CASE("edit - never takes away the line that a reply begins with", "[fault][edit]") {
    CHECK(edit("250 Ok\r\n", "edit - Ok") == "250 \r\n");
    CHECK(edit("250 Ok then\r\n", "edit - Ok") == "250 then\r\n");
    CHECK(edit(ehlo, "edit - mx") == "250-\r\n250-SIZE 1000\r\n250-HDR X\r\n250 PIPELINING\r\n");
}

TEST_CASE("edit s/// replaces every occurrence, and never its own text again", "[fault][edit]") {
    CHECK(edit("250 a a\r\n", "edit s/a/aa/") == "250 aa aa\r\n");
    CHECK(edit(ehlo, "edit s/SIZE 1000/SIZE 10/") == "250-mx\r\n250-SIZE 10\r\n250-HDR X\r\n250 PIPELINING\r\n");
    CHECK(edit("250 a\r\n", R"(edit s/\r\n/\n/)") == "250 a\n");
    CHECK(edit("250 a\r\n", "edit s/zzz/b/") == "250 a\r\n");
}

TEST_CASE("An edit leaves the effect of the command alone", "[fault][edit]") {
    Played server({fault("EHLO", {"edit - PIPELINING"})});
    server.connect();
    CHECK(server.client(hello) == Ops{"fired 0", R"(send "250-mx\r\n250 SIZE 1000\r\n" ends EHLO)"});
    CHECK(server.client("MAIL FROM:<a@b> SIZE=10\r\n") == Ops{R"(send "250 Sender ok\r\n" ends MAIL)"});
}

TEST_CASE("Edits of one list are applied one after the other, before a place in the reply is sought", "[fault][edit]") {
    Played server(
        {fault("EHLO", {"edit - PIPELINING", "edit s/SIZE/size/"}), fault("EHLO reply@line 2", {"delay 1s"})});
    server.connect();
    CHECK(server.client(hello) ==
          Ops{"fired 0", R"(send "250-mx\r\n")", "fired 1", "pause 1s", R"(send "250 size 1000\r\n" ends EHLO)"});
}

TEST_CASE("The line that a flood repeats is the one at its place", "[fault][edit]") {
    using Shape = scenario::Flood::Shape;
    CHECK(fault::flood_pattern(list, 0, Shape::lines) == "101-flood\r\n");
    CHECK(fault::flood_pattern(list, 13, Shape::lines) == "VERSION 2\r\n");
    CHECK(fault::flood_pattern(list, 12, Shape::lines) == "101-flood\r\n"); // between CR and LF
    CHECK(fault::flood_pattern(list, 20, Shape::lines) == "VERSION 2\r\n");
    CHECK(fault::flood_pattern(list, list.size() - 3, Shape::lines) == "flood\r\n"); // never a terminator
    CHECK(fault::flood_pattern(list, list.size(), Shape::lines) == "flood\r\n");
    CHECK(fault::flood_pattern(list, list.size() + 100, Shape::lines) == "flood\r\n");
    CHECK(fault::flood_pattern("", 0, Shape::lines) == "flood\r\n");
    CHECK(fault::flood_pattern("250 Ok\r\n", 1, Shape::lines) == "250-flood\r\n");
    CHECK(fault::flood_pattern(list, 0, Shape::line).find('\n') == std::string::npos);
}

} // namespace postfault::test
