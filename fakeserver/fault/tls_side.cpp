#include "fakeserver/fault/tls_side.hpp"

#include "fakeserver/base/check.hpp"

#include <fmt/format.h>

namespace postfault::fault {

void TlsSide::begin(std::string_view heard_already) {
    if (!channel_) {
        POSTFAULT_CHECK(open_ != nullptr, "whoever plays a scenario with TLS brings TLS along");
        channel_ = open_();
        tell("begins");
    }
    channel_->on_bytes(heard_already);
    handshake_octets_ += heard_already.size();
}

void TlsSide::on_bytes(std::string_view ciphertext) {
    channel_->on_bytes(ciphertext);
    if (!secured_)
        handshake_octets_ += ciphertext.size();
}

Channel::State TlsSide::advance() {
    handshake_octets_ = 0;
    return channel_->advance();
}

void TlsSide::on_established() {
    secured_ = true;
    tell("established",
         fmt::format("{}, {}{}", channel_->version(), channel_->cipher(),
                     channel_->server_name().empty() ? ", no server name" : ", for " + channel_->server_name()));
}

std::string TlsSide::read() {
    std::string plain = channel_->take_plain();
    heard_ += plain;
    if (channel_->client_closed() && !std::exchange(client_closed_, true))
        tell("close_notify", "from the client");
    return plain;
}

Seal TlsSide::seal() const {
    if (!secured_)
        return {};
    return [this](std::string_view plain) { return channel_->seal(plain); };
}

std::string TlsSide::alert(const std::string& name) {
    tell("alert", name + " to the client");
    return channel_ ? channel_->alert(name) : std::string{};
}

} // namespace postfault::fault
