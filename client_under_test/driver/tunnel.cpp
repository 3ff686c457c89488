#include "client_under_test/driver/tunnel.hpp"

#include <fmt/format.h>

#include <utility>

namespace refclient {

void Tunnel::on_connected(std::string server_name, Instant now) {
    server_name_ = std::move(server_name);
    conversation_.on_connected(now);
    secure_if_asked(now);
}

void Tunnel::on_bytes(std::string_view bytes, Instant now) {
    if (channel_) {
        channel_->on_bytes(bytes);
        return tell_conversation(now);
    }
    conversation_.on_bytes(bytes, now);
    secure_if_asked(now);
}

void Tunnel::on_written(std::size_t count, Instant now) {
    if (!channel_)
        return conversation_.on_written(count, now);
    channel_->on_written(count);
    encrypt(now);
}

void Tunnel::on_end_of_stream(Instant now) {
    cut_ = true;
    if (!channel_ || channel_->state() == tls::Channel::State::handshaking)
        return conversation_.on_end_of_stream(now);
    if (policy_.end_of_stream == EndOfStream::try_again || std::exchange(told_end_, true))
        return;
    if (policy_.cut == TlsCut::is_an_error)
        // RFC 8446 6.1: without close_notify somebody in between may have cut off the rest.
        return conversation_.on_transport_error("the connection was cut, without the end that TLS has,", now);
    conversation_.on_bytes("\r\n", now); // of what had come of the last line
    conversation_.on_end_of_stream(now);
}

void Tunnel::on_transport_error(std::string_view what, Instant now) {
    cut_ = true;
    conversation_.on_transport_error(what, now);
}

void Tunnel::on_time(Instant now) {
    conversation_.on_time(now);
    encrypt(now);
}

std::string_view Tunnel::pending_output() const {
    return channel_ ? channel_->pending_output() : conversation_.pending_output();
}

bool Tunnel::finished() const { return conversation_.finished() && !waits_for_close(); }

void Tunnel::secure_if_asked(Instant now) {
    if (!conversation_.securing())
        return;
    tls::Settings settings = policy_.channel;
    settings.server_name = server_name_;
    channel_.emplace(settings);
    tell_conversation(now);
}

// What the channel has got to know. The server's text comes before its end, and before whatever broke behind it.
void Tunnel::tell_conversation(Instant now) {
    using State = tls::Channel::State;
    const State state = channel_->state();
    if (conversation_.securing() && channel_->established())
        conversation_.on_secured(now);
    else if (conversation_.securing() && state == State::failed)
        conversation_.on_insecure(channel_->trouble(), now);
    if (const std::string text = channel_->take_plaintext(); !text.empty())
        conversation_.on_bytes(text, now);
    if (state == State::ended && !std::exchange(told_end_, true))
        conversation_.on_end_of_stream(now);
    else if (state == State::failed && !std::exchange(told_end_, true))
        conversation_.on_transport_error(fmt::format("TLS broke ({})", channel_->trouble()), now);
    encrypt(now);
}

// One block at a time: what the conversation says next may depend on what the server says until this one has left.
void Tunnel::encrypt(Instant now) {
    if (!channel_)
        return;
    if (const std::string text{conversation_.pending_output()};
        !text.empty() && channel_->established() && channel_->pending_output().empty()) {
        channel_->write(text);
        conversation_.on_written(text.size(), now);
    }
    if (conversation_.finished())
        channel_->close();
}

bool Tunnel::waits_for_close() const {
    return policy_.tls_close == TlsClose::waits_for_the_server && channel_ &&
           channel_->state() == tls::Channel::State::open && !cut_ && conversation_.ending() == Ending::said_goodbye;
}

} // namespace refclient
