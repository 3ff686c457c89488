#pragma once

#include "client_under_test/conversation/block_reader.hpp"
#include "client_under_test/conversation/body_encoder.hpp"
#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/conversation/reply_reader.hpp"
#include "client_under_test/conversation/result.hpp"
#include "client_under_test/conversation/time.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace refclient {

// The client's side of one connection, from the accepted connect to the moment when the socket must be closed. It has
// no socket and no clock: its owner tells what happened and when, and does what it asks for.
//
//     conversation.on_connected(now);
//     while (!conversation.finished()) {
//         // Wait until there is something to read, or room to write pending_output(), or deadline() has come. Then
//         // call on_bytes / on_end_of_stream / on_transport_error, on_written, on_time. Reading goes first: what the
//         // server still said before the connection broke is the better explanation.
//     }
//     // close the socket, and only then tell anybody about result()
//
// When it is securing(), the octets that follow are a TLS handshake: the owner then carries it out, tells on_secured()
// or on_insecure(), and from there on hands over and takes what is inside TLS.
//
// Nothing here throws because of what a server sends, and every state that waits has a deadline() (unless a defect took
// it). After finished() all events are ignored. Time never runs backwards between calls.
class Conversation {
public:
    virtual ~Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    // Events, in the order in which they happen.
    void on_connected(Instant now);
    void on_bytes(std::string_view bytes, Instant now); // any pieces, also several replies at once
    void on_written(std::size_t count, Instant now);   // the first `count` octets of pending_output() are on their way;
                                                       // tell before what the peer answers to them
    void on_backlog(std::size_t waiting, Instant now); // optional: of all written octets, so many are still with us
    void on_end_of_stream(Instant now);                // the peer will send no more
    void on_transport_error(std::string_view what, Instant now);
    void on_secured(Instant now);                        // TLS stands, and the server is who it should be
    void on_insecure(std::string_view why, Instant now); // it does not, and never will on this connection
    void on_time(Instant now);                           // any time; only matters once deadline() has come

    // What to write next. Valid until the next event. Empty when there is nothing to write.
    std::string_view pending_output() const { return std::string_view{output_}.substr(written_); }

    // When to call on_time() if nothing else happens before.
    std::optional<Instant> deadline() const { return deadline_; }

    // It is the owner's turn to carry out a TLS handshake, within deadline().
    bool securing() const { return activity_ == Activity::securing; }

    // Whether to read now. A client that does not always listen is a client with a defect.
    bool listens() const;

    // Whether the connection is wanted for a further operation, as long as it is good for one.
    void keep(bool wanted) { kept_ = wanted; }

    // The connection must be closed now; ending() says why and is set from then on. Output still pending is void.
    bool finished() const { return ending_.has_value(); }

    std::optional<Ending> ending() const { return ending_; }

    // Only means something once finished() or resting().
    const Result& result() const { return result_; }

    // The operation is over and result() tells how it went, but the connection is kept for the next one. Nothing is
    // waited for, yet the owner goes on telling what happens: a server may close an idle connection at any time.
    bool resting() const { return activity_ == Activity::resting; }

    // Of an operation on a connection that had rested: the server has not answered anything to it. If the connection
    // ended so, the server may have closed it before it was asked, and the operation may be repeated on a new one.
    bool unanswered() const { return unanswered_; }

    // Says QUIT on a connection that rests. The result stays what it was.
    void leave(Instant now);

    // Shows each line of the conversation as it is said: '>' ours, '<' theirs. Raw octets: escape them before printing.
    void set_trace(std::function<void(char direction, std::string_view line)> trace);

protected:
    // A reply with `goodbye_code` (421, 400) to anything means that the server closes: closed_by() is called.
    Conversation(const Policy& policy, ReplyForm form, int goodbye_code);

    struct Command {
        std::string line;
        Wait wait;
        std::string shown = {}; // in place of a line that is a secret
    };

    // A complete reply, first the greeting and then one for each command or upload. Must call exactly one of the
    // functions below, but nothing while replies_due() says that the group is not through.
    virtual void on_reply(const Reply& reply) = 0;
    virtual void on_downloaded(std::string text);

    // TLS stands, after secure(). Must call exactly one of the functions below.
    virtual void on_tls();

