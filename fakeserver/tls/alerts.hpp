#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace postfault::tls {

// RFC 8446 section 6 and RFC 5246 7.2: the alerts by the names that the RFCs use.
struct Alert {
    std::string_view name;
    std::uint8_t number;
};

std::span<const Alert> alerts();

std::optional<std::uint8_t> alert_number(std::string_view name);

// `unknown alert` for a number without a name.
std::string_view alert_name(std::uint8_t number);

// RFC 8446 6.1: these two close; all others are fatal.
constexpr bool is_closure(std::uint8_t number) { return number == 0 || number == 90; }

} // namespace postfault::tls
