#include "fakeserver/journal/json.hpp"

#include "fakeserver/base/text.hpp"

#include <nlohmann/json.hpp>

namespace postfault::journal {

namespace {

std::int64_t microseconds(Instant instant) { return instant.time_since_epoch().count(); }

Instant instant(const nlohmann::json& json) { return Instant{Duration{json.get<std::int64_t>()}}; }

nlohmann::json to_json(const Event& event) {
    nlohmann::json json = {{"at_us", microseconds(event.at)}, {"kind", to_string(event.kind)}};
    // Empty fields are left out: a journal has thousands of events.
    if (event.connection != 0)
        json["connection"] = event.connection;
    if (!event.subject.empty())
        json["subject"] = escaped(event.subject);
    if (!event.text.empty())
        json["text"] = escaped(event.text);
    if (event.count != 0)
        json["count"] = event.count;
    if (event.last != event.at)
        json["last_us"] = microseconds(event.last);
    if (event.lateness != Duration{0})
        json["lateness_us"] = event.lateness.count();
    return json;
}

Event event_from(const nlohmann::json& json) {
    Event event;
    event.at = event.last = instant(json.at("at_us"));
    const auto name = json.at("kind").get<std::string>();
    const auto kind = kind_from(name);
    if (!kind)
        throw nlohmann::json::other_error::create(501, "unknown kind of journal event: " + name, &json);
    event.kind = *kind;
    event.connection = json.value("connection", 0);
    event.subject = unescaped(json.value("subject", std::string{}));
    event.text = unescaped(json.value("text", std::string{}));
    event.count = json.value("count", std::uint64_t{0});
    if (json.contains("last_us"))
        event.last = instant(json.at("last_us"));
    event.lateness = Duration{json.value("lateness_us", std::int64_t{0})};
    return event;
}

} // namespace

nlohmann::json to_json(const std::vector<Event>& events) {
    auto json = nlohmann::json::array();
    for (const Event& event : events)
        json.push_back(to_json(event));
    return json;
}

std::vector<Event> from_json(const nlohmann::json& json) {
    if (!json.is_array())
        throw nlohmann::json::type_error::create(302, "a journal is a list of events", &json);
    std::vector<Event> events;
    events.reserve(json.size());
    for (const auto& element : json)
        events.push_back(event_from(element));
    return events;
}

} // namespace postfault::journal
