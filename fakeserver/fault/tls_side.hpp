#pragma once

#include "fakeserver/fault/channel.hpp"
#include "fakeserver/fault/outgoing.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::fault {

// Something about TLS that belongs into the journal: `established`, `TLSv1.3, …`.
struct TlsNews {
    std::string subject;
    std::string text;
};

// The server's side of TLS in one conversation: none until begin(), then a handshake that the conversation takes
// further step by step, then text that is sealed. Keeps what the journal is to know of it.
class TlsSide {
public:
    // Outlives it; not needed without TLS.
    explicit TlsSide(const OpenChannel& open) : open_(open) {}

    // From here on the client is expected to speak TLS. What it has said already is the beginning.
    void begin(std::string_view heard_already);

    bool has_begun() const { return channel_ != nullptr; }

    // The handshake is over, whatever has become of TLS since.
    bool has_shaken_hands() const { return secured_; }

    // It is over, and all is well.
    bool is_secured() const { return secured_ && channel_->state() == Channel::State::established; }

    void on_bytes(std::string_view ciphertext);

    // Octets that have come while the handshake was held back.
    std::size_t unread() const { return handshake_octets_; }

    // Takes the handshake as far as the client lets it.
    Channel::State advance();

    // advance() has said so, and its last output is taken.
    void on_established();

    // What the client has said since, also while the session is held back.
    std::string read();

    // Its close_notify has been read.
    bool client_closed() const { return client_closed_; }

    // Empty until the handshake is over: what is sent until then is in the clear, or a record already.
    Seal seal() const;

    // Only where TLS has begun.
    Channel& channel() { return *channel_; }

    // The record, empty if it cannot be made.
    std::string alert(const std::string& name);

    // For the journal.
    void tell(std::string subject, std::string text = {}) { news_.push_back({std::move(subject), std::move(text)}); }

    std::vector<TlsNews> take_news() { return std::exchange(news_, {}); }

    // All that read() has given since this was asked last.
    std::string take_heard() { return std::exchange(heard_, {}); }

private:
    const OpenChannel& open_;
    std::unique_ptr<Channel> channel_;
    bool secured_ = false;
    bool client_closed_ = false;
    std::size_t handshake_octets_ = 0;
    std::string heard_;
    std::vector<TlsNews> news_;
};

} // namespace postfault::fault
