#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// What TLS is talked about with, in scenarios as well as on the wire.
namespace postfault {

// What is wrong with the certificate that the server shows. `good` is for the host `localhost` and the loopback
// addresses, and the harness's root stands behind it.
enum class CertificateKind {
    good,
    expired,
    not_yet_valid,
    wrong_host,
    self_signed,
    unknown_ca,
    weak_key,
    missing_intermediate,
};

inline constexpr std::array certificate_kinds{
    CertificateKind::good,          CertificateKind::expired,
    CertificateKind::not_yet_valid, CertificateKind::wrong_host,
    CertificateKind::self_signed,   CertificateKind::unknown_ca,
    CertificateKind::weak_key,      CertificateKind::missing_intermediate,
};

// As it is written in a scenario: `not-yet-valid`.
std::string_view to_string(CertificateKind kind);

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

} // namespace postfault
