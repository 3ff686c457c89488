#pragma once

#include "fakeserver/fault/channel.hpp"
#include "fakeserver/tls/channel.hpp"

namespace postfault::transport {

// Brings fakeserver/tls, which knows nothing of scenarios, to conversations, which know nothing of OpenSSL.
class TlsChannel final : public fault::Channel {
public:
    explicit TlsChannel(tls::Authority& authority) : channel_(authority) {} // outlives the channel

    void on_bytes(std::string_view ciphertext) override { channel_.on_bytes(ciphertext); }

    State advance() override { return translated(channel_.advance()); }

    State state() const override { return translated(channel_.state()); }

    void present(CertificateKind kind) override { channel_.present(kind); }

    void go_on() override { channel_.go_on(); }

    std::string take_output() override { return channel_.take_output(); }

    std::string take_plain() override { return channel_.take_plain(); }

    std::string seal(std::string_view plain) override { return channel_.seal(plain); }

    std::string close_notify() override { return channel_.close_notify(); }

    std::string alert(std::string_view name) override;

    bool client_closed() const override { return channel_.client_closed(); }

    std::string client_alert() const override { return channel_.client_alert(); }

    std::string error() const override { return channel_.error(); }

    std::string server_name() const override { return channel_.server_name(); }

    std::string version() const override { return channel_.version(); }

    std::string cipher() const override { return channel_.cipher(); }

private:
    static State translated(tls::Channel::State state);

    tls::Channel channel_;
};

} // namespace postfault::transport
