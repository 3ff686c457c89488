#pragma once

#include "harness/judge/run_record.hpp"

#include <string>
#include <string_view>

namespace postfault::suite {

struct Comparison {
    judge::Match match = judge::Match::unknown;
    std::string detail; // empty unless altered
};

// A copy on the server against what the client was given: the same lines, or with header lines added or reordered, as
// submission may do (RFC 6409 8), but never a changed body.
//
// Line ends are compared as CRLF, whatever they were in the client's file and are in the copy: that a bare one has come
// over the wire is seen there (PF013). What a CR that stands alone means, no RFC says (RFC 5322 2.3 knows it only as a
// part of CRLF), so a client may take it for a line end, for a blank or for nothing, everywhere the same, or encode it
// (RFC 2045 6.7).
Comparison compare_stored(std::string_view original, std::string_view copy);

// A copy on the client's disk against what the server holds: there, lines may end in LF alone.
Comparison compare_delivered(std::string_view original, std::string_view copy);

} // namespace postfault::suite
