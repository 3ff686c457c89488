#pragma once

#include "fakeserver/base/tls_words.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace postfault::fault {

// The server's side of TLS as a conversation needs it: ciphertext in, plain text out, and the reverse. Whoever owns the
// sockets brings one along; nothing here knows how it is done.
class Channel {
public:
    enum class State {
        waiting,       // for a whole ClientHello
        at_hello,      // it is there, and waits for go_on()
        shaking_hands, // our first flight is out
        established,
        failed, // error() says why
    };

    virtual ~Channel() = default;

    virtual void on_bytes(std::string_view ciphertext) = 0;

    // Shakes hands as far as the input allows.
    virtual State advance() = 0;
    virtual State state() const = 0;

    // Both only in State::at_hello. Unless another is presented the certificate is the good one.
    virtual void present(CertificateKind kind) = 0;
    virtual void go_on() = 0;

    // What has to go to the client by itself: flights of the handshake, alerts.
    virtual std::string take_output() = 0;

    // What the client has said in whole records.
    virtual std::string take_plain() = 0;

    // The ciphertext of this text, in as few records as can be; empty if nothing can be said any more.
    virtual std::string seal(std::string_view plain) = 0;

    // Empty if there is nothing to close.
    virtual std::string close_notify() = 0;

    // The record of any alert; nothing can be said behind it. Empty if it cannot be made here.
    virtual std::string alert(std::string_view name) = 0;

    virtual bool client_closed() const = 0;       // its close_notify has come
    virtual std::string client_alert() const = 0; // its last other alert; empty if none
    virtual std::string error() const = 0;
    virtual std::string server_name() const = 0; // that the client asks for
    virtual std::string version() const = 0;
    virtual std::string cipher() const = 0;

protected:
    Channel() = default;
    Channel(const Channel&) = default;
    Channel& operator=(const Channel&) = default;
};

using OpenChannel = std::function<std::unique_ptr<Channel>()>;

} // namespace postfault::fault
