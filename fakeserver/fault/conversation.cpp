#include "fakeserver/fault/conversation.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/fault/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::fault {

namespace {

using scenario::Point;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr std::string_view line_end = "\r\n";

constexpr std::size_t recent_octets = 64;

// Rates are served in twenty pieces a second: smooth to a client, cheap for us.
constexpr std::uint64_t pieces_per_second = 20;

std::string as_line(std::string text) { return text + std::string(line_end); }

std::string as_reply(const scenario::Reply& reply) {
    return as_line(reply.text.empty() ? fmt::format("{}", reply.code) : fmt::format("{} {}", reply.code, reply.text));
}

std::optional<Duration> resolved(const std::optional<TimeValue>& time, Duration limit) {
    return time ? std::optional(time->at(limit)) : std::nullopt;
}

struct Rate {
    std::uint64_t octets = 1;
    Duration every{0};
};

Rate rate_of(const scenario::Throttle& throttle) {
    const std::uint64_t octets = std::max<std::uint64_t>(throttle.octets_per_second / pieces_per_second, 1);
    return {octets, from_seconds(static_cast<double>(octets) / static_cast<double>(throttle.octets_per_second))};
}

bool ends_list(const scenario::Action& action) {
    return std::holds_alternative<scenario::Fin>(action) || std::holds_alternative<scenario::Reset>(action) ||
           std::holds_alternative<scenario::Cut>(action) || std::holds_alternative<scenario::Alert>(action);
}

} // namespace

Conversation::Conversation(const scenario::Scenario& scenario, protocol::Session& session, Occasion occasion)
    : session_(session), occasion_(std::move(occasion)), matching_(scenario, occasion_) {
    session_.watch_body(matching_.upload_places());
}

void Conversation::on_connected() {
    for (const Due& due_fault : matching_.at_connect()) {
        program_.add(wire::Fired{due_fault.number});
        std::optional<Pace> pace;
        act(due_fault.fault->actions, {}, pace);
        pending_.pace = pace;
    }
    if (scenario().server.tls == scenario::Tls::implicit && !stopped())
        begin_tls({});
    if (channel_)
        return; // the greeting comes under TLS
    connected_ = true;
    session_.on_connected();
}

void Conversation::on_bytes(std::string_view bytes) {
    matching_.on_bytes();
    if (channel_) {
        channel_->on_bytes(bytes);
        if (secured_)
            read_channel();
        else
            handshake_octets_ += bytes.size();
        return;
    }
    hear(bytes);
}

void Conversation::hear(std::string_view bytes) {
    recent_.append(bytes.substr(bytes.size() - std::min(bytes.size(), recent_octets)));
    if (recent_.size() > recent_octets)
        recent_.erase(0, recent_.size() - recent_octets);
    // Nobody will ever take these: only the end of the connection matters now.
    if (!stopped())
        session_.on_bytes(bytes);
}

bool Conversation::wants_bytes(std::size_t most) const {
    return stopped() || session_.unread().size() + handshake_octets_ < most;
}

bool Conversation::ends_with_quit() const {
    constexpr std::string_view quit = "QUIT\r\n";
    if (recent_.size() < quit.size() ||
        !equals_ignoring_case(std::string_view(recent_).substr(recent_.size() - quit.size()), quit))
        return false;
    std::string_view before = recent_;
    before.remove_suffix(quit.size());
    // In an upload the word is text unless the terminator stands before it.
    constexpr std::string_view terminator = "\r\n.\r\n";
    if (session_.in_upload())
        return before.size() >= terminator.size() && before.substr(before.size() - terminator.size()) == terminator;
    return before.empty() || before.back() == '\n';
}

std::optional<wire::Op> Conversation::next_op() {
    for (;;) {
        while (program_.is_empty()) {
            if (stopped())
                return std::nullopt;
            if (channel_ && !is_secured()) {
                advance_tls();
                if (program_.is_empty() && !is_secured())
                    return std::nullopt;
                continue;
            }
            std::optional<protocol::Step> step = session_.next_step();
            if (step)
                handle(std::move(*step));
            else if (client_closed_)
                fin(); // RFC 8446 6.1
            else
                return std::nullopt;
        }
        const Seal seal = secured_ ? Seal([this](std::string_view plain) { return channel_->seal(plain); }) : Seal{};
        if (std::optional<wire::Op> op = program_.next(seal, occasion_.limit))
            return op;
    }
}

std::optional<Duration> Conversation::idle_limit() const {
    // Half a line, or an upload or a handshake that does not go on, is something under way.
    if (stopped() || (channel_ && !is_secured()) || session_.in_upload() || !session_.unread().empty())
        return std::nullopt;
    return matching_.idle_limit();
}

void Conversation::on_silence(Duration silent) {
    if (stopped())
        return;
    for (const Due& due_fault : matching_.on_silence(silent)) {
        program_.add(wire::Fired{due_fault.number});
        std::optional<Pace> pace;
        act(due_fault.fault->actions, {}, pace);
        if (stopped())
            return;
    }
}

