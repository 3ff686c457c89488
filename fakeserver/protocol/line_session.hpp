#pragma once

#include "fakeserver/protocol/dot_text.hpp"
#include "fakeserver/protocol/input.hpp"
#include "fakeserver/protocol/session.hpp"

#include <functional>

namespace postfault::protocol {

// A command line as it came, taken apart as far as all protocols agree.
struct Command {
    std::string verb; // upper case, at most 32 characters, '?' for what cannot be printed
    Line line;

    // What follows the verb, without the blanks around it.
    std::string_view arguments() const;
};

// What a correct server says to a command, and what changes if it says so.
struct Answer {
    enum class Then { next_command, upload, close };

    std::string reply; // lines as on the wire
    Then then = Then::next_command;
    std::function<void()> effect;
};

// What a correct server says to an upload. Without `store` it was refused.
struct Receipt {
    std::string reply;
    std::function<std::shared_ptr<const Stored>()> store;
};

// What SMTP, NNTP and their like have in common: a greeting, command lines with replies, uploads that end with a dot.
// A protocol says what is answered; this class keeps the order of steps and the caller's overruling.
//
// A protocol is asked when the reply is due, not when the command has come: with several connections the world may
// have changed in between. It must not change anything while it answers, only in the effect.
class LineSession : public Session {
public:
    void on_connected() final;
    void on_bytes(std::string_view bytes) final;
    std::optional<Step> next_step() final;
    void answer_with(std::string reply) final;
    void discard() final;
    void watch_body(std::vector<std::uint64_t> offsets) final;

    bool in_upload() const final { return state_ == State::uploading; }

    std::string_view unread() const final { return input_.unread(); }

protected:
    struct Limits {
        std::size_t line = 512;   // of a command, line end included
        std::uint64_t upload = 0; // octets kept of an upload
    };

    explicit LineSession(Limits limits) : limits_(limits), upload_(limits.upload) {}

    virtual std::string greeting() const = 0;
    virtual Answer answer(const Command& command) = 0;

    // `text` has its dots undone; of one that is `too_large` nothing was kept.
    virtual Receipt receive(const std::string& text, bool too_large) = 0;

    // The upload is over, whatever became of it. Called after its effect.
    virtual void on_upload_over() = 0;

    // The text of the upload that is being received, for Receipt::store.
    std::string take_text() { return upload_.release_text(); }

private:
    enum class State {
        created,
        connected,
        at_greeting,
        commanding,
        at_command,
        uploading,
        at_dot,
        at_accepted,
        closing,
        closed
    };

    // What the caller has decided for the point that it was told of last.
    struct Ruling {
        std::optional<std::string> reply;
        bool discarded = false;

        // Whether the correct reply's effect happens.
        bool lets(const std::string& correct) const;
    };

    std::optional<Step> read_command();
    std::optional<Step> read_upload();
    std::optional<Step> settle_greeting();
    std::optional<Step> settle_command();
    std::optional<Step> settle_upload();
    std::optional<Step> settle_accepted();
    void end_upload();

    Limits limits_;
    State state_ = State::created;
    Input input_;
    Command command_;
    Ruling ruling_;

    DotReader upload_;
    bool upload_discarded_ = false;
    std::string receipt_; // the reply to give once `accepted` has been told
    std::vector<std::uint64_t> watched_;
    std::uint64_t watched_from_ = 0; // watched offsets below this were told, for this upload
};

} // namespace postfault::protocol
