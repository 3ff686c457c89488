#pragma once

#include "fakeserver/protocol/smtp/path.hpp"
#include "fakeserver/protocol/smtp/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What stands behind the address of MAIL or RCPT (RFC 5321 4.1.1.11).
namespace postfault::protocol::smtp {

struct Refusal {
    int code = 0;
    std::string_view status; // RFC 3463
    std::string text;
};

struct Parameters {
    bool utf8 = false;              // SMTPUTF8
    bool binary = false;            // BODY=BINARYMIME
    std::optional<Refusal> refusal; // of the first that is wrong or not understood
};

// What parameters depend on: how the client has greeted, and what it has said at MAIL.
struct Extended {
    bool in_use = false; // EHLO or LHLO; after HELO no extension is
    bool utf8 = false;   // for RCPT: MAIL had SMTPUTF8
};

// `verb` is MAIL or RCPT. What was found counts only if nothing is refused.
Parameters read_parameters(std::string_view verb, const PathArgument& path, const Settings& settings,
                           const Extended& extended);

// RFC 1870 section 3 and RFC 3030 section 2: 1 to 20 digits.
std::optional<std::uint64_t> parse_octets(std::string_view text);

} // namespace postfault::protocol::smtp