    // The server has said that it closes.
    virtual void on_goodbye(const Reply& reply) { closed_by(reply); }

    // What a server says that lets us in.
    virtual int greeting_code() const = 0;

    // The meaning of a code that refuses something.
    virtual Outcome classify(int code) const = 0;

    // Sends a command and waits for its reply. If the server has already said more than was asked for, the conversation
    // is out of step and ends instead: what came before a command can never be the answer to it.
    void command(std::string line, Wait wait, std::string shown = {});

    // Sends several commands at once (RFC 2920). Their replies come in the same order.
    void commands(std::vector<Command> group);

    // How many more replies the commands that were sent will bring.
    std::size_t replies_due() const { return group_.size(); }

    // Sends a message block by block, listening all the while, and waits for the final reply. Must outlive the
    // conversation.
    void upload(std::string_view message);

    // Reads one block of data, then calls on_downloaded().
    void download(std::string what);

    // The operation is over; the connection is kept.
    void rest_with(Result result);

    // Must be called before the first command() of a further operation on a connection that rests.
    void wake(Instant now);

    // The server lets TLS begin (220, 382).
    void secure();

    bool is_secure() const { return is_secure_; }

    const Policy& policy() const { return policy_; }

    // Sends a command with octets behind it, as they are, and waits for the reply: the final one after the last chunk.
    // The octets must outlive the conversation.
    void upload_chunk(std::string line, std::string_view octets, bool last);

    // One more reply to the upload is due.
    void await_another_reply();

    // The operation is over: rests if the connection is to be kept, else quits.
    void end_with(Result result);

    // The operation is over: says QUIT, waits a little for the answer, whatever it is, and ends.
    void quit_with(Result result);

    // What a reply means that refused what was asked.
    Result refusal(const Reply& reply) const;

    // quit_with() such a reply.
    void refused(const Reply& reply);

    // Ends without QUIT because the server closes after this reply.
    void closed_by(const Reply& reply);

    // quit_with() a well-formed reply that is none of those which may come here.
    void unexpected(const Reply& reply);

private:
    enum class Activity {
        unconnected,
        securing,
        replying,
        uploading,
        final_reply,
        downloading,
        resting,
        quitting,
        leaving,
        over
    };

    void wait_for_greeting();
    void read_reply();
    void read_block();
    void await_next_of_group();
    void await_chunk_reply();
    void end_work(Ending ending, std::string_view trouble);
    bool has_last_words();
    void lose(Result result, Ending ending);
    void on_early_reply(const Reply& reply);
    void on_unasked(const Reply& reply);
    void on_broken_reply();
    void leave_with(Result result);
    void drop(Result result, Ending ending);
    void say(std::string line, std::string_view shown);
    void arm(Wait wait);
    void note_progress(std::size_t octets, bool unit_ended);
    bool work_is_over() const; // nothing that happens now can change the result
    Outcome outcome_if_lost() const;
    std::string so_far() const;

    Policy policy_;
    ReplyReader reader_;
    int goodbye_code_;
    std::function<void(char, std::string_view)> trace_;

    Activity activity_ = Activity::unconnected;
    bool unanswered_ = false;
    Instant now_{};
    Wait wait_ = Wait::greeting;
    std::string waited_for_;
    std::optional<Instant> deadline_;
    std::optional<Instant> last_moment_; // of the whole session; see LimitCounts::from_connect
    std::size_t progress_ = 0;           // octets since the deadline was set

    bool is_secure_ = false;
    std::string clear_octets_; // see ClearBehindTls::read_as_if_secure

    std::deque<Command> group_; // said, and not answered yet
    bool kept_ = false;
    bool greeting_is_due_ = false;      // see FirstWord::ours
    std::optional<Reply> early_answer_; // see Surplus::is_an_answer

    std::string_view unread_; // only during on_bytes()
    std::string output_;
    std::size_t written_ = 0;             // of output_
    std::size_t unconfirmed_ = 0;         // written, and not yet known to have left
    std::function<std::string()> upload_; // the next block, empty at the end
    bool upload_is_last_ = true;
    std::optional<BlockReader> download_;

    Result result_;
    std::optional<Ending> ending_;
};

} // namespace refclient
