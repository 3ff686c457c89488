#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "client_under_test/tls/channel.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace refclient {

// What lies between a connection and its conversation: nothing at first, and TLS from the moment at which the
// conversation asks for it. To the owner of a socket it looks like a conversation, whose octets it carries as they are;
// and like that one it has no socket and no clock.
class Tunnel {
public:
    // Both outlive it; the policy must be the one that the conversation was made with.
    Tunnel(Conversation& conversation, const Policy& policy) : conversation_(conversation), policy_(policy) {}

    // The name is the one that the user gave, whatever addresses were found for it: the certificate must be for it.
    void on_connected(std::string server_name, Instant now);

    // The conversation, which rested, has got its next operation or shall say goodbye.
    void on_woken(Instant now) { encrypt(now); }

    void on_bytes(std::string_view bytes, Instant now);
    void on_written(std::size_t count, Instant now);

    void on_backlog(std::size_t waiting, Instant now) { conversation_.on_backlog(waiting, now); }

    void on_end_of_stream(Instant now);
    void on_transport_error(std::string_view what, Instant now);
    void on_time(Instant now);

    std::string_view pending_output() const;

    std::optional<Instant> deadline() const { return conversation_.deadline(); }

    // The connection can be closed now. What is pending then is TLS's own last word: it should be tried once to write
    // it, and not be waited for.
    bool finished() const;

private:
    void secure_if_asked(Instant now);
    void tell_conversation(Instant now);
    void encrypt(Instant now);
    bool waits_for_close() const;

    Conversation& conversation_;
    const Policy& policy_;
    std::string server_name_;
    std::optional<tls::Channel> channel_;
    bool told_end_ = false; // the conversation knows that nothing more comes
    bool cut_ = false;      // the transport has ended
};

} // namespace refclient
