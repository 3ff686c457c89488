#pragma once

#include "client_under_test/driver/clock.hpp"
#include "client_under_test/driver/endpoint.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace refclient {

using namespace std::chrono_literals;

// A loopback port. Without listening it refuses; listening without accept() it is a server that never speaks.
class Port {
public:
    explicit Port(bool listening, int receive_buffer = 0) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (receive_buffer > 0)
            ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) == 0);
        if (listening)
            REQUIRE(::listen(descriptor_, 8) == 0);
        REQUIRE(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
        number_ = ntohs(address.sin_port);
    }

    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    ~Port() { ::close(descriptor_); }

    Endpoint endpoint() const { return {"127.0.0.1", number_}; }

    int accept() const { return ::accept(descriptor_, nullptr, nullptr); }

private:
    int descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t number_ = 0;
};

// What the server sees of the client's side of a connection within two seconds.
enum class Seen { nothing, fin, reset };

inline Seen watch(int descriptor, Duration patience = 2s) {
    const Instant end = now() + patience;
    std::array<char, 4096> buffer{};
    for (;;) {
        pollfd polled{descriptor, POLLIN, 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now());
        if (left.count() <= 0 || ::poll(&polled, 1, static_cast<int>(left.count())) == 0)
            return Seen::nothing;
        const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (count < 0)
            return Seen::reset;
        if (count == 0)
            return Seen::fin;
    }
}

inline void say(int descriptor, std::string_view text) { ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL); }

// Reads up to and including `end`; false at the end of the stream.
inline bool hear(int descriptor, std::string_view end) {
    std::string text;
    char c = 0;
    while (!text.ends_with(end)) {
        if (::recv(descriptor, &c, 1, 0) != 1)
            return false;
        text += c;
    }
    return true;
}

} // namespace refclient
