#include "fakeserver/protocol/smtp/settings.hpp"

#include "fakeserver/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace postfault::protocol::smtp {

bool Settings::offers(std::string_view extension) const {
    return std::any_of(extensions.begin(), extensions.end(), [extension](const std::string& line) {
        const auto parts = words(line);
        return !parts.empty() && equals_ignoring_case(parts.front(), extension);
    });
}

std::uint64_t Settings::size_limit() const {
    std::uint64_t limit = max_message_size;
    for (const std::string& line : extensions) {
        const auto parts = words(line);
        if (parts.size() < 2 || !equals_ignoring_case(parts[0], "SIZE"))
            continue;
        std::uint64_t offered = 0;
        const auto [end, error] = std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), offered);
        // RFC 1870 section 4: zero means no fixed limit.
        if (error == std::errc{} && offered != 0)
            limit = std::min(limit, offered);
    }
    return limit;
}

} // namespace postfault::protocol::smtp
