#include "tests/unit/tls/tls_client.hpp"

#include <chrono>
#include <ctime>
#include <map>

using namespace postfault;
using tls::Authority;
using tls::Channel;

namespace {

long verified(Authority& authority, CertificateKind kind) {
    Channel channel(authority);
    test::TlsClient client(authority);
    test::meet(channel, client, kind);
    return SSL_get_verify_result(client.ssl());
}

} // namespace

TEST_CASE("each kind of certificate is refused for its own reason", "[tls][authority]") {
    Authority authority(std::time(nullptr));
    const std::map<CertificateKind, long> expected{
        {CertificateKind::good, X509_V_OK},
        {CertificateKind::expired, X509_V_ERR_CERT_HAS_EXPIRED},
        {CertificateKind::not_yet_valid, X509_V_ERR_CERT_NOT_YET_VALID},
        {CertificateKind::wrong_host, X509_V_ERR_HOSTNAME_MISMATCH},
        {CertificateKind::self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
        {CertificateKind::unknown_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {CertificateKind::weak_key, X509_V_ERR_EE_KEY_TOO_SMALL},
        {CertificateKind::missing_intermediate, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    };
    for (const CertificateKind kind : certificate_kinds) {
        CAPTURE(to_string(kind));
        CHECK(verified(authority, kind) == expected.at(kind));
    }
    CHECK(expected.size() == certificate_kinds.size());
}

TEST_CASE("a certificate is made once and then kept", "[tls][authority]") {
    Authority authority(std::time(nullptr));
    CHECK(authority.context(CertificateKind::weak_key) == authority.context(CertificateKind::weak_key));
    CHECK(authority.context(CertificateKind::good) != authority.context(CertificateKind::weak_key));
}

TEST_CASE("two authorities do not vouch for each other", "[tls][authority]") {
    Authority authority(std::time(nullptr));
    Authority stranger(std::time(nullptr));
    Channel channel(authority);
    test::TlsClient client(stranger);
    test::meet(channel, client);
    CHECK(SSL_get_verify_result(client.ssl()) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    CHECK(channel.state() == Channel::State::failed);
    CHECK(channel.client_alert() == "unknown_ca");
}

TEST_CASE("the good certificate is for the loopback addresses too", "[tls][authority]") {
    Authority authority(std::time(nullptr));
    X509* const certificate = SSL_CTX_get0_certificate(authority.context(CertificateKind::good));
    CHECK(X509_check_ip_asc(certificate, "127.0.0.1", 0) == 1);
    CHECK(X509_check_ip_asc(certificate, "::1", 0) == 1);
    CHECK(X509_check_host(certificate, "localhost", 0, 0, nullptr) == 1);
    CHECK(X509_check_host(certificate, "example.test", 0, 0, nullptr) != 1);
}

TEST_CASE("certificates are not valid for ever", "[tls][authority]") {
    const std::time_t long_ago = std::time(nullptr) - 365L * 24 * 60 * 60;
    Authority authority(long_ago);
    CHECK(verified(authority, CertificateKind::good) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("making an authority and its certificates, measured", "[tls][!benchmark][.]") {
    using Clock = std::chrono::steady_clock;
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const auto start = Clock::now();
    Authority authority(std::time(nullptr));
    for (const CertificateKind kind : certificate_kinds) {
        authority.context(kind);
        const double so_far = Milliseconds(Clock::now() - start).count();
        WARN(to_string(kind) << " is there after " << so_far << " ms");
    }
    const auto before = Clock::now();
    for (int turn = 0; turn < 100; ++turn)
        verified(authority, CertificateKind::good);
    const double each = Milliseconds(Clock::now() - before).count() / 100;
    WARN("one handshake, both sides: " << each << " ms");
}
