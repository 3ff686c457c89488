#include "fakeserver/tls/authority.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <utility>

namespace postfault::tls {

namespace {

constexpr long day = 24L * 60 * 60;

// Long enough for every endurance run, short enough that a forgotten root is soon worth nothing.
constexpr long lifetime = 30 * day;

constexpr const char* good_names = "DNS:localhost,IP:127.0.0.1,IP:::1";

// Refused by every library of today, and quick to make. OpenSSL's own security level has to be lowered to show it.
constexpr unsigned int weak_bits = 1024;

template <class Result>
Result made(Result result, const char* what) {
    if (!result)
        throw std::runtime_error(fmt::format("cannot make {}: {}", what, last_error()));
    return result;
}

KeyHandle make_key() { return KeyHandle(made(EVP_EC_gen("P-256"), "an EC key")); }

KeyHandle make_weak_key() { return KeyHandle(made(EVP_RSA_gen(weak_bits), "a weak RSA key")); }

void add_extension(X509& certificate, X509* issuer, int name, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
    const ExtensionHandle extension(made(X509V3_EXT_conf_nid(nullptr, &context, name, value), "an extension"));
    made(X509_add_ext(&certificate, extension.get(), -1) == 1, "an extension");
}

std::string pem_of(X509& certificate) {
    const BioHandle memory(made(BIO_new(BIO_s_mem()), "a buffer"));
    made(PEM_write_bio_X509(memory.get(), &certificate) == 1, "a PEM text");
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace

std::string last_error() {
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    return reason == nullptr ? "unknown error" : reason;
}

Authority::Authority(std::time_t now)
    : now_(now), root_(make_signer("postfault root of this run", nullptr)), server_key_(make_key()),
      root_pem_(pem_of(*root_.certificate)) {}

SSL_CTX* Authority::context(CertificateKind kind) {
    auto& context = contexts_[kind];
    if (!context)
        context = make_context(kind);
    return context.get();
}

Authority::Signer Authority::make_signer(const std::string& name, const Signer* issuer) {
    Signer signer;
    signer.key = make_key();
    signer.certificate = issue({name, signer.key.get(), issuer, true, "", -day, lifetime});
    return signer;
}

// RFC 5280 4.1 and 4.2
CertificateHandle Authority::issue(const Wanted& wanted) {
    CertificateHandle certificate(made(X509_new(), "a certificate"));
    X509* const issuer = wanted.issuer == nullptr ? certificate.get() : wanted.issuer->certificate.get();
    made(X509_set_version(certificate.get(), X509_VERSION_3), "a certificate");
    made(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial_++), "a serial number");
    std::time_t now = now_;
    made(X509_time_adj_ex(X509_getm_notBefore(certificate.get()), 0, wanted.from, &now) != nullptr, "a date");
    made(X509_time_adj_ex(X509_getm_notAfter(certificate.get()), 0, wanted.to, &now) != nullptr, "a date");
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    const std::basic_string<unsigned char> text(wanted.name.begin(), wanted.name.end());
    made(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text.c_str(), -1, -1, 0), "a name");
    made(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)), "a name");
    made(X509_set_pubkey(certificate.get(), wanted.key), "a certificate");

    add_extension(*certificate, issuer, NID_basic_constraints, wanted.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(*certificate, issuer, NID_key_usage,
                  wanted.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_extension(*certificate, issuer, NID_subject_key_identifier, "hash");
    if (wanted.issuer != nullptr)
        add_extension(*certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (!wanted.is_ca)
        add_extension(*certificate, issuer, NID_ext_key_usage, "serverAuth");
    if (!wanted.alternative_names.empty())
        add_extension(*certificate, issuer, NID_subject_alt_name, wanted.alternative_names.c_str());

    EVP_PKEY* const key = wanted.issuer == nullptr ? wanted.key : wanted.issuer->key.get();
    made(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "a signature");
    return certificate;
}

ContextHandle Authority::make_context(CertificateKind kind) {
    Wanted wanted{host_name, server_key_.get(), &root_, false, good_names, -day, lifetime};
    KeyHandle weak_key;
    Signer other;
    switch (kind) {
    case CertificateKind::good:
        break;
    case CertificateKind::expired:
        wanted.from = -2 * lifetime;
        wanted.to = -day;
        break;
    case CertificateKind::not_yet_valid:
        wanted.from = day;
        break;
    case CertificateKind::wrong_host:
        wanted.name = "other.example.test";
        wanted.alternative_names = "DNS:other.example.test";
        break;
    case CertificateKind::self_signed:
        wanted.issuer = nullptr;
        break;
    case CertificateKind::unknown_ca:
        other = make_signer("a root that nobody trusts", nullptr);
        wanted.issuer = &other;
        break;
    case CertificateKind::weak_key:
        weak_key = make_weak_key();
        wanted.key = weak_key.get();
        break;
    case CertificateKind::missing_intermediate:
        // The root has signed it, but the server does not send it along.
        other = make_signer("an intermediate that is not sent", &root_);
        wanted.issuer = &other;
        break;
    }
    const CertificateHandle certificate = issue(wanted);

    ContextHandle context(made(SSL_CTX_new(TLS_server_method()), "a TLS context"));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    made(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "a TLS context");
    made(SSL_CTX_use_PrivateKey(context.get(), wanted.key) == 1, "a TLS context");
    // Every connection stands for itself: no resumption. Tickets that a client has not read when it closes would turn
    // its close into a reset.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    return context;
}

} // namespace postfault::tls
