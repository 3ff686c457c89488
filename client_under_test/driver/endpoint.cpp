#include "client_under_test/driver/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace refclient {

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

} // namespace refclient
