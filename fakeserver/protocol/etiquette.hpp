#pragma once

#include "fakeserver/protocol/message_lines.hpp"
#include "fakeserver/protocol/reply_stream.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::protocol {

// A rule of the protocol that the client has broken beyond doubt.
struct Violation {
    std::string rule;         // in a few words
    std::string octets;       // the offending ones, or the start of them
    std::uint64_t offset = 0; // in what the client said on this connection
    bool only_noted = false;  // nothing that real servers would mind

    bool operator==(const Violation&) const = default;
};

// Watches how a client behaves on one connection: SMTP, LMTP or NNTP. It stands beside the session and changes nothing.
//
// It looks at both directions of the wire and never at what the session thinks, so faults need no special treatment: a
// reply is what was sent. Where order matters it only tells what the client cannot have been provoked to. What has not
// been sent, no client can have seen; but what was sent may have been seen, and where the client may have had several
// commands on their way (PIPELINING) it may not have been. Once the replies no longer match the commands, because a
// fault has added one or made something else of it, the connection is not watched any further. Each rule is told once.
class Etiquette {
public:
    enum class Language { smtp, nntp };

    explicit Etiquette(Language language);

    // Before the octets leave; all of one call leave together.
    void on_sent(std::string_view bytes);

    // In any pieces.
    void on_bytes(std::string_view bytes);

    // TLS begins here: what was said before is forgotten (RFC 3207 4.2), and the next octets are decoded ones.
    void on_encrypted();

    // What was found since the last call.
    std::vector<Violation> take();

private:
    enum class Mode { commands, message, chunk };

    // A command, or the end of a message, whose reply is not complete.
    struct Asked {
        std::string verb;
        bool waits = false;        // nothing may be sent before its reply
        std::uint32_t replies = 1; // LMTP: one for each recipient (RFC 2033 4.2)
    };

    bool on_reply_line(const ReplyStream::Line& line);
    void on_reply(const Asked& asked, int code, bool last);
    void on_closing_reply(const Asked& asked, int code);
    void on_smtp_reply(const Asked& asked, int code);
    void on_nntp_reply(const Asked& asked, int code);
    void on_go_ahead(const std::string& verb);
    void seal();
    static bool has_block(const std::string& verb, int code);

    std::size_t take_line(std::string_view bytes);
    void begin_line();
    void on_line();
    void check_octets(const std::string& verb);
    bool check_early(const std::string& verb);
    void check_order(const std::string& verb);
    void on_command(const std::string& verb);
    void begin_message(const std::string& verb);
    std::size_t take_message(std::string_view bytes);
    void on_message_fault(const MessageLines::Found& found);
    void on_message_over();
    void begin_chunk();
    std::size_t take_chunk(std::string_view bytes);
    void on_chunk_over();

    bool must_wait(const std::string& verb) const;
    bool is_command(const std::string& verb) const;
    std::string shown(const std::string& verb) const;
    void tell(const std::string& id, std::string rule, std::string octets, std::uint64_t offset);

    void look_away() { watching_ = false; }

    const Language language_;
    bool watching_ = true;
    bool sealed_ = false; // until TLS begins
    std::vector<Violation> found_;
    std::set<std::string> told_;

    // What was sent.
    ReplyStream replies_;
    std::deque<Asked> asked_;
    bool offers_pipelining_ = false;
    bool next_offers_pipelining_ = false; // in the reply to EHLO that is being sent
    bool replied_in_this_call_ = false;   // to something after which the client had to wait
    std::string stale_;                   // a reply that nobody had asked for, sent together with one that was

    // What came.
    Mode mode_ = Mode::commands;
    std::uint64_t said_ = 0; // octets in all
    std::string line_;       // that has begun
    std::uint64_t line_at_ = 0;
    std::optional<std::string> early_; // what had not been answered when it began, though it had to be
    bool behind_dot_ = false;          // it began behind a message that was not answered yet
    MessageLines message_;
    std::string message_head_;
    std::string message_command_; // DATA, POST, IHAVE, TAKETHIS
    std::uint64_t message_at_ = 0;
    std::uint64_t chunk_left_ = 0;
    bool last_chunk_ = false;

    // What follows from both.
    bool lmtp_ = false;
    bool greeted_ = false; // EHLO, LHLO or HELO was accepted
    bool hello_tried_ = false;
    std::optional<int> closing_; // 421 or 400 has reached the client
    bool mail_open_ = false;     // MAIL was accepted, and nothing has ended the transaction
    std::uint32_t recipients_ = 0;
    std::uint32_t refused_recipients_ = 0;
    bool no_go_ahead_ = false;   // the reply to DATA, POST or IHAVE that has reached the client was no 3yz
    bool chunk_refused_ = false; // the client knows it
    bool logged_in_ = false;
    std::string continues_; // the next line belongs to this command: AUTH, AUTHINFO
};

} // namespace postfault::protocol