void Conversation::handle(protocol::Step step) {
    const protocol::Step taken = std::move(step);
    program_.add(wire::Took{taken});
    switch (taken.kind) {
    case protocol::Step::Kind::received:
        on_received(taken);
        break;
    case protocol::Step::Kind::reply:
        on_reply(taken);
        break;
    case protocol::Step::Kind::body:
        on_upload(taken);
        break;
    case protocol::Step::Kind::upgrade:
        begin_tls(taken.text);
        break;
    case protocol::Step::Kind::close:
        fin();
        break;
    case protocol::Step::Kind::chosen:
        break; // no session says that
    }
}

void Conversation::on_received(const protocol::Step& step) {
    if (matching_.on_received(step, [this] { return session_.facts(); }))
        on_chosen();
    // The end of an upload shares its reply with `accepted`, and with the command where nothing is answered in between
    // (BDAT, TAKETHIS); what was ordered at connect applies to the greeting.
    if (step.subject != "accepted" && step.subject != "dot" && step.subject != "greeting")
        pending_ = {};
    // A client that has strayed from the script is not where the script's faults are, whatever it has said.
    if (!step.problem.empty())
        return;
    for (const Due& due_fault : matching_.at(Point::Kind::received, step.subject)) {
        program_.add(wire::Fired{due_fault.number});
        act_before_reply(*due_fault.fault);
        if (stopped())
            return;
    }
}

void Conversation::on_chosen() {
    protocol::Step told;
    told.kind = protocol::Step::Kind::chosen;
    told.text = scenario().id;
    program_.add(wire::Took{told});
    session_.watch_body(matching_.upload_places());
}

void Conversation::act_before_reply(const scenario::Fault& fault) {
    bool replied = false;
    bool flooded = false;
    for (const scenario::Action& action : fault.actions) {
        if (replied) {
            pending_.after.push_back(action);
            continue;
        }
        if (const auto* reply = std::get_if<scenario::Reply>(&action)) {
            session_.answer_with(as_reply(*reply));
            replied = true;
        } else if (std::holds_alternative<scenario::Edit>(action) || std::holds_alternative<scenario::Flip>(action) ||
                   std::holds_alternative<scenario::Flood>(action) || flooded) {
            // A flood repeats the reply, so it waits for it, and what stands behind it in the list waits too.
            flooded = flooded || std::holds_alternative<scenario::Flood>(action);
            pending_.changes.push_back(action);
        } else {
            if (ends_list(action))
                session_.discard();
            act_once(action, {}, pending_.pace);
        }
        if (stopped())
            return;
    }
    end_after_alert();
}

void Conversation::on_reply(const protocol::Step& step) {
    const Pending pending = std::exchange(pending_, {});
    std::string reply = step.text;
    std::optional<Pace> pace = pending.pace;
    std::vector<scenario::Flip> flips; // of records
    for (const scenario::Action& change : pending.changes) {
        const auto* flip = std::get_if<scenario::Flip>(&change);
        if (const auto* edit = std::get_if<scenario::Edit>(&change))
            reply = edited(std::move(reply), *edit);
        else if (flip != nullptr && is_secured())
            flips.push_back(*flip);
        else if (flip != nullptr)
            reply = flipped(std::move(reply), *flip);
        else
            act_once(change, {reply, 0}, pace);
        if (stopped())
            return;
    }

    const std::vector<Due> done = matching_.at(Point::Kind::done, step.subject);
    Stretch stretch{reply, step.subject, Point::Kind::reply, Outgoing::Layer::text, step.subject, {}, {}, {}};
    // A line that nobody asked for leaves together with the reply before it: else it is chance whether the client's
    // next command crosses it, and then nobody can tell it from the answer.
    std::size_t surplus = 0; // leading actions of the first fault
    if (!pace && pending.after.empty() && !done.empty())
        for (const scenario::Action& action : done.front().fault->actions) {
            const auto* inject = std::get_if<scenario::Inject>(&action);
            if (inject == nullptr)
                break;
            stretch.surplus += as_line(inject->line);
            stretch.surplus_fault = done.front().number;
            ++surplus;
        }
    send_stretch(stretch, pace, flips);
    if (stopped())
        return;
    std::optional<Pace> pace_behind; // each fault's own
    act(pending.after, {reply, reply.size()}, pace_behind);
    if (stopped())
        return;
    for (const Due& due_fault : done) {
        std::vector<scenario::Action> actions = due_fault.fault->actions;
        if (surplus == 0)
            program_.add(wire::Fired{due_fault.number});
        actions.erase(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(std::exchange(surplus, 0)));
        pace_behind.reset();
        act(actions, {reply, reply.size()}, pace_behind);
        if (stopped())
            return;
    }
}

