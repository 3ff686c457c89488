// Invariants of the server's side of TLS. Octets made up by anybody never get through the handshake, and fare the same
// whole and one by one. And of what a real client says, however it is damaged on the way, the server only ever takes
// the beginning as it was said: all of it if nothing was damaged.
#include "fakeserver/base/check.hpp"
#include "fakeserver/tls/channel.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

using namespace postfault;
using State = tls::Channel::State;

namespace {

tls::Authority& authority() {
    static tls::Authority the_one(std::time(nullptr));
    return the_one;
}

// As far as the server gets with that; what it says is the answer.
std::string advance(tls::Channel& channel) {
    if (channel.advance() == State::at_hello) {
        channel.present(CertificateKind::good);
        channel.go_on();
    }
    return channel.take_output();
}

struct Outcome {
    State state;
    std::string server_name;
    std::string client_alert;

    bool operator==(const Outcome&) const = default;
};

Outcome listen(std::string_view bytes, std::size_t piece) {
    tls::Channel channel(authority());
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        channel.on_bytes(bytes.substr(at, piece));
        advance(channel);
        POSTFAULT_CHECK(channel.take_plain().empty(), "nothing is understood before the handshake");
    }
    POSTFAULT_CHECK(channel.state() != State::established, "a handshake cannot be made up");
    POSTFAULT_CHECK((channel.state() == State::failed) == !channel.error().empty(), "a failure has a reason");
    channel.alert(80);
    POSTFAULT_CHECK(channel.close_notify().empty() && channel.seal("x").empty(), "there is nothing to close or to say");
    return {channel.state(), channel.server_name(), channel.client_alert()};
}

// OpenSSL's client between two buffers, that trusts everybody.
class Client {
public:
    explicit Client(int version)
        : ssl_(SSL_new(context())), input_(BIO_new(BIO_s_mem())), output_(BIO_new(BIO_s_mem())) {
        SSL_set_max_proto_version(ssl_.get(), version);
        BIO_set_mem_eof_return(input_, -1);
        SSL_set_bio(ssl_.get(), input_, output_);
        SSL_set_connect_state(ssl_.get());
    }

    bool shake_hands() {
        ERR_clear_error();
        return SSL_do_handshake(ssl_.get()) == 1;
    }

    void on_bytes(std::string_view bytes) { BIO_write(input_, bytes.data(), static_cast<int>(bytes.size())); }

    void say(std::string_view text) {
        ERR_clear_error();
        SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    }

    std::string take_output() {
        std::string bytes(BIO_ctrl_pending(output_), '\0');
        if (!bytes.empty())
            BIO_read(output_, bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }

private:
    static SSL_CTX* context() {
        static const tls::ContextHandle the_one(SSL_CTX_new(TLS_client_method()));
        return the_one.get();
    }

    tls::SslHandle ssl_;
    BIO* input_;  // owned by ssl_
    BIO* output_; // owned by ssl_
};

// Damage on the way from the client to the server: four octets each say where, how and by what.
class Damage {
public:
    explicit Damage(std::string_view text) {
        for (; text.size() >= 4; text.remove_prefix(4))
            edits_.push_back({static_cast<std::size_t>(octet(text[0]) << 8U | octet(text[1])), octet(text[2]) % 3U,
                              static_cast<char>(text[3])});
    }

    std::string passed(std::string_view bytes) {
        std::string result;
        for (const char passing : bytes) {
            bool kept = true;
            char by = 0;
            for (const Edit& edit : edits_) {
                if (edit.at != place_)
                    continue;
                if (edit.how == 0)
                    by = static_cast<char>(by ^ edit.by);
                else if (edit.how == 1)
                    kept = false;
                else
                    result += edit.by;
                done_ = done_ || edit.how != 0 || edit.by != 0;
            }
            if (kept)
                result += static_cast<char>(passing ^ by);
            ++place_;
        }
        return result;
    }

    bool done() const { return done_; }

private:
    struct Edit {
        std::size_t at;
        unsigned how;
        char by;
    };

    static unsigned octet(char c) { return static_cast<unsigned char>(c); }

    std::vector<Edit> edits_;
    std::size_t place_ = 0; // in all that the client has sent
    bool done_ = false;
};

void converse(int version, std::size_t piece, Damage damage) {
    tls::Channel channel(authority());
    Client client(version);
    std::string said;
    std::string heard;
    for (int turn = 0; turn < 6; ++turn) {
        if (client.shake_hands() && said.empty())
            for (const std::string& text :
                 {std::string("EHLO fuzz\r\n"), std::string(300, 'x'), std::string("QUIT\r\n")}) {
                client.say(text);
                said += text;
            }
        const std::string bytes = damage.passed(client.take_output());
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            channel.on_bytes(std::string_view(bytes).substr(at, piece));
            client.on_bytes(advance(channel));
            heard += channel.take_plain();
        }
    }
    POSTFAULT_CHECK(said.starts_with(heard), "what is taken is what was said, from its beginning");
    POSTFAULT_CHECK(damage.done() || heard == said, "what nobody has damaged comes whole");
    POSTFAULT_CHECK((channel.state() == State::failed) == !channel.error().empty(), "a failure has a reason");
    if (channel.state() != State::established)
        return;
    POSTFAULT_CHECK(!channel.seal("221 bye\r\n").empty() && !channel.close_notify().empty() &&
                        !channel.alert(80).empty() && channel.alert(80).empty(),
                    "who has shaken hands can say and close, and nothing behind an alert");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    // How long the pieces are, 0 = all at once.
    const std::size_t piece = data[1] == 0 ? SIZE_MAX / 2 : data[1];
    if ((data[0] & 1U) == 0)
        converse((data[0] & 2U) == 0 ? TLS1_3_VERSION : TLS1_2_VERSION, piece, Damage(rest));
    else
        POSTFAULT_CHECK(listen(rest, SIZE_MAX / 2) == listen(rest, piece), "pieces make no difference");
    return 0;
}
