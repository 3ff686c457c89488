#pragma once

#include "harness/process/reap.hpp"
#include "harness/process/spawn.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postfault::observe {

// A listening socket on loopback, and the connections it took.
class Listener {
public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t length = sizeof(address);
        REQUIRE(::bind(fd_.get(), generic, length) == 0);
        REQUIRE(::listen(fd_.get(), 10) == 0);
        REQUIRE(::getsockname(fd_.get(), generic, &length) == 0);
        port_ = ntohs(address.sin_port);
    }

    std::uint16_t port() const { return port_; }

    process::UniqueFd accept() const { return process::UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

private:
    process::UniqueFd fd_;
    std::uint16_t port_ = 0;
};

// A Python program that says `ready` just before it waits; killed at the end of the test.
class Client {
public:
    explicit Client(const std::string& script) : child_(start(script)) {
        std::string line;
        while (!line.ends_with('\n')) {
            pollfd ready{child_.out.get(), POLLIN, 0};
            REQUIRE(::poll(&ready, 1, 20000) == 1);
            char byte = 0;
            REQUIRE(::read(child_.out.get(), &byte, 1) == 1);
            line += byte;
        }
        line_ = line.substr(0, line.size() - 1);
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    ~Client() {
        ::kill(child_.pid, SIGKILL);
        pollfd dead{child_.pidfd.get(), POLLIN, 0};
        ::poll(&dead, 1, 20000);
        process::try_reap(child_.pid);
    }

    pid_t pid() const { return child_.pid; }

    const std::string& first_line() const { return line_; }

private:
    static process::Child start(const std::string& script) {
        process::SpawnSpec spec;
        spec.argv = {"python3", "-c", "import os, select, signal, socket, sys, threading, time\n" + script};
        spec.env = {"PATH=/usr/local/bin:/usr/bin:/bin"};
        auto made = process::spawn(spec);
        INFO(made.problem());
        REQUIRE(made);
        return made.take();
    }

    process::Child child_;
    std::string line_;
};

} // namespace postfault::observe
