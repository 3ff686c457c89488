#pragma once

#include <string>
#include <string_view>

namespace postfault::protocol {

// Takes the secrets out of what a client says before anybody writes it down: what follows AUTH MECHANISM and AUTHINFO
// PASS, and the lines of a log-in until the next command. Every octet of a secret becomes an asterisk, so that offsets
// stay what they are. It knows no server: what was never asked for is masked as well.
class SecretMask {
public:
    // In any pieces. Of a line that is not complete yet, what may be a secret is taken for one.
    std::string masked(std::string_view piece);

private:
    std::string line_;         // what has come of the present one
    bool in_exchange_ = false; // AUTH was said, and no command since
};

} // namespace postfault::protocol
