#include "fakeserver/journal/transcript.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace postfault;
using namespace std::chrono_literals;
using journal::Event;
using Kind = Event::Kind;

namespace {

Event event(Duration time, Kind kind, int connection = 1, std::string subject = "", std::string text = "",
            std::uint64_t count = 0) {
    Event result;
    result.at = result.last = Instant{time};
    result.kind = kind;
    result.connection = connection;
    result.subject = std::move(subject);
    result.text = std::move(text);
    result.count = count;
    return result;
}

} // namespace

TEST_CASE("a line has the time, the connection, who it was and what", "[journal][transcript]") {
    CHECK(journal::line(event(2004ms, Kind::received, 1, "", "EHLO x\r\n", 8)) ==
          R"(       2.004 s  conn 1  client  "EHLO x\r\n")");
    CHECK(journal::line(event(12s, Kind::client_fin, 12)) == "      12.000 s  conn 12  client  FIN");
    CHECK(journal::line(event(1s, Kind::listening, 0, "", "127.0.0.1:2525")) ==
          "       1.000 s          listening on 127.0.0.1:2525");
}

TEST_CASE("a fault stands out", "[journal][transcript]") {
    CHECK(journal::line(event(2s, Kind::fault_fired, 1, "", "EHLO: stall")) ==
          ">>>    2.000 s  conn 1  fault   EHLO: stall");
}

TEST_CASE("long data shows its start, its size and until when it lasted", "[journal][transcript]") {
    Event data = event(1s, Kind::sent, 1, "", std::string(200, 'x'), 5000);
    data.last = Instant{4s};
    CHECK(journal::line(data) ==
          "       1.000 s  conn 1  server  \"" + std::string(76, 'x') + "\" and 4924 more, until 4.000 s");
}

TEST_CASE("events that only matter to the judge have no line", "[journal][transcript]") {
    for (const Kind kind : {Kind::command, Kind::reply, Kind::reply_sent, Kind::upload, Kind::server_closed})
        CHECK(journal::line(event(1s, kind)).empty());
}

TEST_CASE("bytes of a peer cannot break out of their line", "[journal][transcript]") {
    const std::string text = journal::transcript({event(1s, Kind::received, 1, "", "a\nb\x1b[31m\xff", 9)});
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a long transcript loses its middle but never the fault", "[journal][transcript]") {
    std::vector<Event> events;
    for (int number = 0; number < 500; ++number)
        events.push_back(event(1ms * number, Kind::received, 1, "", "line " + std::to_string(number), 8));
    events.insert(events.begin() + 250, event(250ms, Kind::fault_fired, 1, "", "body@50%: reset"));
    const std::string text = journal::transcript(events, 20);
    CHECK(text.find("\"line 0\"") != std::string::npos);
    CHECK(text.find("\"line 499\"") != std::string::npos);
    CHECK(text.find("body@50%: reset") != std::string::npos);
    CHECK(text.find("lines left out") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 22); // 20 and two gaps
}

TEST_CASE("a thousand faults do not push out how the run began and ended", "[journal][transcript]") {
    std::vector<Event> events{event(0s, Kind::connected)};
    for (int number = 0; number < 1000; ++number)
        events.push_back(event(1ms * number, Kind::fault_fired, 1, "", "fault"));
    events.push_back(event(2s, Kind::client_fin));
    const std::string text = journal::transcript(events, 20);
    CHECK(text.find("connected") != std::string::npos);
    CHECK(text.find("client  FIN") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') <= 22);
}

TEST_CASE("a live transcript shows of each connection what it has room for, and how it ends", "[journal][transcript]") {
    journal::LiveTranscript live;
    const auto shown = [&](Kind kind, int connection) { return live.lines(event(1s, kind, connection, "", "x", 1)); };
    CHECK(shown(Kind::listening, 0).ends_with("\n"));
    for (std::size_t line = 0; line < journal::LiveTranscript::most_lines; ++line)
        REQUIRE_FALSE(shown(Kind::received, 1).empty());
    CHECK(shown(Kind::sent, 1).find("left out from here on") != std::string::npos);
    CHECK(shown(Kind::sent, 1).empty());
    CHECK_FALSE(shown(Kind::note, 1).empty());
    for (std::size_t line = 0; line < journal::LiveTranscript::most_lines; ++line)
        shown(Kind::violation, 1);
    CHECK(shown(Kind::note, 1).empty());
    const Kind kept =
        GENERATE(Kind::stored, Kind::client_fin, Kind::client_reset, Kind::server_fin, Kind::server_reset);
    CHECK_FALSE(shown(kept, 1).empty());
    CHECK_FALSE(shown(Kind::received, 2).empty());
    CHECK_FALSE(shown(Kind::listening, 0).empty());
    CHECK(shown(Kind::server_closed, 1).empty());
    CHECK_FALSE(shown(Kind::received, 1).empty()); // nothing is remembered of a connection that is closed
}
