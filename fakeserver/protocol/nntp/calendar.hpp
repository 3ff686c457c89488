#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::protocol::nntp {

// `20260101120000`, the form of DATE (RFC 3977 7.1).
std::string compact_date(std::chrono::sys_seconds time);

// `Thu, 01 Jan 2026 12:00:00 +0000`, the form of the Date field (RFC 5322 3.3).
std::string field_date(std::chrono::sys_seconds time);

// `20260101` or `260101`, and `120000`, as NEWGROUPS and NEWNEWS send them. A year of two digits is the last one that
// is not after `now` (RFC 3977 7.3.2).
std::optional<std::chrono::sys_seconds> parse_date(std::string_view date, std::string_view time,
                                                   std::chrono::sys_seconds now);

} // namespace postfault::protocol::nntp
