#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace refclient {

struct Endpoint {
    std::string host; // a name or an address, without brackets
    std::uint16_t port = 0;
    std::vector<std::string> addresses{}; // of the host, in the order to try them; empty = the name service is asked

    bool operator==(const Endpoint&) const = default;
};

// "mail.example.org:25", "127.0.0.1:25", "[::1]:25".
std::optional<Endpoint> parse_endpoint(std::string_view text);

std::string to_text(const Endpoint& endpoint);

// What the user says of a name, so that nobody else has to be asked.
struct HostEntry {
    std::string name;
    std::vector<std::string> addresses;

    bool operator==(const HostEntry&) const = default;
};

// "mail.example.org=192.0.2.1,2001:db8::1". Addresses only, no names.
std::optional<HostEntry> parse_host_entry(std::string_view text);

// The same endpoint, with the addresses of the entry for its host if there is one. Letters of either case are the same.
Endpoint with_known_addresses(Endpoint endpoint, const std::vector<HostEntry>& entries);

} // namespace refclient
