// The part of a conversation that is about TLS.

#include "fakeserver/fault/conversation.hpp"

#include <utility>

namespace postfault::fault {

using scenario::Point;

// Takes the handshake as far as the client lets it. What comes of it is in the program.
void Conversation::advance_tls() {
    switch (tls_.advance()) {
    case Channel::State::waiting:
        break;
    case Channel::State::at_hello:
        on_client_hello();
        break;
    case Channel::State::shaking_hands:
        acting_.send_record(tls_.channel().take_output());
        break;
    case Channel::State::established:
        on_established();
        break;
    case Channel::State::failed:
        on_tls_failed();
        break;
    }
}

void Conversation::on_client_hello() {
    tls_.tell("ClientHello", tls_.channel().server_name().empty() ? "" : "for " + tls_.channel().server_name());
    std::optional<Pace> pace;
    std::vector<scenario::Flip> flips;
    for (const Due& due_fault : matching_.at(Point::Kind::received, scenario::client_hello)) {
        program_.add(wire::Fired{due_fault.number});
        for (const scenario::Action& action : due_fault.fault->actions) {
            if (const auto* cert = std::get_if<scenario::Cert>(&action))
                tls_.channel().present(cert->kind);
            else if (const auto* flip = std::get_if<scenario::Flip>(&action))
                flips.push_back(*flip);
            else
                acting_.act_once(action, {}, pace);
            if (stopped())
                return;
        }
        acting_.end_after_alert();
        if (stopped())
            return;
    }
    program_.add_later([this, pace, flips] { answer_client_hello(pace, flips); });
}

void Conversation::answer_client_hello(std::optional<Pace> pace, const std::vector<scenario::Flip>& flips) {
    tls_.channel().go_on();
    if (tls_.channel().state() == Channel::State::failed)
        return; // what is to be said about it comes next
    send_stretch({tls_.channel().take_output(),
                  std::string(scenario::client_hello),
                  Point::Kind::reply,
                  Outgoing::Layer::record,
                  {},
                  {},
                  {},
                  {}},
                 pace, flips);
}

void Conversation::on_established() {
    acting_.send_record(tls_.channel().take_output()); // in TLS 1.2 the last word is ours
    tls_.on_established();
    std::optional<Pace> pace;
    for (const Due& due_fault : matching_.at(Point::Kind::done, "tls")) {
        program_.add(wire::Fired{due_fault.number});
        acting_.act(due_fault.fault->actions, {}, pace);
        if (stopped())
            break;
    }
    session_.on_secured();
    if (!std::exchange(connected_, true))
        session_.on_connected();
    hear_sealed();
}

void Conversation::on_tls_failed() {
    tls_.tell("failed", tls_.channel().error());
    acting_.send_record(tls_.channel().take_output());
    program_.end_with(wire::Fin{});
}

// Also while the session is held back: what the client says is known when it has come.
void Conversation::hear_sealed() {
    const std::string plain = tls_.read();
    if (!plain.empty())
        hear(plain);
}

} // namespace postfault::fault
