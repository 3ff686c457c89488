#include "fakeserver/base/tls_words.hpp"
#include "fakeserver/tls/record.hpp"
#include "tests/unit/tls/tls_client.hpp"

#include <ctime>
#include <tuple>

using namespace postfault;
using tls::Channel;
using State = tls::Channel::State;

namespace {

// Making keys is what takes time here.
tls::Authority& authority() {
    static tls::Authority the_one(std::time(nullptr));
    return the_one;
}

struct Met {
    explicit Met(int version = TLS1_3_VERSION, const char* ciphers = nullptr)
        : channel(authority()), client(authority(), version, ciphers) {
        test::meet(channel, client);
        REQUIRE(channel.state() == State::established);
    }

    Channel channel;
    test::TlsClient client;
};

std::size_t records_in(std::string_view bytes) {
    std::size_t count = 0;
    for (; bytes.size() >= 5; ++count) {
        const auto size =
            static_cast<std::size_t>(static_cast<unsigned char>(bytes[3])) << 8U | static_cast<unsigned char>(bytes[4]);
        bytes.remove_prefix(std::min(bytes.size(), 5 + size));
    }
    return count;
}

} // namespace

TEST_CASE("a channel stops when the ClientHello is whole", "[tls][channel]") {
    Channel channel(authority());
    test::TlsClient client(authority());
    client.shake_hands();
    const std::string hello = client.take_output();
    channel.on_bytes(hello.substr(0, hello.size() - 1));
    CHECK(channel.advance() == State::waiting);
    CHECK(channel.take_output().empty());
    channel.on_bytes(hello.substr(hello.size() - 1));
    CHECK(channel.advance() == State::at_hello);
    CHECK(channel.advance() == State::at_hello);
    CHECK(channel.server_name() == "localhost");
    CHECK(channel.take_output().empty());
    channel.go_on();
    CHECK(channel.state() == State::shaking_hands);
    CHECK_FALSE(channel.take_output().empty());
}

TEST_CASE("both versions shake hands and talk both ways", "[tls][channel]") {
    const auto [version, name] =
        GENERATE(std::make_tuple(TLS1_3_VERSION, "TLSv1.3"), std::make_tuple(TLS1_2_VERSION, "TLSv1.2"));
    Met met(version);
    CHECK(met.channel.version() == name);
    CHECK_FALSE(met.channel.cipher().empty());
    met.channel.on_bytes(met.client.seal("EHLO x\r\n"));
    CHECK(met.channel.take_plain() == "EHLO x\r\n");
    CHECK(met.channel.take_plain().empty());
    met.client.on_bytes(met.channel.seal("250 ok\r\n"));
    CHECK(met.client.read() == "250 ok\r\n");
    CHECK(met.channel.error().empty());
}

TEST_CASE("what comes octet by octet is the same", "[tls][channel]") {
    Channel channel(authority());
    test::TlsClient client(authority());
    for (int turn = 0; turn < 4; ++turn) {
        client.shake_hands();
        for (const char octet : client.take_output()) {
            channel.on_bytes({&octet, 1});
            if (channel.advance() == State::at_hello)
                channel.go_on();
        }
        client.on_bytes(channel.take_output());
    }
    REQUIRE(channel.state() == State::established);
    std::string heard;
    for (const char octet : client.seal("QUIT\r\n")) {
        channel.on_bytes({&octet, 1});
        heard += channel.take_plain();
    }
    CHECK(heard == "QUIT\r\n");
}

TEST_CASE("what the client says right behind its part of the handshake is not lost", "[tls][channel]") {
    Channel channel(authority());
    test::TlsClient client(authority());
    client.shake_hands();
    channel.on_bytes(client.take_output());
    channel.advance();
    channel.go_on();
    client.on_bytes(channel.take_output());
    REQUIRE(client.shake_hands() == 1);
    const std::string last = client.take_output();
    channel.on_bytes(last + client.seal("EHLO x\r\n"));
    CHECK(channel.advance() == State::established);
    CHECK(channel.take_plain() == "EHLO x\r\n");
}

TEST_CASE("a text is one record, unless it is longer than a record can be", "[tls][channel]") {
    Met met;
    CHECK(records_in(met.channel.seal("250 ok\r\n")) == 1);
    CHECK(records_in(met.channel.seal(std::string(16 * 1024, 'x'))) == 1);
    CHECK(records_in(met.channel.seal(std::string(16 * 1024 + 1, 'x'))) == 2);
    CHECK(met.channel.seal("").empty());
}

