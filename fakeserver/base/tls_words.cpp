#include "fakeserver/base/tls_words.hpp"

namespace postfault {

namespace {

constexpr std::array table{
    Alert{"close_notify", 0},
    Alert{"unexpected_message", 10},
    Alert{"bad_record_mac", 20},
    Alert{"record_overflow", 22},
    Alert{"handshake_failure", 40},
    Alert{"bad_certificate", 42},
    Alert{"unsupported_certificate", 43},
    Alert{"certificate_revoked", 44},
    Alert{"certificate_expired", 45},
    Alert{"certificate_unknown", 46},
    Alert{"illegal_parameter", 47},
    Alert{"unknown_ca", 48},
    Alert{"access_denied", 49},
    Alert{"decode_error", 50},
    Alert{"decrypt_error", 51},
    Alert{"protocol_version", 70},
    Alert{"insufficient_security", 71},
    Alert{"internal_error", 80},
    Alert{"inappropriate_fallback", 86},
    Alert{"user_canceled", 90},
    Alert{"missing_extension", 109},
    Alert{"unsupported_extension", 110},
    Alert{"unrecognized_name", 112},
    Alert{"bad_certificate_status_response", 113},
    Alert{"unknown_psk_identity", 115},
    Alert{"certificate_required", 116},
    Alert{"no_application_protocol", 120},
};

} // namespace

std::span<const Alert> alerts() { return table; }

std::optional<std::uint8_t> alert_number(std::string_view name) {
    for (const Alert& alert : table)
        if (alert.name == name)
            return alert.number;
    return std::nullopt;
}

std::string_view alert_name(std::uint8_t number) {
    for (const Alert& alert : table)
        if (alert.number == number)
            return alert.name;
    return "unknown alert";
}

std::string_view to_string(CertificateKind kind) {
    switch (kind) {
    case CertificateKind::good:
        return "good";
    case CertificateKind::expired:
        return "expired";
    case CertificateKind::not_yet_valid:
        return "not-yet-valid";
    case CertificateKind::wrong_host:
        return "wrong-host";
    case CertificateKind::self_signed:
        return "self-signed";
    case CertificateKind::unknown_ca:
        return "unknown-ca";
    case CertificateKind::weak_key:
        return "weak-key";
    case CertificateKind::missing_intermediate:
        return "missing-intermediate";
    }
    return "good";
}

} // namespace postfault
