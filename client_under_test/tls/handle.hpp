#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace refclient::tls {

// OpenSSL's objects, each with one owner.
struct Release {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

using ContextHandle = std::unique_ptr<SSL_CTX, Release>;
using SslHandle = std::unique_ptr<SSL, Release>;

} // namespace refclient::tls
