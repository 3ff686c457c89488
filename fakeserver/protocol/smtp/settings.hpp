#pragma once

#include "fakeserver/protocol/sasl/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::protocol::smtp {

struct Settings {
    std::string hostname = "mail.example.test";

    // The lines of the EHLO reply below its first. A parameter of MAIL or RCPT, and BDAT, are understood if their
    // extension is here: SIZE, 8BITMIME, CHUNKING, BINARYMIME, DSN, SMTPUTF8.
    std::vector<std::string> extensions = {"PIPELINING", "SIZE 35882577", "8BITMIME", "CHUNKING",
                                           "ENHANCEDSTATUSCODES"};

    // RFC 3207: STARTTLS is offered until TLS is up, below the other extensions.
    bool starttls = false;

    // RFC 4954: AUTH with these is offered, and wanted before MAIL; none = nobody has to log in.
    std::vector<sasl::Mechanism> mechanisms;
    sasl::Account account;

    // Log-ins are offered and taken under TLS only.
    bool log_in_needs_tls = false;

    // RFC 2033: LHLO instead of EHLO and HELO, and behind the data one reply for each recipient, all in one reply step.
    // What a caller answers instead is sent as it is, so it should hold as many replies.
    bool lmtp = false;

    // Reply lines without CRLF by recipient, such as `550 5.1.1 No such user`; the recipient is as in RCPT, without
    // brackets. 2yz accepts the recipient.
    std::map<std::string, std::string, std::less<>> recipient_replies;

    // LMTP only: the same, behind the data. The message is stored for the recipients that get 2yz.
    std::map<std::string, std::string, std::less<>> delivery_replies;

    // Octets of stored messages that are kept; the oldest go first.
    std::uint64_t max_kept = UINT64_MAX;

    // In octets; `SIZE N` among the extensions lowers it.
    std::uint64_t max_message_size = 35'882'577;

    // In octets, of all messages together: a server must not fill the memory of the machine.
    std::uint64_t max_stored = std::uint64_t{1} << 30;

    // RFC 5321 4.5.3.1.8 asks for 100 at least.
    std::size_t max_recipients = 10'000;

    bool offers(std::string_view extension) const;
    std::uint64_t size_limit() const;
};

} // namespace postfault::protocol::smtp
