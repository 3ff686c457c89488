#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::protocol::smtp {

struct Settings {
    std::string hostname = "mail.example.test";

    // The lines of the EHLO reply below its first. A parameter of MAIL or RCPT is understood if its extension is here.
    std::vector<std::string> extensions = {"PIPELINING", "SIZE 35882577", "8BITMIME", "ENHANCEDSTATUSCODES"};

    // In octets; `SIZE N` among the extensions lowers it.
    std::uint64_t max_message_size = 35'882'577;

    // RFC 5321 4.5.3.1.8 asks for 100 at least.
    std::size_t max_recipients = 10'000;

    bool offers(std::string_view extension) const;
    std::uint64_t size_limit() const;
};

} // namespace postfault::protocol::smtp
