#pragma once

#include "client_under_test/conversation/result.hpp"

namespace refclient {

// Where an article ends. RFC 3977 3.1.1: at its terminator, CRLF "." CRLF.
enum class BlockEnd {
    at_its_terminator,
    at_a_read_that_ends_in_dot, // and CRLF, or with the connection
    behind_yend,                // at the line that ends a binary in yEnc
    at_its_terminator_in_one_read,
};

// The name of an article that is posted again because the answer to it was lost. RFC 3977 6.3.1: the same.
enum class SecondCopy { has_the_same_name, has_a_new_name };

// What is done when the connection has ended before QUIT could be said: nothing is left to end.
enum class MissedFarewell { is_no_matter, is_made_up_for };

// Which article a reply to CHECK or TAKETHIS is about. RFC 4644 2.4: the one that it names.
enum class StreamedReplies { count_by_their_name, count_by_their_order };

// Which refusals of ARTICLE say that there is none. RFC 3977 6.2.1: 423 and 430 (and 420).
bool is_missing(int code);
bool is_missing_or_anything(int code); // for people who have read no further than "4yz or 5yz"

// For people who take the first digit for the one of SMTP, and the wrong way round.
Outcome classify_nntp_by_guess(int code);

// What a refusal of a news server means (RFC 3977 3.2.1 and the lists of responses at each command). In NNTP the first
// digit alone does not tell temporary from permanent: 430 will not get better, 503 may. Unknown 4yz are temp, so that
// nothing is given up because of a code that we do not understand.
Outcome classify_nntp(int code);

// The places of a news conversation where classic mistakes are made. The defaults are right.
struct NewsHabits {
    BlockEnd block_end = BlockEnd::at_its_terminator;
    SecondCopy second_copy = SecondCopy::has_the_same_name;
    MissedFarewell missed_farewell = MissedFarewell::is_no_matter;
    StreamedReplies streamed_replies = StreamedReplies::count_by_their_name;
    bool (*missing)(int code) = is_missing;
    Outcome (*refusal_means)(int code) = classify_nntp;
    // How often the client logs in on one connection because the server says 480. RFC 4643 2.2: after one log-in it
    // means that the rights are not enough.
    unsigned log_ins = 1;
};

} // namespace refclient
