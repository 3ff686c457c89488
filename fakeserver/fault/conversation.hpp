#pragma once

#include "fakeserver/fault/acting.hpp"
#include "fakeserver/fault/matching.hpp"
#include "fakeserver/fault/occasion.hpp"
#include "fakeserver/fault/outgoing.hpp"
#include "fakeserver/fault/program.hpp"
#include "fakeserver/fault/stretch.hpp"
#include "fakeserver/fault/tls_side.hpp"
#include "fakeserver/fault/wire.hpp"
#include "fakeserver/protocol/session.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::fault {

// One connection as the faulty server plays it: the steps of a correct session, turned into wire operations by the
// scenario's faults. Pure: the transport executes next_op() until it is empty and then waits for bytes; while an
// operation takes its time, the session is not advanced, so a stalled server neither stores nor answers anything.
class Conversation {
public:
    // `scenario` and `session` outlive the conversation.
    Conversation(const scenario::Scenario& scenario, protocol::Session& session, Occasion occasion);
    Conversation(const Conversation&) = delete; // its parts refer to each other
    Conversation& operator=(const Conversation&) = delete;
    ~Conversation() = default;

    void on_connected();
    void on_bytes(std::string_view bytes);

    // From here on the client is expected to speak TLS.
    bool uses_tls() const { return tls_.has_begun(); }

    // What the client has said under TLS since this was asked last.
    std::string take_heard() { return tls_.take_heard(); }

    std::vector<TlsNews> take_tls_news() { return tls_.take_news(); }

    // What is played now: another scenario than before when the client has chosen one.
    const scenario::Scenario& scenario() const { return matching_.scenario(); }

    // Empty: nothing to do until bytes come, or for ever if ended().
    std::optional<wire::Op> next_op();

    // The last operation has been handed out; the session takes no further part.
    bool ended() const { return program_.ended(); }

    // An endless stall has begun: only the client can end the connection now.
    bool held_for_good() const { return program_.held_for_good(); }

    // A held session keeps this much of what the client sends.
    static constexpr std::size_t most_unread = std::size_t{64} << 20;

    // False while the session is held back, by a fault or by a client that does not read its replies, and so much has
    // piled up that the client has to wait.
    bool wants_bytes(std::size_t most = most_unread) const;

    // How long the client may say nothing before the next fault at `idle` is due; none while something is under way,
    // or if there is no such fault. Worth asking when next_op() was empty.
    std::optional<Duration> idle_limit() const;

    // The client has said nothing for so long, counted from when next_op() became empty.
    void on_silence(Duration silent);

    // The last thing that came is a QUIT line. Worth asking only while an operation takes its time: the session has not
    // seen it.
    bool ends_with_quit() const;

private:
    // What the faults at a subject have left to do when its reply comes.
    struct Pending {
        std::vector<scenario::Action> changes; // edit, flip, flood and what follows a flood: they need the reply
        std::optional<Pace> pace;
        std::vector<scenario::Action> after; // what stands behind `reply` in the list
    };

    void handle(protocol::Step step);
    void on_received(const protocol::Step& step);
    void on_chosen();
    void on_reply(const protocol::Step& step);
    void on_upload(const protocol::Step& step);
    void act_before_reply(const scenario::Fault& fault);
    void act_in_upload(const scenario::Fault& fault);
    void send_stretch(const Stretch& stretch, std::optional<Pace> pace, const std::vector<scenario::Flip>& flips);
    bool has_faults_in_record(const Stretch& stretch) const;
    void hear(std::string_view bytes);

    // fault/handshake.cpp
    void advance_tls();
    void on_client_hello();
    void answer_client_hello(std::optional<Pace> pace, const std::vector<scenario::Flip>& flips);
    void on_established();
    void on_tls_failed();
    void hear_sealed();

    bool stopped() const { return program_.stopped(); }

    protocol::Session& session_;
    const Occasion occasion_;
    Matching matching_; // which faults are due
    Program program_;   // what they and the session have wanted so far
    TlsSide tls_;
    Acting acting_; // what the faults do
    Pending pending_;
    std::string recent_;     // the last octets that came
    bool connected_ = false; // the session knows of the connection
};

} // namespace postfault::fault
