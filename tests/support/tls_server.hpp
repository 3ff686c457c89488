#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

// The other end for tests of the reference client's TLS: certificates made on the spot, and a server between two
// buffers. Shares nothing with the fake server's TLS.
namespace refclient::test {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using ServerContext = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using ServerSsl = std::unique_ptr<SSL, Freed<&SSL_free>>;

inline void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL refuses to prepare a test");
}

inline Key make_key() { return Key{EVP_EC_gen("P-256")}; }

inline Key make_weak_key() { return Key{EVP_RSA_gen(1024)}; }

// What stands in a certificate, and who vouches for it.
struct Names {
    std::string alternative = "DNS:localhost,IP:127.0.0.1";
    std::string common = "test";
    long from_days = -1;
    long to_days = 1;
    bool is_ca = false;
};

inline Certificate make_certificate(const Names& names, EVP_PKEY& key, const X509* issuer, EVP_PKEY& issuer_key) {
    Certificate made{X509_new()};
    X509* const x = made.get();
    require(X509_set_version(x, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), std::rand());
    X509_time_adj_ex(X509_getm_notBefore(x), static_cast<int>(names.from_days), 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(x), static_cast<int>(names.to_days), 0, nullptr);
    const std::basic_string<unsigned char> common{names.common.begin(), names.common.end()};
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, common.c_str(), -1, -1, 0) == 1);
    require(X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer : x)) == 1);
    require(X509_set_pubkey(x, &key) == 1);
    const auto extend = [&](int id, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, const_cast<X509*>(issuer != nullptr ? issuer : x), x, nullptr, nullptr, 0);
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
        require(extension != nullptr && X509_add_ext(x, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, names.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!names.is_ca && !names.alternative.empty())
        extend(NID_subject_alt_name, names.alternative);
    require(X509_sign(x, &issuer_key, EVP_sha256()) > 0);
    return made;
}

// A root of trust in a temporary file, as users have it.
class Root {
public:
    explicit Root(const std::string& name = "test root")
        : key_(make_key()), certificate_(make_certificate({{}, name, -1, 1, true}, *key_, nullptr, *key_)) {
        std::string pattern = (std::filesystem::temp_directory_path() / "refclient-root-XXXXXX").string();
        const int descriptor = ::mkstemp(pattern.data());
        require(descriptor >= 0);
        file_ = pattern;
        std::FILE* const out = ::fdopen(descriptor, "w");
        require(PEM_write_X509(out, certificate_.get()) == 1);
        std::fclose(out);
    }

    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;

    ~Root() { std::filesystem::remove(file_); }

    const std::string& file() const { return file_; }

    Certificate vouch(const Names& names, EVP_PKEY& key) const {
        return make_certificate(names, key, certificate_.get(), *key_);
    }

private:
    Key key_;
    Certificate certificate_;
    std::string file_;
};

// Made once: tests run many handshakes.
inline const Root& trusted_root() {
    static const Root root;
    return root;
}

inline ServerContext make_context(const X509& certificate, EVP_PKEY& key, int version = TLS1_3_VERSION) {
    ServerContext context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_set_security_level(context.get(), 0);
    require(SSL_CTX_set_min_proto_version(context.get(), std::min(version, TLS1_2_VERSION)) == 1);
    require(SSL_CTX_set_max_proto_version(context.get(), version) == 1);
    require(SSL_CTX_use_certificate(context.get(), const_cast<X509*>(&certificate)) == 1);
    require(SSL_CTX_use_PrivateKey(context.get(), &key) == 1);
    return context;
}

inline ServerContext make_context(const Names& names = {}, const Root& root = trusted_root(),
                                  int version = TLS1_3_VERSION) {
    const Key key = make_key();
    return make_context(*root.vouch(names, *key), *key, version);
}

inline SSL_CTX& good_context() {
    static const ServerContext context = make_context();
    return *context;
}

// The server's side of one connection.
class TlsServer {
public:
    explicit TlsServer(SSL_CTX& context = good_context()) : ssl_(SSL_new(&context)) {
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
    }

    void on_bytes(std::string_view bytes) {
        ERR_clear_error();
        if (!bytes.empty())
            BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
        if (!SSL_is_init_finished(ssl_.get()))
            SSL_do_handshake(ssl_.get());
        if (!SSL_is_init_finished(ssl_.get()))
            return;
        std::array<char, 16384> buffer{};
        for (int count = 0; (count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0;)
            heard_.append(buffer.data(), static_cast<std::size_t>(count));
        ERR_clear_error();
    }

    bool established() const { return SSL_is_init_finished(ssl_.get()) == 1; }

    std::string take_heard() { return std::exchange(heard_, {}); }

    // Each call makes a record of its own.
    void say(std::string_view text) { require(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0); }

    void say_close() { SSL_shutdown(ssl_.get()); }

    bool client_said_close() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

    std::string take_output() {
        std::string output(static_cast<std::size_t>(BIO_ctrl_pending(out_)), '\0');
        if (!output.empty())
            BIO_read(out_, output.data(), static_cast<int>(output.size()));
        return output;
    }

    // RFC 6066 3: which server the client has asked for.
    std::string asked_name() const {
        const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
        return name != nullptr ? name : "";
    }

    SSL& ssl() { return *ssl_; }

private:
    ServerSsl ssl_;
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
    std::string heard_;
};

} // namespace refclient::test
