#pragma once

#include "fakeserver/base/tls_words.hpp"
#include "fakeserver/tls/handle.hpp"

#include <ctime>
#include <map>
#include <string>

namespace postfault::tls {

// The harness's own certification authority, made anew by every process: a root that clients can be told to trust, and
// server certificates of every kind. Each is made when it is first asked for and then kept, so that hundreds of runs
// cost no more than one. Throws std::runtime_error if OpenSSL cannot make one.
class Authority {
public:
    explicit Authority(std::time_t now);
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    // What a client is to trust.
    const std::string& root_pem() const { return root_pem_; }

    // A server's context with such a certificate and what belongs to it. Owned by the authority.
    SSL_CTX* context(CertificateKind kind);

    // The host's name for which the good certificate is.
    static constexpr const char* host_name = "localhost";

private:
    struct Signer {
        CertificateHandle certificate;
        KeyHandle key;
    };

    struct Wanted {
        std::string name;
        EVP_PKEY* key = nullptr; // of the subject
        const Signer* issuer = nullptr;
        bool is_ca = false;
        std::string alternative_names; // in OpenSSL's form; none for a CA
        long from = 0;                 // seconds from now
        long to = 0;
    };

    CertificateHandle issue(const Wanted& wanted);
    ContextHandle make_context(CertificateKind kind);
    Signer make_signer(const std::string& name, const Signer* issuer);

    std::time_t now_;
    long serial_ = 1;
    Signer root_;
    KeyHandle server_key_; // of all kinds but the weak one
    std::string root_pem_;
    std::map<CertificateKind, ContextHandle> contexts_;
};

} // namespace postfault::tls
