#include "tests/unit/fault/played.hpp"

#include <string>

namespace postfault::test {

namespace {

// What happens to NOOP, whose correct reply is `250 Ok`.
Ops at_noop(std::initializer_list<std::string_view> actions, std::string_view at = "NOOP") {
    Played server({fault(at, actions)});
    server.connect();
    return server.client("NOOP\r\n");
}

const std::string noop_sent = R"(send "250 Ok\r\n" ends NOOP)";

} // namespace

TEST_CASE("stall: nothing more is done, for good or for a time", "[fault][actions]") {
    CHECK(at_noop({"stall"}) == Ops{"fired 0", "pause for ever"});
    CHECK(at_noop({"stall 3s"}) == Ops{"fired 0", "pause 3s", noop_sent});
    CHECK(at_noop({"stall"}, "NOOP reply@3") == Ops{R"(send "250")", "fired 0", "pause for ever"});
    CHECK(at_noop({"stall"}, "NOOP done") == Ops{noop_sent, "fired 0", "pause for ever"});

    Played server({fault("MAIL", {"stall"})});
    server.after(hello);
    CHECK_FALSE(server.conversation().held_for_good());
    CHECK(server.client("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n") == Ops{"fired 0", "pause for ever"});
    CHECK(server.conversation().held_for_good());
    CHECK(server.client("QUIT\r\n") == Ops{});
}

TEST_CASE("deaf stops the reading, freeze the sending too", "[fault][actions]") {
    CHECK(at_noop({"deaf"}) == Ops{"fired 0", "stop reading for ever", noop_sent});
    CHECK(at_noop({"deaf 1s"}) == Ops{"fired 0", "stop reading 1s", noop_sent});
    CHECK(at_noop({"freeze"}) == Ops{"fired 0", "stop reading for ever", "pause for ever"});
    CHECK(at_noop({"freeze 0.25T"}) == Ops{"fired 0", "stop reading 500ms", "pause 500ms", noop_sent});
}

TEST_CASE("A reply of the same class lets the command take effect, another one does not", "[fault][actions]") {
    Played same({fault("MAIL", {"reply 251 odd"})});
    same.after(hello);
    CHECK(same.client("MAIL FROM:<a@b>\r\n") == Ops{"fired 0", R"(send "251 odd\r\n" ends MAIL)"});
    CHECK(same.client("RCPT TO:<c@d>\r\n") == Ops{R"(send "250 Recipient ok\r\n" ends RCPT)"});

    Played other({fault("MAIL", {"reply 451 4.3.0 later"})});
    other.after(hello);
    CHECK(other.client("MAIL FROM:<a@b>\r\n") == Ops{"fired 0", R"(send "451 4.3.0 later\r\n" ends MAIL)"});
    CHECK(other.client("RCPT TO:<c@d>\r\n") == Ops{R"(send "503 MAIL first\r\n" ends RCPT)"});

    CHECK(at_noop({"reply 999"}) == Ops{"fired 0", R"(send "999\r\n" ends NOOP)"});
}

TEST_CASE("A reply at dot refuses, at accepted it lies", "[fault][actions]") {
    Played dot({fault("dot", {"reply 452 full"})});
    dot.after(to_data);
    CHECK(dot.client(letter_on_wire) == Ops{"fired 0", R"(send "452 full\r\n" ends dot)"});
    CHECK(dot.stored() == 0);
    Played kind({fault("dot", {"reply 250 taken"})});
    kind.after(to_data);
    CHECK(kind.client(letter_on_wire) == Ops{"fired 0", R"(send "250 taken\r\n" ends accepted)"});
    CHECK(kind.stored() == 1);
    Played accepted({fault("accepted", {"reply 451 lost"})});
    accepted.after(to_data);
    CHECK(accepted.client(letter_on_wire) == Ops{"fired 0", R"(send "451 lost\r\n" ends accepted)"});
    CHECK(accepted.stored() == 1);
}

TEST_CASE("A reply in an upload is the only one, and the upload is dropped", "[fault][actions]") {
    Played server({fault("body@5", {"reply 552 too big"})});
    server.after(to_data);
    CHECK(server.client(letter_on_wire) == Ops{"fired 0", R"(send "552 too big\r\n" ends dot)"});
    CHECK(server.stored() == 0);
    CHECK(server.client("NOOP\r\n") == Ops{noop_sent});
}

TEST_CASE("What stands behind a reply in the list happens after it", "[fault][actions]") {
    CHECK(at_noop({"reply 421 4.3.2 later", "fin"}) ==
          Ops{"fired 0", R"(send "421 4.3.2 later\r\n" ends NOOP)", "fin"});
    CHECK(at_noop({"delay 1s", "reply 250 ok", "stall"}) ==
          Ops{"fired 0", "pause 1s", R"(send "250 ok\r\n" ends NOOP)", "pause for ever"});
    CHECK(at_noop({"reply 250 ok", "inject 250 again", "reset"}) ==
          Ops{"fired 0", R"(send "250 ok\r\n" ends NOOP)", R"(send "250 again\r\n")", "reset"});
    Played greeting({fault("greeting", {"reply 554 no", "fin"})});
    CHECK(greeting.connect() == Ops{"fired 0", R"(send "554 no\r\n" ends greeting)", "fin"});
}

TEST_CASE("fin and reset end the conversation, and the command has no effect", "[fault][actions]") {
    CHECK(at_noop({"fin"}) == Ops{"fired 0", "fin"});
    CHECK(at_noop({"delay 1s", "reset"}) == Ops{"fired 0", "pause 1s", "reset"});
    Played server({fault("NOOP", {"fin"})});
    server.connect();
    server.client("NOOP\r\n");
    CHECK(server.conversation().ended());
    CHECK(server.client("NOOP\r\n") == Ops{});
}

TEST_CASE("half-close lets the conversation go on", "[fault][actions]") {
    CHECK(at_noop({"half-close"}) == Ops{"fired 0", "half-close", noop_sent});
    Played server({fault("DATA done", {"half-close"})});
    server.after(to_data);
    server.client(letter_on_wire);
    CHECK(server.stored() == 1);
    CHECK_FALSE(server.conversation().ended());
}

TEST_CASE("inject and garbage come before the reply", "[fault][actions]") {
    CHECK(at_noop({"inject 250 surplus"}) == Ops{"fired 0", R"(send "250 surplus\r\n")", noop_sent});
    CHECK(at_noop({"inject x"}, "NOOP reply@3") ==
          Ops{R"(send "250")", "fired 0", R"(send "x\r\n")", R"(send " Ok\r\n" ends NOOP)"});
}

TEST_CASE("garbage is drawn from the seed", "[fault][actions]") {
    const auto garbage = [](std::uint64_t seed) {
        fault::Occasion occasion;
        occasion.rng = Rng(seed);
        Played server({fault("greeting", {"garbage 32"})}, occasion);
        VirtualWire wire(server.conversation());
        wire.connect();
        REQUIRE(wire.sent().size() == 2);
        CHECK(wire.sent()[0].bytes.size() == 32);
        return wire.sent()[0].bytes;
    };
    CHECK(garbage(1) == garbage(1));
    CHECK(garbage(1) != garbage(2));
}

TEST_CASE("flip turns over one bit of the reply", "[fault][actions]") {
    CHECK(at_noop({"flip @0"}) == Ops{"fired 0", R"(send "350 Ok\r\n" ends NOOP)"});
    CHECK(at_noop({"flip @2"}) == Ops{"fired 0", R"(send "251 Ok\r\n" ends NOOP)"});
    CHECK(at_noop({"flip @2", "flip @2"}) == Ops{"fired 0", noop_sent});
    CHECK(at_noop({"flip @999"}) == Ops{"fired 0", noop_sent});
}

TEST_CASE("flood repeats what a client would take for more of the same", "[fault][actions]") {
    CHECK(at_noop({"flood 1MiB"}) == Ops{"fired 0", R"(flood 1048576 of "250-flood\r\n")", noop_sent});
    CHECK(at_noop({"flood 10 line"}) == Ops{"fired 0", "flood 10 of \"" + std::string(1024, 'x') + "\"", noop_sent});
    CHECK(at_noop({"flood 10"}, "NOOP reply@3") ==
          Ops{R"(send "250")", "fired 0", R"(flood 10 of "250-flood\r\n")", R"(send " Ok\r\n" ends NOOP)"});
    Played news({news_fault("ARTICLE reply@line 2", {"flood 10"})}, {}, scenario::Protocol::nntp);
    news.after("GROUP misc.test\r\n");
    CHECK(news.client("ARTICLE 1\r\n") == Ops{R"(send "220 1 <1@x>\r\n")", "fired 0",
                                              R"(flood 10 of "Message-ID: <1@x>\r\n")",
                                              R"(send "Message-ID: <1@x>\r\n\r\n..dot\r\n.\r\n" ends ARTICLE)"});
}

TEST_CASE("What stands behind a flood in the list happens after it", "[fault][actions]") {
    const std::string flood = R"(flood 100 of "250-flood\r\n")";
    CHECK(at_noop({"flood 100", "stall"}) == Ops{"fired 0", flood, "pause for ever"});
    CHECK(at_noop({"flood 100", "fin"}) == Ops{"fired 0", flood, "fin"});
    CHECK(at_noop({"delay 1s", "flood 100", "delay 2s"}) == Ops{"fired 0", "pause 1s", flood, "pause 2s", noop_sent});
    CHECK(at_noop({"flood 100", "reply 250 ok", "reset"}) ==
          Ops{"fired 0", flood, R"(send "250 ok\r\n" ends NOOP)", "reset"});
}

TEST_CASE("drip and throttle at body points pace the reading", "[fault][actions]") {
    Played drip({fault("body@0", {"drip 10B/200ms"})});
    drip.connect();
    CHECK(drip.client(to_data).back() == "read 10 each 200ms");
    Played throttle({fault("body@0", {"throttle 2000/s"})});
    throttle.connect();
    CHECK(throttle.client(to_data).back() == "read 100 each 50ms");
}

TEST_CASE("An upload that is read slowly takes its time, and is stored", "[fault][actions]") {
    Played server({fault("body@0", {"drip 10B/200ms"})});
    VirtualWire wire(server.conversation());
    wire.connect();
    wire.write(to_data);
    wire.write(letter_on_wire);
    CHECK(wire.now() == Instant{});
    wire.play_out();
    CHECK(server.stored() == 1);
    // Ten octets at 200 ms, ten at 400 ms, the last two at 600 ms.
    CHECK(wire.now() == Instant{std::chrono::milliseconds{600}});
}

TEST_CASE("A deaf server lets the buffers fill up, and goes on when it hears again", "[fault][actions]") {
    Played server({fault("body@0", {"deaf 5s"})});
    WireSettings settings;
    settings.room = 8;
    VirtualWire wire(server.conversation(), settings);
    wire.connect();
    CHECK(wire.write(to_data) == to_data.size());
    CHECK(wire.write(letter_on_wire) == 8);
    CHECK(wire.write(letter_on_wire.substr(8)) == 0);
    wire.advance(std::chrono::seconds{4});
    CHECK(wire.is_deaf());
    CHECK(wire.unread() == 8);
    wire.advance(std::chrono::seconds{1});
    CHECK(wire.unread() == 0);
    CHECK(wire.write(letter_on_wire.substr(8)) == letter_on_wire.size() - 8);
    CHECK(server.stored() == 1);
}

} // namespace postfault::test
