// The part of a conversation that is about TLS.

#include "fakeserver/base/check.hpp"
#include "fakeserver/fault/conversation.hpp"

#include <fmt/format.h>

#include <utility>

namespace postfault::fault {

using scenario::Point;

void Conversation::begin_tls(std::string_view heard_already) {
    if (!channel_) {
        POSTFAULT_CHECK(occasion_.open_channel != nullptr, "whoever plays a scenario with TLS brings TLS along");
        channel_ = occasion_.open_channel();
        tell("begins");
    }
    channel_->on_bytes(heard_already);
    handshake_octets_ += heard_already.size();
}

// Takes the handshake as far as the client lets it. What comes of it is in the program.
void Conversation::advance_tls() {
    handshake_octets_ = 0;
    switch (channel_->advance()) {
    case Channel::State::waiting:
        break;
    case Channel::State::at_hello:
        on_client_hello();
        break;
    case Channel::State::shaking_hands:
        send_record(channel_->take_output());
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
    tell("ClientHello", channel_->server_name().empty() ? "" : "for " + channel_->server_name());
    std::optional<Pace> pace;
    std::vector<scenario::Flip> flips;
    for (const Due& due_fault : matching_.at(Point::Kind::received, scenario::client_hello)) {
        program_.add(wire::Fired{due_fault.number});
        for (const scenario::Action& action : due_fault.fault->actions) {
            if (const auto* cert = std::get_if<scenario::Cert>(&action))
                channel_->present(cert->kind);
            else if (const auto* flip = std::get_if<scenario::Flip>(&action))
                flips.push_back(*flip);
            else
                act_once(action, {}, pace);
            if (stopped())
                return;
        }
        end_after_alert();
        if (stopped())
            return;
    }
    program_.add_later([this, pace, flips] { answer_client_hello(pace, flips); });
}

void Conversation::answer_client_hello(std::optional<Pace> pace, const std::vector<scenario::Flip>& flips) {
    channel_->go_on();
    if (channel_->state() == Channel::State::failed)
        return; // what is to be said about it comes next
    send_stretch({channel_->take_output(),
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
    send_record(channel_->take_output()); // in TLS 1.2 the last word is ours
    secured_ = true;
    tell("established",
         fmt::format("{}, {}{}", channel_->version(), channel_->cipher(),
                     channel_->server_name().empty() ? ", no server name" : ", for " + channel_->server_name()));
    std::optional<Pace> pace;
    for (const Due& due_fault : matching_.at(Point::Kind::done, "tls")) {
        program_.add(wire::Fired{due_fault.number});
        act(due_fault.fault->actions, {}, pace);
        if (stopped())
            break;
    }
    session_.on_secured();
    if (!std::exchange(connected_, true))
        session_.on_connected();
    read_channel();
}

void Conversation::on_tls_failed() {
    tell("failed", channel_->error());
    send_record(channel_->take_output());
    program_.end_with(wire::Fin{});
}

// Also while the session is held back: what the client says is known when it has come.
void Conversation::read_channel() {
    const std::string plain = channel_->take_plain();
    heard_ += plain;
    if (!plain.empty())
        hear(plain);
    if (channel_->client_closed() && !std::exchange(client_closed_, true))
        tell("close_notify", "from the client");
}

void Conversation::send_alert(const std::string& name) {
    program_.add_later([this, name] {
        tell("alert", name + " to the client");
        send_record(channel_ ? channel_->alert(name) : std::string{});
    });
    alerted_ = true;
}

void Conversation::tell(std::string subject, std::string text) {
    tls_news_.push_back({std::move(subject), std::move(text)});
}

} // namespace postfault::fault
