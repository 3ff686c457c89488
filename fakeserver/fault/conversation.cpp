#include "fakeserver/fault/conversation.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/fault/edit.hpp"

#include <algorithm>
#include <utility>

namespace postfault::fault {

namespace {

using scenario::Point;

constexpr std::size_t recent_octets = 64;

bool ends_list(const scenario::Action& action) {
    return std::holds_alternative<scenario::Fin>(action) || std::holds_alternative<scenario::Reset>(action) ||
           std::holds_alternative<scenario::Cut>(action) || std::holds_alternative<scenario::Alert>(action);
}

} // namespace

Conversation::Conversation(const scenario::Scenario& scenario, protocol::Session& session, Occasion occasion)
    : session_(session), occasion_(std::move(occasion)), matching_(scenario, occasion_), tls_(occasion_.open_channel),
      acting_(occasion_, program_, tls_) {
    session_.watch_body(matching_.upload_places());
}

void Conversation::on_connected() {
    for (const Due& due_fault : matching_.at_connect()) {
        program_.add(wire::Fired{due_fault.number});
        std::optional<Pace> pace;
        acting_.act(due_fault.fault->actions, {}, pace);
        pending_.pace = pace;
    }
    if (scenario().server.tls == scenario::Tls::implicit && !stopped())
        tls_.begin({});
    if (tls_.has_begun())
        return; // the greeting comes under TLS
    connected_ = true;
    session_.on_connected();
}

void Conversation::on_bytes(std::string_view bytes) {
    matching_.on_bytes();
    if (!tls_.has_begun()) {
        hear(bytes);
        return;
    }
    tls_.on_bytes(bytes);
    if (tls_.has_shaken_hands())
        hear_sealed();
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
    return stopped() || session_.unread().size() + tls_.unread() < most;
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
            if (tls_.has_begun() && !tls_.is_secured()) {
                advance_tls();
                if (program_.is_empty() && !tls_.is_secured())
                    return std::nullopt;
                continue;
            }
            std::optional<protocol::Step> step = session_.next_step();
            if (step)
                handle(std::move(*step));
            else if (tls_.client_closed())
                acting_.fin(); // RFC 8446 6.1
            else
                return std::nullopt;
        }
        if (std::optional<wire::Op> op = program_.next(tls_.seal(), occasion_.limit))
            return op;
    }
}

std::optional<Duration> Conversation::idle_limit() const {
    // Half a line, or an upload or a handshake that does not go on, is something under way.
    if (stopped() || (tls_.has_begun() && !tls_.is_secured()) || session_.in_upload() || !session_.unread().empty())
        return std::nullopt;
    return matching_.idle_limit();
}

void Conversation::on_silence(Duration silent) {
    if (stopped())
        return;
    for (const Due& due_fault : matching_.on_silence(silent)) {
        program_.add(wire::Fired{due_fault.number});
        std::optional<Pace> pace;
        acting_.act(due_fault.fault->actions, {}, pace);
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
        tls_.begin(taken.text);
        break;
    case protocol::Step::Kind::close:
        acting_.fin();
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
            session_.answer_with(text_of(*reply));
            replied = true;
        } else if (std::holds_alternative<scenario::Edit>(action) || std::holds_alternative<scenario::Flip>(action) ||
                   std::holds_alternative<scenario::Flood>(action) || flooded) {
            // A flood repeats the reply, so it waits for it, and what stands behind it in the list waits too.
            flooded = flooded || std::holds_alternative<scenario::Flood>(action);
            pending_.changes.push_back(action);
        } else {
            if (ends_list(action))
                session_.discard();
            acting_.act_once(action, {}, pending_.pace);
        }
        if (stopped())
            return;
    }
    acting_.end_after_alert();
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
        else if (flip != nullptr && tls_.is_secured())
            flips.push_back(*flip);
        else if (flip != nullptr)
            reply = flipped(std::move(reply), *flip);
        else
            acting_.act_once(change, {reply, 0}, pace);
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
            stretch.surplus += text_of(*inject);
            stretch.surplus_fault = done.front().number;
            ++surplus;
        }
    send_stretch(stretch, pace, flips);
    if (stopped())
        return;
    std::optional<Pace> pace_behind; // each fault's own
    acting_.act(pending.after, {reply, reply.size()}, pace_behind);
    if (stopped())
        return;
    for (const Due& due_fault : done) {
        std::vector<scenario::Action> actions = due_fault.fault->actions;
        if (surplus == 0)
            program_.add(wire::Fired{due_fault.number});
        actions.erase(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(std::exchange(surplus, 0)));
        pace_behind.reset();
        acting_.act(actions, {reply, reply.size()}, pace_behind);
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
        acting_.act(piece.next.fault->actions, {stretch.bytes, piece.end}, pace, stretch.layer);
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
            records.plain = std::exchange(records.bytes, tls_.channel().seal(rest.bytes));
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
    return stretch.layer == Outgoing::Layer::text && tls_.is_secured() &&
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
            program_.add(Outgoing(text_of(*reply), "dot", std::nullopt));
        } else if (const auto reading = pace_of(action, occasion_.limit); reading && reading->every) {
            program_.add(wire::PaceReading{reading->octets, *reading->every});
        } else {
            acting_.act_once(action, {}, pace);
        }
        if (stopped())
            return;
    }
    acting_.end_after_alert();
}

} // namespace postfault::fault
