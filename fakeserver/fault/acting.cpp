#include "fakeserver/fault/acting.hpp"

#include "fakeserver/fault/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace postfault::fault {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

// Rates are served in twenty pieces a second: smooth to a client, cheap for us.
constexpr std::uint64_t pieces_per_second = 20;

std::optional<Duration> resolved(const std::optional<TimeValue>& time, Duration limit) {
    return time ? std::optional(time->at(limit)) : std::nullopt;
}

} // namespace

std::string text_of(const scenario::Reply& reply) {
    return reply.text.empty() ? fmt::format("{}\r\n", reply.code) : fmt::format("{} {}\r\n", reply.code, reply.text);
}

std::string text_of(const scenario::Inject& inject) { return inject.line + "\r\n"; }

std::optional<Pace> pace_of(const scenario::Action& action, Duration limit) {
    if (const auto* drip = std::get_if<scenario::Drip>(&action))
        return Pace{drip->octets, drip->every.at(limit)};
    if (const auto* throttle = std::get_if<scenario::Throttle>(&action)) {
        const std::uint64_t octets = std::max<std::uint64_t>(throttle->octets_per_second / pieces_per_second, 1);
        return Pace{octets,
                    from_seconds(static_cast<double>(octets) / static_cast<double>(throttle->octets_per_second))};
    }
    if (const auto* split = std::get_if<scenario::Split>(&action))
        return Pace{split->octets, std::nullopt};
    return std::nullopt;
}

void Acting::act(const std::vector<scenario::Action>& actions, const Place& place, std::optional<Pace>& pace,
                 Layer layer) {
    for (const scenario::Action& action : actions) {
        act_once(action, place, pace, layer);
        if (program_.stopped())
            return;
    }
    end_after_alert();
}

void Acting::act_once(const scenario::Action& action, const Place& place, std::optional<Pace>& pace, Layer layer) {
    const Duration limit = occasion_.limit;
    const auto say = [&](std::string bytes) { program_.add(Outgoing(std::move(bytes), "", pace, layer)); };
    const auto pause = [&](std::optional<Duration> lasts) { program_.add(wire::Pause{lasts, false}); };
    std::visit(Overloaded{
                   [&](const scenario::Stall& stall) { pause(resolved(stall.lasts, limit)); },
                   [&](const scenario::Deaf& deaf) { program_.add(wire::StopReading{resolved(deaf.lasts, limit)}); },
                   [&](const scenario::Freeze& freeze) {
                       program_.add(wire::StopReading{resolved(freeze.lasts, limit)});
                       pause(resolved(freeze.lasts, limit));
                   },
                   [&](const scenario::Delay& delay) { pause(delay.by.at(limit)); },
                   [&](const scenario::AcceptLate& late) { pause(late.by.at(limit)); },
                   [&](const scenario::Drip&) { pace = pace_of(action, limit); },
                   [&](const scenario::Throttle&) { pace = pace_of(action, limit); },
                   [&](const scenario::Split&) { pace = pace_of(action, limit); },
                   [&](const scenario::Reply& reply) { say(text_of(reply)); },
                   [&](const scenario::Inject& inject) { say(text_of(inject)); },
                   [&](const scenario::Garbage& garbage) {
                       Rng rng = occasion_.rng.fork("garbage");
                       say(rng.bytes(garbage.octets));
                   },
                   [&](const scenario::Flood& endless) { flood(endless, place); },
                   [&](const scenario::Fin&) { fin(); },
                   [&](const scenario::HalfClose&) { half_close(); },
                   [&](const scenario::Reset&) { program_.end_with(wire::Reset{}); },
                   [&](const scenario::Cut&) { program_.end_with(wire::Fin{}); },
                   [&](const scenario::Alert& alert) { send_alert(alert.name); },
                   [&](const scenario::SpeakTls&) { tls_.begin({}); },
                   // These need the correct reply or the listener and are dealt with there; the linter keeps them in
                   // their places.
                   [](const scenario::Edit&) {},
                   [](const scenario::Flip&) {},
                   [](const scenario::Cert&) {},
                   [](const scenario::Refuse&) {},
                   [](const scenario::Blackhole&) {},
               },
               action);
}

void Acting::send_record(std::string bytes) {
    if (!bytes.empty())
        program_.add(Outgoing(std::move(bytes), "", std::nullopt, Layer::record));
}

void Acting::end_after_alert() {
    if (!alerted_ || program_.stopped() || program_.is_empty())
        return;
    const wire::Op* const last = program_.last();
    const auto* const pause = last == nullptr ? nullptr : std::get_if<wire::Pause>(last);
    const bool stays =
        (pause != nullptr && !pause->lasts) || (last != nullptr && std::holds_alternative<wire::HalfClose>(*last));
    if (!stays)
        program_.end_with(wire::Fin{});
}

void Acting::flood(const scenario::Flood& flood, const Place& place) {
    const std::string pattern = flood_pattern(place.reply, place.offset, flood.shape);
    if (tls_.is_secured())
        program_.add_sealed_flood(pattern, flood.octets);
    else
        program_.add(wire::Flood{pattern, flood.octets});
}

void Acting::fin() {
    if (tls_.has_shaken_hands())
        program_.add_later([this] { send_record(tls_.channel().close_notify()); });
    program_.end_with(wire::Fin{});
}

void Acting::half_close() {
    if (tls_.has_shaken_hands())
        program_.add_later([this] { send_record(tls_.channel().close_notify()); });
    program_.add(wire::HalfClose{!tls_.has_shaken_hands()});
}

void Acting::send_alert(const std::string& name) {
    program_.add_later([this, name] { send_record(tls_.alert(name)); });
    alerted_ = true;
}

} // namespace postfault::fault
