#include "client_under_test/conversation/news_habits.hpp"

namespace refclient {

Outcome classify_nntp(int code) {
    switch (code) {
    case 411: // no such newsgroup
    case 412: // no newsgroup selected
    case 420: // no current article
    case 423: // no article with that number
    case 430: // no article with that message-id
    case 437: // transfer rejected, do not retry
    case 438: // not wanted
    case 439: // transfer rejected
    case 440: // posting not permitted
    case 441: // posting failed
    case 481: // authentication refused
    case 482: // authentication out of sequence
    case 483: // needs TLS, which was not asked for
    case 500: // unknown command
    case 501: // syntax error
    case 502: // not permitted
    case 504: // base64 error
        return Outcome::perm;
    case 400: // service not available or no longer available
    case 401: // the server has to be switched to another mode first
    case 403: // internal fault
    case 435: // not wanted; only duplicates come here
    case 436: // transfer not possible, try again later
    case 480: // authentication required: whoever sets it up may try again
    case 503: // feature not supported, or broken at the moment
        return Outcome::temp;
    default:
        // RFC 3977 3.2: 4yz was understood, but could not be done; 5yz was not understood, or cannot be done here.
        return code / 100 == 5 ? Outcome::perm : Outcome::temp;
    }
}

bool is_missing(int code) { return code == 430 || code == 423 || code == 420; }

bool is_missing_or_anything(int code) { return code / 100 == 4 || code / 100 == 5; }

Outcome classify_nntp_by_guess(int code) { return code / 100 == 5 ? Outcome::temp : Outcome::perm; }

} // namespace refclient
