#pragma once

#include <string>
#include <string_view>

namespace refclient {

// What became of an operation.
enum class Outcome {
    ok,        // the server took it (send, post) or all of it arrived (read)
    temp,      // not done; trying again later may help
    perm,      // not done; the same again will fail again
    uncertain, // everything was sent, the final reply was lost: the server may have it or not (RFC 1047)
};

std::string_view to_text(Outcome outcome);

struct Result {
    Outcome outcome = Outcome::temp;
    std::string text; // for a person; printable and of bounded length, whatever the server sent

    bool operator==(const Result&) const = default;
};

// Octets from the peer made safe to show: printable ASCII stays, everything else becomes an escape such as \r or \x1b,
// and what is longer than `most` octets is cut and marked with "...".
std::string printable(std::string_view octets, std::size_t most = 200);

} // namespace refclient
