#include "client_under_test/tls/channel.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace refclient::tls {

namespace {

// RFC 8446 6: the reason codes of alerts that came begin here.
constexpr int first_alert = SSL_AD_REASON_OFFSET;

bool is_address(const std::string& host) {
    ASN1_OCTET_STRING* const address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

// SSL_set_tlsext_host_name(), which is a macro with a cast of the old style.
bool ask_for_name(SSL& ssl, std::string name) {
    return SSL_ctrl(&ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

// The first thing in OpenSSL's queue of errors is the cause. The queue belongs to the thread: it is emptied, so that
// the next channel finds none of ours.
unsigned long take_first_error() {
    const unsigned long error = ERR_peek_error();
    ERR_clear_error();
    return error;
}

std::string text_of(unsigned long error) {
    const int reason = ERR_GET_REASON(error);
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > first_alert && reason < first_alert + 256)
        return fmt::format("the server sent the alert \"{}\"", SSL_alert_desc_string_long(reason - first_alert));
    const char* const text = ERR_reason_error_string(error);
    // The usual sign of a server that answers in the clear.
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST))
        return fmt::format("what the server sent is not TLS ({})", text);
    return text != nullptr ? text : "unknown error";
}

int length_of(std::string_view bytes) {
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    return static_cast<int>(std::min(bytes.size(), most));
}

} // namespace

std::string trouble_with_ca_file(const std::string& name) {
    const ContextHandle context{SSL_CTX_new(TLS_client_method())};
    if (context && SSL_CTX_load_verify_file(context.get(), name.c_str()) == 1)
        return {};
    return fmt::format("no certificate can be read from {}: {}", name, text_of(take_first_error()));
}

Channel::Channel(const Settings& settings) : decoding_(settings.decoding) {
    ERR_clear_error();
    if (set_up(settings))
        shake_hands();
    else
        fail("cannot set up TLS: " + text_of(take_first_error()));
}

bool Channel::set_up(const Settings& settings) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_)
        return false;
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); // RFC 8996, RFC 8997
    SSL_CTX_set_security_level(context, 2);                 // no keys below 112 bits: RSA from 2048
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    if (settings.verification != Verification::none) {
        const bool loaded = settings.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                                     : SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) == 1;
        if (!loaded)
            return false;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    ssl_.reset(SSL_new(context));
    from_wire_ = BIO_new(BIO_s_mem());
    to_wire_ = BIO_new(BIO_s_mem());
    if (!ssl_ || from_wire_ == nullptr || to_wire_ == nullptr) {
        BIO_free(from_wire_);
        BIO_free(to_wire_);
        return false;
    }
    SSL_set_bio(ssl_.get(), from_wire_, to_wire_);
    SSL_set_connect_state(ssl_.get());

    const std::string& name = settings.server_name;
    const bool by_address = is_address(name);
    // RFC 6066 3: the server's name is said in the clear, so that it can choose its certificate; addresses are not.
    if (!by_address && !name.empty() && !ask_for_name(*ssl_, name))
        return false;
    if (settings.verification != Verification::chain_and_name)
        return true;
    // RFC 7817 3 and RFC 6125 6.4: names of the kind dNSName or iPAddress, never the common name.
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (by_address)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str()) == 1;
    return SSL_set1_host(ssl_.get(), name.c_str()) == 1;
}

std::string Channel::description() const {
    return fmt::format("{}, {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

void Channel::on_bytes(std::string_view ciphertext) {
    if (state_ == State::failed || state_ == State::ended)
        return; // RFC 8446 6.1: nothing that comes after the closure counts
    ERR_clear_error();
    while (!ciphertext.empty()) {
        const int taken = BIO_write(from_wire_, ciphertext.data(), length_of(ciphertext));
        if (taken <= 0)
            return fail("out of memory");
        ciphertext.remove_prefix(static_cast<std::size_t>(taken));
    }
    if (!established_)
        shake_hands();
    if (established_)
        decode();
}

std::string Channel::take_plaintext() { return std::exchange(plaintext_, {}); }

void Channel::write(std::string_view plaintext) {
    if (state_ != State::open)
        return;
    ERR_clear_error();
    while (!plaintext.empty()) {
        const int taken = SSL_write(ssl_.get(), plaintext.data(), length_of(plaintext));
        if (taken <= 0)
            return fail(text_of(take_first_error()));
        plaintext.remove_prefix(static_cast<std::size_t>(taken));
    }
    collect();
}

void Channel::close() {
    // After a failure OpenSSL has said an alert itself, and during a handshake there is nothing to close.
    if (!established_ || state_ == State::failed || std::exchange(close_said_, true))
        return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    collect();
}

void Channel::on_written(std::size_t count) {
    written_ = std::min(written_ + count, output_.size());
    if (written_ < output_.size())
        return;
    output_.clear();
    written_ = 0;
}

void Channel::shake_hands() {
    const int done = SSL_do_handshake(ssl_.get());
    const int why = SSL_get_error(ssl_.get(), done);
    if (done == 1) {
        established_ = true;
        state_ = State::open;
    } else if (why != SSL_ERROR_WANT_READ) {
        fail(reason_of_failure());
    }
    collect();
}

// All records that have come in full. Whoever stops earlier leaves text in the library and then waits for a socket
// that has nothing more to say.
void Channel::decode() {
    std::array<char, 16384> buffer{}; // RFC 8446 5.1: the most that a record holds
    for (;;) {
        const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (count > 0) {
            plaintext_.append(buffer.data(), static_cast<std::size_t>(count));
            if (decoding_ == Decoding::one_record_for_each_arrival)
                break;
            continue;
        }
        const int why = SSL_get_error(ssl_.get(), count);
        if (why == SSL_ERROR_ZERO_RETURN)
            state_ = State::ended;
        else if (why != SSL_ERROR_WANT_READ)
            fail(text_of(take_first_error()));
        break;
    }
    collect();
}

// Moves what OpenSSL wants to say to where it can be written from.
void Channel::collect() {
    std::array<char, 16384> buffer{};
    while (BIO_ctrl_pending(to_wire_) > 0) {
        const int count = BIO_read(to_wire_, buffer.data(), static_cast<int>(buffer.size()));
        if (count <= 0)
            return;
        output_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

void Channel::fail(std::string trouble) {
    state_ = State::failed;
    trouble_ = std::move(trouble);
}

std::string Channel::reason_of_failure() const {
    const unsigned long error = take_first_error();
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE)
        return fmt::format("the server's certificate is not to be trusted: {}",
                           X509_verify_cert_error_string(verified));
    return text_of(error);
}

} // namespace refclient::tls
