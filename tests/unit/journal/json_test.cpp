#include "fakeserver/journal/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postfault;
using namespace std::chrono_literals;
using journal::Event;

namespace {

std::vector<Event> one_of_each() {
    std::vector<Event> events;
    for (int kind = 0; kind <= static_cast<int>(Event::Kind::note); ++kind) {
        Event event;
        event.at = Instant{1ms * kind};
        event.last = event.at + 3ms;
        event.kind = static_cast<Event::Kind>(kind);
        event.connection = kind;
        event.subject = "EHLO";
        event.text = "any octet";
        event.count = 12;
        event.lateness = 40us;
        events.push_back(event);
    }
    return events;
}

} // namespace

TEST_CASE("every kind of event has a name and comes back from it", "[journal][json]") {
    for (int number = 0; number <= static_cast<int>(Event::Kind::note); ++number) {
        const auto kind = static_cast<Event::Kind>(number);
        CHECK(journal::kind_from(journal::to_string(kind)) == kind);
    }
    CHECK(journal::to_string(Event::Kind::fault_fired) == "fault_fired");
    CHECK_FALSE(journal::kind_from("no such thing"));
}

TEST_CASE("a journal survives its JSON", "[journal][json]") {
    auto events = one_of_each();
    events.emplace_back(); // all fields empty
    const std::string text = journal::to_json(events).dump();
    CHECK(journal::from_json(nlohmann::json::parse(text)) == events);
}

TEST_CASE("every octet survives the JSON of a journal", "[journal][json]") {
    Event event;
    for (int octet = 0; octet < 256; ++octet)
        event.text += static_cast<char>(octet);
    const std::string text = journal::to_json(std::vector<Event>{event}).dump();
    CHECK(journal::from_json(nlohmann::json::parse(text)).at(0).text == event.text);
}

TEST_CASE("JSON that is no journal is refused", "[journal][json]") {
    for (const char* text :
         {"{}", "[{}]", "[{\"at_us\": 1, \"kind\": \"sneeze\"}]", "[{\"at_us\": \"x\", \"kind\": \"note\"}]"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(journal::from_json(nlohmann::json::parse(text)), nlohmann::json::exception);
    }
}
