#include "fakeserver/transport/tls_channel.hpp"

namespace postfault::transport {

std::string TlsChannel::alert(std::string_view name) {
    const auto number = alert_number(name);
    return number ? channel_.alert(*number) : std::string{};
}

TlsChannel::State TlsChannel::translated(tls::Channel::State state) {
    switch (state) {
    case tls::Channel::State::waiting:
        return State::waiting;
    case tls::Channel::State::at_hello:
        return State::at_hello;
    case tls::Channel::State::shaking_hands:
        return State::shaking_hands;
    case tls::Channel::State::established:
        return State::established;
    case tls::Channel::State::failed:
        break;
    }
    return State::failed;
}

} // namespace postfault::transport
