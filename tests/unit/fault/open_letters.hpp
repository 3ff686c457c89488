#pragma once

#include "fakeserver/fault/channel.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace postfault::test {

// TLS without any cryptography: its records can be read.
class OpenLetters final : public fault::Channel {
public:
    void on_bytes(std::string_view ciphertext) override { plain_ += ciphertext; }

    State advance() override { return state_; }

    State state() const override { return state_; }

    void present(CertificateKind) override {}

    void go_on() override {}

    std::string take_output() override { return {}; }

    std::string take_plain() override { return std::exchange(plain_, {}); }

    std::string seal(std::string_view plain) override { return "<" + std::string(plain) + ">"; }

    std::string close_notify() override { return "<close_notify>"; }

    std::string alert(std::string_view name) override { return "<alert " + std::string(name) + ">"; }

    bool client_closed() const override { return closed_; }

    std::string client_alert() const override { return {}; }

    std::string error() const override { return {}; }

    std::string server_name() const override { return {}; }

    std::string version() const override { return "TLSv0"; }

    std::string cipher() const override { return "NULL"; }

    // What real TLS would do when it has read something.
    void fail() { state_ = State::failed; }

    void close() { closed_ = true; }

private:
    State state_ = State::established;
    bool closed_ = false;
    std::string plain_;
};

} // namespace postfault::test
