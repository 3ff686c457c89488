#pragma once

#include <array>
#include <string_view>

namespace postfault::tls {

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

} // namespace postfault::tls
