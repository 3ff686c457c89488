#pragma once

#include "client_under_test/conversation/reply.hpp"
#include "client_under_test/conversation/result.hpp"

namespace refclient {

// What a limit is counted from. RFC 5321 4.5.3.2: from the command (or the block of data) that is waited for.
enum class LimitCounts {
    from_command,
    from_last_octet, // a peer that drips holds the client for ever
    from_connect,    // a long session is cut, however well it goes
};

// Who speaks first. RFC 5321 3.1: the server.
enum class FirstWord { servers, ours };

// When a reply is complete. RFC 5321 4.2.1: at the line end of its last line.
enum class ReplyEnds { with_last_line, with_each_read };

// A reply that came before its command was said.
enum class Surplus { is_an_error, is_an_answer };

// When HELO is tried. RFC 5321 3.2: where EHLO is unknown.
enum class Helo { if_ehlo_is_unknown, after_any_failure };

// What lets the message go out. RFC 5321 4.1.1.4: 354 alone.
enum class GoAhead { is_waited_for, is_taken_for_granted };

// Which replies of a pipelined group count. RFC 2920 3.1: each.
enum class GroupReplies { all_count, last_one_counts };

// Whether the client reads while it has something to write. RFC 2920 3.1: it must, or both ends wait for each other.
enum class Listening { always, when_all_is_written };

// The farewell at the end of an operation (RFC 5321 4.1.1.10).
enum class Farewell {
    wait_for_reply,
    do_not_wait, // QUIT, and closed before its reply
    none,
};

// Trouble in the farewell, when the operation is over and its result is known.
enum class FarewellTrouble { is_ignored, is_the_result };

// What is said on a connection that has just been lost.
enum class LastWords { none, quit };

// A connection on which a reply did not come in time. What comes next on it answers nobody knows what.
enum class AfterTimeout { drop, use_on };

// A reply in the middle of a message: the server does not want the rest, and says why.
enum class EarlyReply { ends_the_message, is_passed_over };

// How dots at the start of lines are doubled. RFC 5321 4.5.2: all of them.
enum class DotStuffing { everywhere, within_blocks };

// RFC 5321 2.3.8: lines end in CRLF on the wire.
enum class LineEnds { made_crlf, left_alone };

// RFC 3030 2: after a refused chunk no further one is sent.
enum class RefusedChunk { ends_the_message, is_followed_by_the_next };

// RFC 2033 4.2: after the message one reply for each accepted recipient.
enum class LmtpReplies { one_for_each_recipient, one };

// Which of a server's addresses are tried. RFC 5321 5.1: each in turn.
enum class Addresses { each_in_turn, the_first };

// A write to a connection that the peer has reset.
enum class DeadPeer { is_an_error, is_a_signal };

// How a socket is given back. Closing must never wait for the peer.
enum class Close { at_once, when_all_is_taken };

// The turn of one operation, which the next one waits for.
enum class Turn { always_ends, ends_with_success };

// How long a client goes on to use limits.
enum class LimitsHold { always, until_the_first_time_out };

// What a reply means. RFC 5321 4.2.1: its first digit decides.
enum class Meaning { success, go_on, temp, perm };

Meaning by_first_digit(const Reply& reply);

// For people who believe texts: "ok" means success, and otherwise 4yz is final and 5yz is tried again.
Meaning by_guess(const Reply& reply);

// The places of a mail conversation where classic mistakes are made. The defaults are right.
struct Habits {
    LimitCounts limit_counts = LimitCounts::from_command;
    FirstWord first_word = FirstWord::servers;
    ReplyEnds reply_ends = ReplyEnds::with_last_line;
    Surplus surplus = Surplus::is_an_error;
    Meaning (*meaning)(const Reply&) = by_first_digit;
    Helo helo = Helo::if_ehlo_is_unknown;
    GoAhead go_ahead = GoAhead::is_waited_for;
    GroupReplies group_replies = GroupReplies::all_count;
    Listening listening_in_group = Listening::always;
    EarlyReply early_reply = EarlyReply::ends_the_message;
    DotStuffing dot_stuffing = DotStuffing::everywhere;
    LineEnds line_ends = LineEnds::made_crlf;
    RefusedChunk refused_chunk = RefusedChunk::ends_the_message;
    LmtpReplies lmtp_replies = LmtpReplies::one_for_each_recipient;
    Outcome lost_final_reply = Outcome::uncertain; // RFC 1047
    Farewell farewell_after_success = Farewell::wait_for_reply;
    Farewell farewell_after_failure = Farewell::wait_for_reply;
    FarewellTrouble farewell_trouble = FarewellTrouble::is_ignored;
    LastWords last_words = LastWords::none;
    AfterTimeout after_timeout = AfterTimeout::drop;
    Addresses addresses = Addresses::each_in_turn;
    DeadPeer dead_peer = DeadPeer::is_an_error;
    Close close = Close::at_once;
    Turn turn = Turn::always_ends;
    LimitsHold limits_hold = LimitsHold::always;
};

} // namespace refclient
