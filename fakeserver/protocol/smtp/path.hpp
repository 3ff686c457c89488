#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postfault::protocol::smtp {

// The argument of MAIL or RCPT behind `FROM:` or `TO:`.
struct PathArgument {
    std::string mailbox; // without brackets and source route; empty for `<>`
    std::string_view parameters;
    bool has_non_ascii = false;
};

// `<a@b>`, `<>`, `<@relay,@relay2:a@b>`, `<"quo ted"@[192.0.2.1]>`, `<postmaster>` (RFC 5321 4.1.2 and 4.1.3). Says
// nothing about where which of them is allowed.
std::optional<PathArgument> parse_path(std::string_view text);

} // namespace postfault::protocol::smtp