void Conversation::send_stretch(const Stretch& stretch, std::optional<Pace> pace,
                                const std::vector<scenario::Flip>& flips) {
    std::uint64_t sent = 0;
    for (const Piece& piece : cut_up(stretch.bytes, matching_.at(stretch.inside, stretch.subject))) {
        if (!piece.bytes.empty())
            program_.add(Outgoing(std::string(piece.bytes), "", pace, stretch.layer));
        sent = piece.end;
        program_.add(wire::Fired{piece.next.number});
        act(piece.next.fault->actions, {stretch.bytes, piece.end}, pace, stretch.layer);
        if (stopped())
            return;
    }
    Stretch rest = stretch;
    rest.bytes.erase(0, sent);
    rest.bytes += std::exchange(rest.surplus, {});
    if (stretch.surplus_fault)
        program_.add(wire::Fired{*std::exchange(rest.surplus_fault, std::nullopt)});
    if (has_faults_in_record(stretch)) {
        program_.add_later([this, rest, pace, flips] {
            Stretch records = rest;
            records.plain = std::exchange(records.bytes, channel_->seal(rest.bytes));
            records.inside = Point::Kind::record;
            records.layer = Outgoing::Layer::record;
            send_stretch(records, pace, flips);
        });
        return;
    }
    if (rest.bytes.empty() && rest.ends.empty())
        return;
    Outgoing out(std::move(rest.bytes), std::move(rest.ends), pace, stretch.layer);
    out.flip(flips);
    if (stretch.layer == Outgoing::Layer::record)
        out.shows(stretch.plain);
    program_.add(std::move(out));
}

bool Conversation::has_faults_in_record(const Stretch& stretch) const {
    return stretch.layer == Outgoing::Layer::text && is_secured() &&
           !matching_.at(Point::Kind::record, stretch.subject).empty();
}

void Conversation::on_upload(const protocol::Step& step) {
    for (const Due& due_fault : matching_.at_upload(step.offset)) {
        program_.add(wire::Fired{due_fault.number});
        act_in_upload(*due_fault.fault);
        if (stopped())
            return;
    }
}

void Conversation::act_in_upload(const scenario::Fault& fault) {
    std::optional<Pace> pace;
    for (const scenario::Action& action : fault.actions) {
        if (const auto* reply = std::get_if<scenario::Reply>(&action)) {
            // RFC 5321 4.2.5: the server has answered, so it will not take the message, nor answer it a second time.
            session_.discard();
            program_.add(Outgoing(as_reply(*reply), "dot", std::nullopt));
        } else if (const auto* drip = std::get_if<scenario::Drip>(&action)) {
            program_.add(wire::PaceReading{drip->octets, drip->every.at(occasion_.limit)});
        } else if (const auto* throttle = std::get_if<scenario::Throttle>(&action)) {
            const Rate rate = rate_of(*throttle);
            program_.add(wire::PaceReading{rate.octets, rate.every});
        } else {
            act_once(action, {}, pace);
        }
        if (stopped())
            return;
    }
    end_after_alert();
}

void Conversation::act(const std::vector<scenario::Action>& actions, const Place& place, std::optional<Pace>& pace,
                       Outgoing::Layer layer) {
    for (const scenario::Action& action : actions) {
        act_once(action, place, pace, layer);
        if (stopped())
            return;
    }
    end_after_alert();
}

void Conversation::act_once(const scenario::Action& action, const Place& place, std::optional<Pace>& pace,
                            Outgoing::Layer layer) {
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
                   [&](const scenario::Drip& drip) {
                       pace = Pace{drip.octets, drip.every.at(limit)};
                   },
                   [&](const scenario::Throttle& throttle) {
                       const Rate rate = rate_of(throttle);
                       pace = Pace{rate.octets, rate.every};
                   },
                   [&](const scenario::Split& split) {
                       pace = Pace{split.octets, std::nullopt};
                   },
                   [&](const scenario::Reply& reply) { say(as_reply(reply)); },
                   [&](const scenario::Inject& inject) { say(as_line(inject.line)); },
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
                   [&](const scenario::SpeakTls&) { begin_tls({}); },
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

void Conversation::send_record(std::string bytes) {
    if (!bytes.empty())
        program_.add(Outgoing(std::move(bytes), "", std::nullopt, Outgoing::Layer::record));
}

// RFC 8446 6.2: whoever has sent a fatal alert closes at once, unless the scenario wants something else.
void Conversation::end_after_alert() {
    if (!alerted_ || stopped() || program_.is_empty())
        return;
    const wire::Op* const last = program_.last();
    const auto* const pause = last == nullptr ? nullptr : std::get_if<wire::Pause>(last);
    const bool stays =
        (pause != nullptr && !pause->lasts) || (last != nullptr && std::holds_alternative<wire::HalfClose>(*last));
    if (!stays)
        program_.end_with(wire::Fin{});
}

void Conversation::flood(const scenario::Flood& flood, const Place& place) {
    const std::string pattern = flood_pattern(place.reply, place.offset, flood.shape);
    if (is_secured())
        program_.add_sealed_flood(pattern, flood.octets);
    else
        program_.add(wire::Flood{pattern, flood.octets});
}

// RFC 8446 6.1: whoever has said its last says so.
void Conversation::fin() {
    if (secured_)
        program_.add_later([this] { send_record(channel_->close_notify()); });
    program_.end_with(wire::Fin{});
}

void Conversation::half_close() {
    if (secured_)
        program_.add_later([this] { send_record(channel_->close_notify()); });
    program_.add(wire::HalfClose{!secured_});
}

} // namespace postfault::fault
