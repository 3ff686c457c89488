#include "fakeserver/journal/journal.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace std::chrono_literals;
using journal::Event;
using journal::Journal;
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

Journal full() {
    Journal journal;
    journal.add(event(0s, Kind::received, 1, "", "x", 1));
    while (journal.events().size() < Journal::most_events)
        journal.add(event(1s, Kind::command, 1, "NOOP", "NOOP"));
    return journal;
}

} // namespace

TEST_CASE("neighbouring data of one connection is one event with the sum of the octets", "[journal]") {
    Journal journal;
    journal.add(event(1ms, Kind::received, 1, "", "EH", 2));
    journal.add(event(5ms, Kind::received, 1, "", "LO", 2));
    REQUIRE(journal.events().size() == 1);
    CHECK(journal.events()[0].text == "EHLO");
    CHECK(journal.events()[0].count == 4);
    CHECK(journal.events()[0].at == Instant{1ms});
    CHECK(journal.events()[0].last == Instant{5ms});
}

TEST_CASE("data that comes later than the neighbourhood, or after something else, keeps its own event", "[journal]") {
    Journal journal;
    journal.add(event(1ms, Kind::sent, 1, "", "a", 1));
    journal.add(event(20ms, Kind::sent, 1, "", "b", 1));
    journal.add(event(21ms, Kind::fault_fired, 1));
    journal.add(event(22ms, Kind::sent, 1, "", "c", 1));
    CHECK(journal.events().size() == 4);
}

TEST_CASE("the progress of an upload is a level and not a sum", "[journal]") {
    Journal journal;
    journal.add(event(1ms, Kind::upload, 1, "", "", 100));
    journal.add(event(2ms, Kind::upload, 1, "", "", 250));
    REQUIRE(journal.events().size() == 1);
    CHECK(journal.events()[0].count == 250);
}

TEST_CASE("of long data only the start is kept", "[journal]") {
    Journal journal;
    journal.add(event(1ms, Kind::received, 1, "", std::string(2000, 'x'), 2000));
    CHECK(journal.events()[0].text.size() == Journal::excerpt);
    CHECK(journal.events()[0].count == 2000);
}

TEST_CASE("a full journal leaves out talk and says so once", "[journal]") {
    Journal journal = full();
    CHECK(journal::is_complete(journal.events()));
    for (const Kind kind : {Kind::command, Kind::reply, Kind::reply_sent, Kind::note})
        journal.add(event(2s, kind, 1, "NOOP"));
    REQUIRE(journal.events().size() == Journal::most_events + 1);
    CHECK(journal.events().back().kind == Kind::note);
    CHECK(journal.events().back().subject == Journal::left_out);
    CHECK_FALSE(journal::is_complete(journal.events()));
}

TEST_CASE("a full journal only counts data", "[journal]") {
    Journal journal = full();
    journal.add(event(2s, Kind::received, 1, "", "yy", 2));
    CHECK(journal.events().size() == Journal::most_events);
    CHECK(journal.events()[0].count == 3);
    CHECK(journal.events()[0].last == Instant{2s});
    // A new connection still shows how it began.
    journal.add(event(2s, Kind::received, 2, "", "EHLO", 4));
    CHECK(journal.events().size() == Journal::most_events + 1);
    journal.add(event(3s, Kind::received, 2, "", "MAIL", 4));
    CHECK(journal.events().size() == Journal::most_events + 1);
    CHECK(journal.events().back().count == 8);
}

TEST_CASE("a full journal keeps everything that a verdict rests on", "[journal]") {
    const Kind kind = GENERATE(Kind::connect_attempt, Kind::connected, Kind::fault_fired, Kind::stored,
                               Kind::server_fin, Kind::server_reset, Kind::server_closed, Kind::client_fin,
                               Kind::client_reset, Kind::reading_stopped, Kind::reading_resumed);
    CAPTURE(journal::to_string(kind));
    Journal journal = full();
    journal.add(event(2s, kind));
    CHECK(journal.events().back().kind == kind);
}

TEST_CASE("a full journal keeps the first QUIT of each connection and the replies to stored messages", "[journal]") {
    Journal journal = full();
    journal.add(event(2s, Kind::command, 1, "QUIT", "QUIT"));
    journal.add(event(2s, Kind::unread_quit, 2));
    journal.add(event(2s, Kind::reply_sent, 1, "accepted"));
    CHECK(journal.events().size() == Journal::most_events + 3);
    CHECK(journal::is_complete(journal.events()));
    journal.add(event(3s, Kind::command, 1, "QUIT", "QUIT"));
    CHECK(journal.events().size() == Journal::most_events + 4); // the note
    CHECK(journal.events().back().kind == Kind::note);
}

TEST_CASE("a listener hears every event, merged or left out", "[journal]") {
    Journal journal = full();
    int heard = 0;
    journal.on_event([&](const Event&) { ++heard; });
    journal.add(event(2s, Kind::received, 1, "", "y", 1));
    journal.add(event(2s, Kind::command, 1, "NOOP"));
    CHECK(heard == 2);
}

TEST_CASE("a journal is bounded whatever happens, and says so", "[journal]") {
    Journal journal;
    for (int connection = 1; connection <= 150'000; ++connection) {
        journal.add(event(1s, Kind::connected, connection));
        journal.add(event(1s, Kind::client_reset, connection));
    }
    CHECK(journal.events().size() == Journal::most_of_all + 1);
    CHECK(journal.events().back().subject == Journal::left_out);
    CHECK_FALSE(journal::is_complete(journal.events()));
    journal.add(event(2s, Kind::stored, 1, "<a@b>"));
    CHECK(journal.events().size() == Journal::most_of_all + 1);
}
