#pragma once

#include "fakeserver/tls/authority.hpp"
#include "fakeserver/tls/channel.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>
#include <string_view>

namespace postfault::test {

// OpenSSL's client between two buffers; it trusts the authority's root and wants the host's name.
class TlsClient {
public:
    explicit TlsClient(const tls::Authority& authority, int version = TLS1_3_VERSION, const char* ciphers = nullptr)
        : context_(SSL_CTX_new(TLS_client_method())) {
        const tls::BioHandle pem(
            BIO_new_mem_buf(authority.root_pem().data(), static_cast<int>(authority.root_pem().size())));
        const tls::CertificateHandle root(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
        REQUIRE(root);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        SSL_CTX_set_security_level(context_.get(), 2);
        ssl_.reset(SSL_new(context_.get()));
        if (ciphers != nullptr) {
            SSL_set_cipher_list(ssl_.get(), ciphers);
            SSL_set_ciphersuites(ssl_.get(), ciphers);
        }
        input_ = BIO_new(BIO_s_mem());
        output_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), input_, output_);
        SSL_set_connect_state(ssl_.get());
        SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(tls::Authority::host_name));
        SSL_set1_host(ssl_.get(), tls::Authority::host_name);
    }

    // 1 = done, 0 = goes on, -1 = failed.
    int shake_hands() {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result == 1)
            return 1;
        if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ)
            return 0;
        if (error.empty())
            error = tls::last_error();
        return -1;
    }

    void on_bytes(std::string_view bytes) { BIO_write(input_, bytes.data(), static_cast<int>(bytes.size())); }

    std::string take_output() {
        std::string bytes(BIO_ctrl_pending(output_), '\0');
        if (!bytes.empty())
            BIO_read(output_, bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }

    std::string seal(std::string_view text) {
        SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
        return take_output();
    }

    // What one SSL_read gives: the text of one record at most.
    std::string read() {
        char buffer[16 * 1024];
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), buffer, sizeof buffer);
        if (count > 0)
            return {buffer, static_cast<std::size_t>(count)};
        end = SSL_get_error(ssl_.get(), count);
        if (end == SSL_ERROR_SSL)
            error = tls::last_error();
        return {};
    }

    std::string close() {
        SSL_shutdown(ssl_.get());
        return take_output();
    }

    SSL* ssl() { return ssl_.get(); }

    std::string error;
    int end = SSL_ERROR_NONE; // why the last read gave nothing

private:
    tls::ContextHandle context_;
    tls::SslHandle ssl_;
    BIO* input_ = nullptr;
    BIO* output_ = nullptr;
};

// Bytes to and fro until nobody has anything to say.
inline void meet(tls::Channel& channel, TlsClient& client, CertificateKind kind = CertificateKind::good) {
    for (int turn = 0; turn < 8; ++turn) {
        client.shake_hands();
        channel.on_bytes(client.take_output());
        if (channel.advance() == tls::Channel::State::at_hello) {
            channel.present(kind);
            channel.go_on();
        }
        client.on_bytes(channel.take_output());
    }
}

} // namespace postfault::test
