#pragma once

#include "client_under_test/conversation/reply.hpp"

#include <string>
#include <vector>

namespace refclient {

// What a server offered in its reply to EHLO (RFC 5321 4.1.1.1). Only what this client can make use of.
struct SmtpCapabilities {
    bool size = false;             // RFC 1870
    bool eight_bit_mime = false;   // RFC 6152
    bool pipelining = false;       // RFC 2920
    bool chunking = false;         // RFC 3030
    bool starttls = false;         // RFC 3207
    std::vector<std::string> auth; // RFC 4954: mechanisms, in capitals

    bool operator==(const SmtpCapabilities&) const = default;
};

SmtpCapabilities read_smtp_capabilities(const Reply& reply);

} // namespace refclient
