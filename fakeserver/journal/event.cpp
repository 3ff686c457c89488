#include "fakeserver/journal/event.hpp"

#include <array>
#include <utility>

namespace postfault::journal {

namespace {

using Kind = Event::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 21> names{{
    {Kind::listening, "listening"},
    {Kind::connect_attempt, "connect_attempt"},
    {Kind::connected, "connected"},
    {Kind::received, "received"},
    {Kind::command, "command"},
    {Kind::unread_quit, "unread_quit"},
    {Kind::reply, "reply"},
    {Kind::sent, "sent"},
    {Kind::reply_sent, "reply_sent"},
    {Kind::upload, "upload"},
    {Kind::stored, "stored"},
    {Kind::fault_fired, "fault_fired"},
    {Kind::reading_stopped, "reading_stopped"},
    {Kind::reading_resumed, "reading_resumed"},
    {Kind::server_fin, "server_fin"},
    {Kind::server_reset, "server_reset"},
    {Kind::server_closed, "server_closed"},
    {Kind::client_fin, "client_fin"},
    {Kind::client_reset, "client_reset"},
    {Kind::violation, "violation"},
    {Kind::tls, "tls"},
}};

} // namespace

std::string_view to_string(Event::Kind kind) {
    for (const auto& [known, name] : names)
        if (known == kind)
            return name;
    return "note";
}

std::optional<Event::Kind> kind_from(std::string_view name) {
    if (name == "note")
        return Kind::note;
    for (const auto& [kind, known] : names)
        if (known == name)
            return kind;
    return std::nullopt;
}

} // namespace postfault::journal
