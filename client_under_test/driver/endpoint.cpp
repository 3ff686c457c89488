#include "client_under_test/driver/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

namespace refclient {

namespace {

bool is_address_of_a_host(const std::string& text) {
    in6_addr address{}; // the larger one
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1 || ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

} // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return std::nullopt; // an IPv6 address without brackets: where it ends is a guess

    Endpoint endpoint{std::string{host}, 0};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (host.empty() || error != std::errc{} || end != port.data() + port.size() || endpoint.port == 0)
        return std::nullopt;
    return endpoint;
}

std::string to_text(const Endpoint& endpoint) {
    const bool brackets = endpoint.host.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(brackets ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
}

std::optional<HostEntry> parse_host_entry(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return std::nullopt;
    HostEntry entry{std::string{text.substr(0, equals)}, {}};
    for (text.remove_prefix(equals + 1);;) {
        const std::size_t comma = text.find(',');
        const std::string address{text.substr(0, comma)};
        if (!is_address_of_a_host(address))
            return std::nullopt;
        entry.addresses.push_back(address);
        if (comma == std::string_view::npos)
            return entry;
        text.remove_prefix(comma + 1);
    }
}

Endpoint with_known_addresses(Endpoint endpoint, const std::vector<HostEntry>& entries) {
    for (const HostEntry& entry : entries)
        if (::strcasecmp(entry.name.c_str(), endpoint.host.c_str()) == 0)
            endpoint.addresses = entry.addresses;
    return endpoint;
}

} // namespace refclient
