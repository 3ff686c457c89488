// Scripts as they are played: whole dialogues with the time of each piece.
#include "fakeserver/protocol/script/session.hpp"
#include "fakeserver/scenario/parse_script.hpp"
#include "tests/unit/fault/played.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace postfault::test {

namespace {

using namespace std::chrono_literals;

using Dialogue = std::vector<std::string>;

// What a client sees that says these texts one by one, each when the server has nothing left to do:
// `400ms S "250 ok\r\n"`, `0s C "QUIT\r\n"`, and at last how our side stands. A text `FIN` is the client's end.
Dialogue played(std::string_view text, const std::vector<std::string>& client, std::size_t* stored = nullptr) {
    const auto read = scenario::parse_script(
        text, [](const std::string& problem, std::size_t offset) { FAIL(offset << ": " << problem); });
    scenario::Scenario scenario;
    scenario.script = read.script;
    scenario.faults = read.faults;
    protocol::script::Service service(read.script);
    const auto session = service.open();
    fault::Occasion occasion;
    occasion.limit = limit_of_tests;
    fault::Conversation conversation(scenario, *session, std::move(occasion));
    VirtualWire wire(conversation);
    Dialogue seen;
    std::size_t told = 0;
    const auto hear = [&] {
        wire.play_out();
        for (; told < wire.sent().size(); ++told)
            seen.push_back(fmt::format("{} S \"{}\"", postfault::to_string(wire.sent()[told].at.time_since_epoch()),
                                       escaped(wire.sent()[told].bytes)));
    };
    wire.connect();
    hear();
    for (const std::string& said : client) {
        seen.push_back(fmt::format("{} C \"{}\"", postfault::to_string(wire.now().time_since_epoch()), escaped(said)));
        if (said == "FIN")
            wire.client_fin();
        else
            wire.write(said);
        hear();
    }
    constexpr std::string_view ends[] = {"open", "fin", "reset", "closed"};
    const bool is_held = conversation.held_for_good();
    seen.push_back(std::string(ends[static_cast<std::size_t>(wire.end())]) + (is_held ? ", stalled" : "") +
                   fmt::format(", {} fired", wire.fired().size()));
    if (stored != nullptr)
        *stored = service.stored().size();
    return seen;
}

} // namespace

TEST_CASE("script: a healthy dialogue", "[fault][script]") {
    std::size_t stored = 0;
    CHECK(played("S: 220 mx\n"
                 "C: EHLO *\n"
                 "S: 250-mx\n"
                 "S: 250 SIZE\n"
                 "C: DATA\n"
                 "S: 354 go\n"
                 "-- upload\n"
                 "S: 250 taken\n"
                 "C: QUIT\n"
                 "S: 221 bye\n"
                 "-- fin\n",
                 {"EHLO me\r\n", "data\r\n", "x\r\n.\r\n", "QUIT\r\n", "FIN"}, &stored) ==
          Dialogue{R"(0s S "220 mx\r\n")", R"(0s C "EHLO me\r\n")", R"(0s S "250-mx\r\n250 SIZE\r\n")",
                   R"(0s C "data\r\n")", R"(0s S "354 go\r\n")", R"(0s C "x\r\n.\r\n")", R"(0s S "250 taken\r\n")",
                   R"(0s C "QUIT\r\n")", R"(0s S "221 bye\r\n")", R"(0s C "FIN")", "closed, 1 fired"});
    CHECK(stored == 1);
}

TEST_CASE("script: delays within a reply, before it and behind it", "[fault][script]") {
    CHECK(played("-- delay 1s\n"
                 "S: 220-mx\n"
                 "-- delay 0.5T\n"
                 "S: 220 ready<no-crlf>\n"
                 "-- delay 250ms\n"
                 "-- delay 250ms\n"
                 "S: <CR><LF><no-crlf>\n"
                 "C: EHLO *\n"
                 "-- delay 1s\n"
                 "S: 250 mx\n"
                 "-- delay 1s\n"
                 "C: *\n"
                 "S: 250 ok\n",
                 {"EHLO me\r\nNOOP\r\n"}) == Dialogue{R"(1s S "220-mx\r\n")", R"(2s S "220 ready")", R"(2.5s S "\r\n")",
                                                      R"(2.5s C "EHLO me\r\nNOOP\r\n")", R"(3.5s S "250 mx\r\n")",
                                                      R"(4.5s S "250 ok\r\n")", "open, 6 fired"});
}

TEST_CASE("script: a stall inside of a reply holds until the client goes", "[fault][script]") {
    const std::string script = "S: 220-mx\nS: 220 wait<no-crlf>\n-- stall\n";
    CHECK(played(script, {"QUIT\r\n"}) ==
          Dialogue{R"(0s S "220-mx\r\n220 wait")", R"(0s C "QUIT\r\n")", "open, stalled, 1 fired"});
    CHECK(played(script, {"FIN"}).back() == "closed, stalled, 1 fired");
}

TEST_CASE("script: the end of the script is silence", "[fault][script]") {
    CHECK(played("S: 220 mx\nC: *\nS: 250 mx\n", {"EHLO me\r\n", "NOOP\r\n", "QUIT\r\n"}) ==
          Dialogue{R"(0s S "220 mx\r\n")", R"(0s C "EHLO me\r\n")", R"(0s S "250 mx\r\n")", R"(0s C "NOOP\r\n")",
                   R"(0s C "QUIT\r\n")", "open, 0 fired"});
}

TEST_CASE("script: a reset takes nothing back", "[fault][script]") {
    std::size_t stored = 0;
    CHECK(played("S: 220 mx\n-- upload\n-- store\n-- reset\n", {"x\r\n.\r\n"}, &stored) ==
          Dialogue{R"(0s S "220 mx\r\n")", R"(0s C "x\r\n.\r\n")", "reset, 1 fired"});
    CHECK(stored == 1);
    CHECK(played("S: 220 mx\n-- upload\n-- reset\n", {"x\r\n.\r\n"}, &stored).back() == "reset, 1 fired");
    CHECK(stored == 0);
}

TEST_CASE("script: an upload that is stored by the second one is the one that things happen at", "[fault][script]") {
    CHECK(played("S: 220\n-- upload\nS: 451 later\n-- upload\nS: 250 taken\n-- fin\n", {"a\r\n.\r\n", "b\r\n.\r\n"}) ==
          Dialogue{R"(0s S "220\r\n")", R"(0s C "a\r\n.\r\n")", R"(0s S "451 later\r\n")", R"(0s C "b\r\n.\r\n")",
                   R"(0s S "250 taken\r\n")", "fin, 1 fired"});
}

TEST_CASE("script: a line that was not expected ends the connection at once", "[fault][script]") {
    CHECK(played("S: 220 mx\nC: EHLO *\nS: 250 mx\nC: QUIT\n", {"EHLO me\r\n", "NOOP\r\n", "QUIT\r\n"}) ==
          Dialogue{R"(0s S "220 mx\r\n")", R"(0s C "EHLO me\r\n")", R"(0s S "250 mx\r\n")", R"(0s C "NOOP\r\n")",
                   R"(0s C "QUIT\r\n")", "fin, 0 fired"});
}

TEST_CASE("script: a line that came too early does not set off what was meant for it", "[fault][script]") {
    CHECK(played("S: 220 mx\nC: HELO *\nS: 250 mx\nC: EHLO *\n-- stall\n", {"EHLO me\r\n"}) ==
          Dialogue{R"(0s S "220 mx\r\n")", R"(0s C "EHLO me\r\n")", "fin, 0 fired"});
}

} // namespace postfault::test
