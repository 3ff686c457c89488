#include "tests/unit/fault/played.hpp"

#include <string>

namespace postfault::test {

namespace {

// A client says this to a server that is in the middle of a stall.
bool quit_seen(std::string_view before, std::string_view at, std::initializer_list<std::string_view> said) {
    Played server({fault(at, {"stall"})});
    server.after(before);
    for (const std::string_view bytes : said)
        server.conversation().on_bytes(bytes);
    return server.conversation().ends_with_quit();
}

} // namespace

TEST_CASE("A QUIT that nobody reads is recognized all the same", "[fault][held]") {
    CHECK(quit_seen(hello, "EHLO", {"QUIT\r\n"}));
    CHECK(quit_seen(hello, "EHLO", {"qUiT\r\n"}));
    CHECK(quit_seen(hello, "EHLO", {"Q", "U", "IT\r", "\n"}));
    CHECK(quit_seen(hello, "EHLO", {"NOOP\r\nQUIT\r\n"}));
    CHECK(quit_seen("", "greeting", {"QUIT\r\n"}));
    CHECK_FALSE(quit_seen(hello, "EHLO", {"QUIT"}));
    CHECK_FALSE(quit_seen(hello, "EHLO", {"QUIT\r\nNOOP\r\n"}));
    CHECK_FALSE(quit_seen(hello, "EHLO", {"XQUIT\r\n"}));
    CHECK_FALSE(quit_seen(hello, "EHLO", {"HELP QUIT\r\n"}));
    const std::string much(1000, 'x');
    CHECK(quit_seen(hello, "EHLO", {much, "\r\nQUIT\r\n"}));
}

TEST_CASE("In an upload QUIT is text unless the terminator stands before it", "[fault][held]") {
    CHECK_FALSE(quit_seen(to_data, "body@0", {"QUIT\r\n"}));
    CHECK_FALSE(quit_seen(to_data, "body@0", {"one\r\nQUIT\r\n"}));
    CHECK_FALSE(quit_seen(to_data, "body@0", {"one.\r\nQUIT\r\n"}));
    CHECK(quit_seen(to_data, "body@0", {"one\r\n.\r\nQUIT\r\n"}));
    CHECK(quit_seen(to_data, "body@0", {".\r\nQUIT\r\n"})); // an empty message
    Played dot({fault("dot", {"stall"})});
    dot.after(to_data).client(letter_on_wire);
    dot.conversation().on_bytes("QUIT\r\n");
    CHECK(dot.conversation().ends_with_quit());
}

TEST_CASE("A server that is held back lets the client say much, but not everything", "[fault][held]") {
    Played server({fault("NOOP", {"stall 1s"})});
    server.connect();
    server.conversation().on_bytes("NOOP\r\n");
    REQUIRE(server.conversation().next_op()); // took
    REQUIRE(server.conversation().next_op()); // fired
    const auto pause = server.conversation().next_op();
    REQUIRE(pause);
    CHECK(describe(*pause) == "pause 1s");
    const std::string chunk(std::size_t{8} << 20, 'x');
    std::size_t held = 0;
    while (server.conversation().wants_bytes() && held < (std::size_t{1} << 30)) {
        server.conversation().on_bytes(chunk);
        held += chunk.size();
    }
    CHECK(held == std::size_t{64} << 20);
    server.take();
    CHECK(server.conversation().wants_bytes());
}

TEST_CASE("A server that has stopped for good drops what comes, and never minds how much", "[fault][held]") {
    for (const char* action : {"stall", "fin"}) {
        Played server({fault("NOOP", {action})});
        server.connect();
        server.client("NOOP\r\n");
        server.conversation().on_bytes(std::string(1000, 'x'));
        CHECK(server.conversation().wants_bytes());
    }
}

TEST_CASE("While an operation takes its time the session is not advanced", "[fault][held]") {
    Played server({fault("EHLO", {"delay 5s"})});
    VirtualWire wire(server.conversation());
    wire.connect();
    wire.write(to_data);
    wire.write(letter_on_wire);
    CHECK(wire.commands() == Ops{"EHLO"});
    CHECK(wire.all_sent() == "220 mx ESMTP postfault\r\n");
    wire.write("QUIT\r\n");
    CHECK(wire.unread_quit());
    CHECK(server.stored() == 0);
    wire.advance(std::chrono::seconds{5});
    CHECK(server.stored() == 1);
    CHECK(wire.commands() == Ops{"EHLO", "MAIL", "RCPT", "DATA", "QUIT"});
    CHECK(wire.end() == VirtualWire::End::fin);
    wire.client_fin();
    CHECK(wire.end() == VirtualWire::End::closed);
}

TEST_CASE("On a crowded server a client has to wait earlier", "[fault][held]") {
    Played server({fault("NOOP", {"stall 1s"})});
    server.connect();
    server.conversation().on_bytes("NOOP\r\n");
    REQUIRE(server.conversation().next_op()); // took
    REQUIRE(server.conversation().next_op()); // fired
    REQUIRE(server.conversation().next_op()); // pause
    server.conversation().on_bytes(std::string(1000, 'x'));
    CHECK(server.conversation().wants_bytes());
    CHECK(server.conversation().wants_bytes(1001));
    CHECK_FALSE(server.conversation().wants_bytes(1000));
}

} // namespace postfault::test
