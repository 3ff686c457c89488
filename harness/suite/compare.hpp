#pragma once

#include "harness/judge/run_record.hpp"

#include <string>
#include <string_view>

namespace postfault::suite {

struct Comparison {
    judge::Match match = judge::Match::unknown;
    std::string detail; // empty unless altered
};

// A copy on the server against what the client was given: octet for octet, or with header lines added or reordered, as
// submission may do (RFC 6409 8), but never a changed body.
Comparison compare_stored(std::string_view original, std::string_view copy);

// A copy on the client's disk against what the server holds: there, lines may end in LF alone.
Comparison compare_delivered(std::string_view original, std::string_view copy);

} // namespace postfault::suite
