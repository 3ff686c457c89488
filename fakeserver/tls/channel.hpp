#pragma once

#include "fakeserver/tls/authority.hpp"
#include "fakeserver/tls/handle.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::tls {

// The server side of one TLS connection between two buffers: ciphertext in, plain text out, and the reverse. No socket,
// no clock. Nothing here throws because of what a client sends.
//
// It stops when the ClientHello is there, so that the caller can choose the certificate, and goes on when told to.
class Channel {
public:
    enum class State {
        waiting,       // for a whole ClientHello
        at_hello,      // it is there; go_on() answers it
        shaking_hands, // our first flight is out
        established,
        failed, // error() says why; what take_output() gives may be the alert that says so to the client
    };

    explicit Channel(Authority& authority); // outlives the channel
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // As it came from the wire. Understood by advance() and take_plain().
    void on_bytes(std::string_view ciphertext);

    // Shakes hands as far as the input allows.
    State advance();

    State state() const { return state_; }

    // Only in State::at_hello. Without it the certificate is the good one.
    void present(CertificateKind kind);

    // Only in State::at_hello.
    void go_on();

    // What has to go to the client by itself: flights of the handshake, alerts.
    std::string take_output();

    // What the client has said, as far as its records are whole. Empty before the handshake is over.
    std::string take_plain();

    // The ciphertext of this text: one record, or as few as can be. Only in State::established.
    std::string seal(std::string_view plain);

    // Our close_notify (RFC 8446 6.1); empty if it was given before, or if there is nothing to close.
    std::string close_notify();

    // The record of any alert, encrypted if the handshake is over. Nothing else can be sent after it. Empty if it
    // cannot be made: in the middle of a handshake.
    std::string alert(std::uint8_t number);

    // The client's close_notify has come.
    bool client_closed() const;

    // The last alert of the client other than close_notify; `certificate_unknown`, or empty.
    const std::string& client_alert() const { return client_alert_; }

    const std::string& error() const { return error_; }

    // What the ClientHello asks for (RFC 6066 section 3), once it is there; empty if it names none.
    const std::string& server_name() const { return server_name_; }

    // `TLSv1.3` and `TLS_AES_256_GCM_SHA384`; once established.
    std::string version() const;
    std::string cipher() const;

private:
    static int on_hello(SSL* ssl, int* alert, void* unused);
    static void on_info(const SSL* ssl, int where, int value);
    static void on_message(int written, int version, int type, const void* bytes, std::size_t size, SSL* ssl,
                           void* self);
    static void on_secret(const SSL* ssl, const char* line);
    void fail(std::string error);
    std::string sealed_alert(std::string_view alert) const;

    Authority& authority_;
    SslHandle ssl_;
    BIO* input_ = nullptr;  // owned by ssl_
    BIO* output_ = nullptr; // owned by ssl_
    State state_ = State::waiting;
    bool may_answer_hello_ = false;
    bool ended_ = false; // by an alert of ours
    std::string error_;
    std::string server_name_;
    std::string client_alert_;
    std::string secret_;        // of our side's records, TLS 1.3
    std::uint64_t records_ = 0; // sent under the present keys
};

} // namespace postfault::tls
