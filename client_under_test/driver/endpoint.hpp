#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace refclient {

struct Endpoint {
    std::string host; // a name or an address, without brackets
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

// "mail.example.org:25", "127.0.0.1:25", "[::1]:25".
std::optional<Endpoint> parse_endpoint(std::string_view text);

std::string to_text(const Endpoint& endpoint);

} // namespace refclient
