#pragma once

#include "client_under_test/tls/handle.hpp"
#include "client_under_test/tls/settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace refclient::tls {

// The client's side of one TLS connection (RFC 8446, RFC 5246) between four buffers: ciphertext in and out, plain text
// in and out. It has no socket and no clock, and nothing here throws because of what a server sends.
//
// After each call there may be something in pending_output(): flights of the handshake, encrypted text, alerts. All of
// it has to go to the server, also when the channel has failed: the last thing in it then tells the server why.
class Channel {
public:
    enum class State {
        handshaking,
        open,
        ended,  // the server has said close_notify: all that it had to say has come
        failed, // trouble() says why; nothing that comes from here on can be trusted
    };

    // Begins the handshake: the ClientHello is pending.
    explicit Channel(const Settings& settings);

    State state() const { return state_; }

    // For a person: "the certificate is not to be trusted: certificate has expired".
    const std::string& trouble() const { return trouble_; }

    // The handshake has come to its good end, now or some time ago.
    bool established() const { return established_; }

    // "TLSv1.3, TLS_AES_256_GCM_SHA384"; once established.
    std::string description() const;

    // Octets as they came from the wire, any number of them. All that can be decoded is in take_plaintext() then.
    void on_bytes(std::string_view ciphertext);

    // What the server has said inside TLS so far. Still good if the channel has ended or failed after it.
    std::string take_plaintext();

    // Encrypts; only while open.
    void write(std::string_view plaintext);

    // We have said all: close_notify (RFC 8446 6.1). The server's own is not waited for (RFC 8314 3.4).
    void close();

    // What to write next. Valid until the next call of anything else.
    std::string_view pending_output() const { return std::string_view{output_}.substr(written_); }

    void on_written(std::size_t count);

private:
    bool set_up(const Settings& settings);
    void shake_hands();
    void decode();
    void collect();
    void fail(std::string trouble);
    std::string reason_of_failure() const;

    Decoding decoding_;
    ContextHandle context_;
    SslHandle ssl_;
    BIO* from_wire_ = nullptr; // owned by ssl_
    BIO* to_wire_ = nullptr;   // owned by ssl_
    State state_ = State::handshaking;
    bool established_ = false;
    bool close_said_ = false;
    std::string trouble_;
    std::string plaintext_;
    std::string output_;
    std::size_t written_ = 0; // of output_
};

} // namespace refclient::tls