TEST_CASE("a version that is too old is refused with an alert", "[tls][channel]") {
    Channel channel(authority());
    test::TlsClient client(authority(), TLS1_1_VERSION, "DEFAULT@SECLEVEL=0");
    client.shake_hands();
    channel.on_bytes(client.take_output());
    REQUIRE(channel.advance() == State::at_hello);
    channel.go_on();
    CHECK(channel.state() == State::failed);
    client.on_bytes(channel.take_output());
    CHECK(client.shake_hands() == -1);
    CHECK(client.error == "tlsv1 alert protocol version");
}

TEST_CASE("plain text instead of a ClientHello fails", "[tls][channel]") {
    Channel channel(authority());
    channel.on_bytes("EHLO client.example\r\n");
    CHECK(channel.advance() == State::failed);
    CHECK_FALSE(channel.error().empty());
    channel.on_bytes("more"); // of no interest any more
    CHECK(channel.take_plain().empty());
    CHECK(channel.seal("x").empty());
    CHECK(channel.close_notify().empty());
}

TEST_CASE("an octet that was changed on the way is noticed", "[tls][channel]") {
    Met met;
    std::string record = met.client.seal("QUIT\r\n");
    record[8] = static_cast<char>(record[8] ^ 1);
    met.channel.on_bytes(record);
    CHECK(met.channel.take_plain().empty());
    CHECK(met.channel.state() == State::failed);
    CHECK_FALSE(met.channel.error().empty());
}

TEST_CASE("close_notify goes out once, and the client's is seen", "[tls][channel]") {
    Met met;
    met.client.on_bytes(met.channel.close_notify());
    CHECK(met.client.read().empty());
    CHECK(met.client.end == SSL_ERROR_ZERO_RETURN);
    CHECK(met.channel.close_notify().empty());
    CHECK_FALSE(met.channel.client_closed());
    met.channel.on_bytes(met.client.close());
    CHECK(met.channel.take_plain().empty());
    CHECK(met.channel.client_closed());
    CHECK(met.channel.state() == State::established);
}

TEST_CASE("an alert of any name reaches the client", "[tls][channel][alert]") {
    const auto [version, ciphers] = GENERATE(table<int, const char*>({
        {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
        {TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
        {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
    }));
    const auto [name, said] = GENERATE(table<std::string, std::string>({
        {"internal_error", "tlsv1 alert internal error"},
        {"access_denied", "tlsv1 alert access denied"},
    }));
    CAPTURE(version, ciphers, name);
    Met met(version, ciphers);
    // Records before it count.
    met.client.on_bytes(met.channel.seal("250 one\r\n"));
    met.client.on_bytes(met.channel.seal("250 two\r\n"));
    CHECK(met.client.read() == "250 one\r\n");
    CHECK(met.client.read() == "250 two\r\n");
    met.client.on_bytes(met.channel.alert(*alert_number(name)));
    CHECK(met.client.read().empty());
    CHECK(met.client.error == said);
    CHECK(met.channel.seal("x").empty());
    CHECK(met.channel.close_notify().empty());
    CHECK(met.channel.alert(80).empty());
}

TEST_CASE("an alert in answer to the ClientHello is in the clear", "[tls][channel][alert]") {
    Channel channel(authority());
    test::TlsClient client(authority());
    client.shake_hands();
    channel.on_bytes(client.take_output());
    REQUIRE(channel.advance() == State::at_hello);
    client.on_bytes(channel.alert(*alert_number("handshake_failure")));
    CHECK(client.shake_hands() == -1);
    CHECK(client.error == "sslv3 alert handshake failure");
}

TEST_CASE("alerts have one name and one number each", "[tls][alert]") {
    for (const Alert& alert : alerts()) {
        CHECK(alert_number(alert.name) == alert.number);
        CHECK(alert_name(alert.number) == alert.name);
    }
    CHECK_FALSE(alert_number("nonsense"));
    CHECK(alert_name(99) == "unknown alert");
    CHECK(is_closure(0));
    CHECK(is_closure(90));
    CHECK_FALSE(is_closure(80));
}

TEST_CASE("a cipher that cannot be imitated gives no record", "[tls][record]") {
    CHECK(tls::sealed_record({}, 0, 21, "x").empty());
    CHECK(tls::from_hexadecimal("0aFf") == "\x0a");
    CHECK(tls::from_hexadecimal("0aff7") == "\x0a\xff");
    Met met(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256");
    CHECK(met.channel.alert(80).empty());
}
