#pragma once

#include "fakeserver/protocol/input.hpp"
#include "fakeserver/protocol/session.hpp"
#include "fakeserver/protocol/upload.hpp"

#include <functional>

namespace postfault::protocol {

// A command line as it came, taken apart as far as all protocols agree.
struct Command {
    std::string verb; // upper case, at most 32 characters, '?' for what cannot be printed
    Line line;
    bool continues = false; // it answers what was said to the last one of that verb: a response in a log-in

    // What follows the verb, without the blanks around it.
    std::string_view arguments() const;
};

// What a correct server says to a command, and what changes if it says so.
struct Answer {
    enum class Then { next_command, upload, upgrade, close };

    // Octets that the client sends behind the command without waiting for a reply (BDAT, TAKETHIS). They are read in
    // any case, and the reply comes behind them.
    struct Ahead {
        std::optional<std::uint64_t> octets; // none = up to the line with the dot
        bool last = true;                    // false: the next chunk belongs to the same upload
        bool refused = false;                // the octets are dropped; `reply` says why
    };

    std::string reply; // lines as on the wire
    Then then = Then::next_command;
    std::function<void()> effect;
    std::optional<Ahead> ahead;
};

// What a correct server says to an upload. Without `store` it was refused.
struct Receipt {
    std::string reply;
    std::function<std::shared_ptr<const Stored>()> store;
};

// What SMTP, NNTP and their like have in common: a greeting, command lines with replies, uploads that end with a dot
// or come in counted chunks. A protocol says what is answered; this class keeps the order of steps and the caller's
// overruling.
//
// A protocol is asked when the reply is due, not when the command has come: with several connections the world may
// have changed in between. It must not change anything while it answers, only in the effect.
class LineSession : public Session {
public:
    void on_connected() final;
    void on_bytes(std::string_view bytes) final;
    void on_secured() final;
    std::optional<Step> next_step() final;
    void answer_with(std::string reply) final;
    void discard() final;
    void watch_body(std::vector<std::uint64_t> offsets) final;

    Facts facts() const final;

    bool in_upload() const final { return state_ == State::uploading; }

    std::string_view unread() const final { return input_.unread(); }

    std::uint64_t dropped() const final { return input_.dropped(); }

protected:
    struct Limits {
        std::size_t line = 512;       // of a command, line end included
        std::uint64_t upload = 0;     // octets kept of an upload
        std::size_t response = 12288; // of a line that continues one (RFC 4954 section 4)
    };

    explicit LineSession(Limits limits) : limits_(limits), upload_(DotReader(limits.upload)) {}

    virtual std::string greeting() const = 0;
    virtual Answer answer(const Command& command) = 0;

    // `text` has its dots undone; of one that is `too_large` nothing was kept. Also asked behind the first chunk that
    // makes an upload too large.
    // Whether the client's next line continues this command, once it has got this reply.
    virtual bool goes_on(const Command&, std::string_view) const { return false; }

    // What of the line may be told: secrets may not.
    virtual std::string shown(const Command& command) const { return command.line.text; }

    virtual Receipt receive(const std::string& text, bool too_large) = 0;

    // What is known, the command included if there is one that waits for its answer.
    virtual Facts known(const Command* command) const = 0;

    // The upload is over, whatever became of it. Called after its effect.
    virtual void on_upload_over() = 0;

    // The text of the upload that is being received, for Receipt::store.
    std::string take_text() { return upload_.release_text(); }

    // True between the first chunk of an upload and the end of its last one.
    bool upload_begun() const { return upload_begun_; }

    // A part of the upload that has begun was refused, discarded or dropped, so the whole can never be stored.
    bool upload_spoiled() const { return upload_begun_ && upload_spoiled_; }

    // The next chunk begins another upload.
    void forget_upload();

    // TLS is up: whatever the client has said before is forgotten.
    virtual void forget_client() = 0;

    bool is_secured() const { return secured_; }

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
        upgrading, // the reply was given, TLS may begin
        securing,  // TLS has begun
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
    std::optional<Step> settle_part();
    std::optional<Step> settle_upload();
    std::optional<Step> settle_accepted();
    void begin_upload(Upload upload);
    void read_ahead(Answer&& correct, Ruling&& ruling);
    void end_upload();

    Limits limits_;
    State state_ = State::created;
    bool secured_ = false;
    Input input_;
    Command command_;
    std::optional<std::string> continued_; // the verb to which the next line belongs
    Ruling ruling_;

    Upload upload_;
    bool upload_begun_ = false;
    bool upload_spoiled_ = false;
    bool part_is_last_ = true;              // the octets that are being read end the upload
    std::optional<std::string> part_reply_; // to the command whose octets are being read
    bool part_overruled_ = false;           // the caller wants this reply, even where another would be correct
    std::string receipt_;                   // the reply to give once `accepted` has been told
    std::vector<std::uint64_t> watched_;
    std::uint64_t watched_from_ = 0; // watched offsets below this were told, for this upload
};

} // namespace postfault::protocol
