#include "fakeserver/tls/channel.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/base/tls_words.hpp"
#include "fakeserver/tls/record.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace postfault::tls {

namespace {

constexpr std::uint8_t alert_type = 21;
constexpr unsigned char finished = 20; // RFC 8446 section 4

// RFC 6066 section 3: a list of names, of which there is one, and its type is 0.
std::string server_name_in(SSL* ssl) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1 || size < 5 || bytes[2] != 0)
        return {};
    const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
    return {bytes + 5, bytes + 5 + std::min(length, size - 5)};
}

} // namespace

Channel::Channel(Authority& authority) : authority_(authority) {
    SSL_CTX* const context = authority_.context(CertificateKind::good);
    ssl_.reset(SSL_new(context));
    POSTFAULT_CHECK(ssl_ != nullptr, "there is memory for a TLS connection");
    input_ = BIO_new(BIO_s_mem());
    output_ = BIO_new(BIO_s_mem());
    // "Nothing there" is not the end.
    BIO_set_mem_eof_return(input_, -1);
    SSL_set_bio(ssl_.get(), input_, output_);
    SSL_set_accept_state(ssl_.get());
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_info_callback(ssl_.get(), on_info);
    SSL_set_msg_callback(ssl_.get(), on_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    SSL_CTX_set_client_hello_cb(context, on_hello, nullptr);
    SSL_CTX_set_keylog_callback(context, on_secret);
}

Channel::~Channel() = default;

void Channel::on_bytes(std::string_view ciphertext) {
    if (state_ == State::failed || ciphertext.empty())
        return;
    BIO_write(input_, ciphertext.data(), static_cast<int>(ciphertext.size()));
}

Channel::State Channel::advance() {
    if (state_ != State::waiting && state_ != State::shaking_hands)
        return state_;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        state_ = State::established;
        return state_;
    }
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
        state_ = State::at_hello;
        break;
    default:
        fail(last_error());
        break;
    }
    return state_;
}

void Channel::present(CertificateKind kind) {
    POSTFAULT_CHECK(state_ == State::at_hello, "a certificate is chosen when the ClientHello is there");
    SSL_CTX* const context = authority_.context(kind);
    SSL_CTX_set_keylog_callback(context, on_secret);
    SSL_set_SSL_CTX(ssl_.get(), context);
}

void Channel::go_on() {
    POSTFAULT_CHECK(state_ == State::at_hello, "there is a ClientHello to answer");
    may_answer_hello_ = true;
    state_ = State::shaking_hands;
    advance();
}

std::string Channel::take_output() {
    std::string bytes(BIO_ctrl_pending(output_), '\0');
    if (!bytes.empty())
        BIO_read(output_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

std::string Channel::take_plain() {
    std::string plain;
    if (state_ != State::established)
        return plain;
    for (;;) {
        char buffer[16 * 1024]; // the most that a record holds
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), buffer, sizeof buffer);
        if (count > 0) {
            plain.append(buffer, static_cast<std::size_t>(count));
            continue;
        }
        const int error = SSL_get_error(ssl_.get(), count);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN)
            fail(last_error());
        return plain;
    }
}

std::string Channel::seal(std::string_view plain) {
    if (ended_ || plain.empty() || state_ != State::established)
        return {};
    ERR_clear_error();
    while (!plain.empty()) {
        const int count =
            SSL_write(ssl_.get(), plain.data(), static_cast<int>(std::min<std::size_t>(plain.size(), 1U << 30U)));
        if (count <= 0) {
            fail(last_error());
            return {};
        }
        plain.remove_prefix(static_cast<std::size_t>(count));
    }
    return take_output();
}

std::string Channel::close_notify() {
    if (ended_ || state_ != State::established || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0)
        return {};
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    return take_output();
}

std::string Channel::alert(std::uint8_t number) {
    const std::string text{static_cast<char>(is_closure(number) ? 1 : 2), static_cast<char>(number)};
    if (ended_ || state_ == State::shaking_hands)
        return {};
    ended_ = true;
    return state_ == State::established ? sealed_alert(text) : plain_record(alert_type, text);
}

bool Channel::client_closed() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string Channel::version() const { return SSL_get_version(ssl_.get()); }

std::string Channel::cipher() const { return SSL_get_cipher_name(ssl_.get()); }

int Channel::on_hello(SSL* ssl, int*, void*) {
    auto& self = *static_cast<Channel*>(SSL_get_app_data(ssl));
    self.server_name_ = server_name_in(ssl);
    return self.may_answer_hello_ ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_RETRY;
}

void Channel::on_info(const SSL* ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT)
        return;
    auto& self = *static_cast<Channel*>(SSL_get_app_data(ssl));
    const auto number = static_cast<std::uint8_t>(value & 0xff);
    if (number != 0)
        self.client_alert_ = alert_name(number);
}

// The keys change with our Finished: RFC 8446 section 7.3 (behind it), RFC 5246 6.1 (with it).
void Channel::on_message(int written, int, int type, const void* bytes, std::size_t size, SSL* ssl,
                         void* self_pointer) {
    auto& self = *static_cast<Channel*>(self_pointer);
    if (written == 0)
        return;
    if (type == SSL3_RT_HEADER)
        ++self.records_;
    else if (type == SSL3_RT_HANDSHAKE && size > 0 && *static_cast<const unsigned char*>(bytes) == finished)
        self.records_ = SSL_version(ssl) == TLS1_3_VERSION ? 0 : 1;
}

// OpenSSL's way to tell a key: `LABEL random secret`, in hexadecimal.
void Channel::on_secret(const SSL* ssl, const char* line) {
    auto& self = *static_cast<Channel*>(SSL_get_app_data(ssl));
    const std::vector<std::string_view> parts = words(line);
    if (parts.size() == 3 && parts[0] == "SERVER_TRAFFIC_SECRET_0")
        self.secret_ = from_hexadecimal(parts[2]);
}

void Channel::fail(std::string error) {
    state_ = State::failed;
    error_ = std::move(error);
}

// OpenSSL sends no alert of the caller's choice, so this record is made here.
std::string Channel::sealed_alert(std::string_view alert) const {
    const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_.get());
    const RecordKeys keys = SSL_version(ssl_.get()) == TLS1_3_VERSION ? keys_from_secret(*cipher, secret_)
                                                                      : keys_from_session(*cipher, *ssl_);
    return sealed_record(keys, records_, alert_type, alert);
}

} // namespace postfault::tls
