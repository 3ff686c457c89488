#pragma once

#include "tests/support/tls_server.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace refclient::test {

// A mail server between two buffers that is only as good as the tests of TLS need it: lock-step, one message, every
// command taken. It begins in the clear or with TLS, and can be told to answer otherwise.
class TlsMailServer {
public:
    explicit TlsMailServer(bool implicit, SSL_CTX& context = good_context()) : context_(context) {
        if (implicit)
            tls_.emplace(context_);
        else
            say("220 test\r\n");
        greeted_ = !implicit;
    }

    void on_bytes(std::string_view bytes) {
        if (!tls_) {
            heard_ += bytes;
            in_the_clear += bytes;
            return read_lines();
        }
        tls_->on_bytes(bytes);
        if (tls_->established() && !std::exchange(greeted_, true))
            say("220 test\r\n");
        heard_ += tls_->take_heard();
        read_lines();
        if (tls_)
            output_ += tls_->take_output();
    }

    std::string take_output() { return std::exchange(output_, {}); }

    bool secure() const { return tls_ && tls_->established(); }

    bool client_said_close() const { return tls_ && tls_->client_said_close(); }

    void say_close() {
        tls_->say_close();
        output_ += tls_->take_output();
    }

    // What a test may set before the conversation.
    std::string hello_in_clear = "250-test\r\n250 STARTTLS\r\n";
    std::string hello_secure = "250 test\r\n";
    std::string starttls_reply = "220 go\r\n"; // with whatever stands behind it
    std::string dot_reply = "250 stored\r\n";
    bool closes_after_quit = true; // with close_notify
    bool records_of_one = false;   // each octet is a record of its own

    // What came of it.
    std::size_t stored = 0;
    std::string in_the_clear; // all that the client has said without TLS, its first flight of the handshake not
    std::string commands;     // first words, with blanks between

private:
    void say(std::string_view text) {
        if (text.empty())
            return;
        if (!tls_) {
            output_ += text;
        } else if (records_of_one) {
            for (const char& c : text)
                tls_->say({&c, 1});
        } else {
            tls_->say(text);
        }
    }

    void read_lines() {
        for (std::size_t end = 0; (end = heard_.find("\r\n")) != std::string::npos;) {
            const std::string line = heard_.substr(0, end);
            heard_.erase(0, end + 2);
            on_line(line);
        }
    }

    void on_line(const std::string& line) {
        if (in_message_) {
            if (line != ".")
                return;
            in_message_ = false;
            stored += dot_reply.starts_with("250") ? 1 : 0;
            return say(dot_reply);
        }
        const std::string verb = line.substr(0, line.find_first_of(" :"));
        commands += verb + " ";
        if (verb == "EHLO")
            return say(tls_ ? hello_secure : hello_in_clear);
        if (verb == "STARTTLS") {
            say(starttls_reply);
            if (starttls_reply.starts_with("220"))
                tls_.emplace(context_);
            return;
        }
        in_message_ = verb == "DATA";
        say(in_message_ ? "354 go\r\n" : verb == "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
        if (verb == "QUIT" && tls_ && closes_after_quit)
            tls_->say_close();
    }

    SSL_CTX& context_;
    std::optional<TlsServer> tls_;
    bool greeted_ = false;
    bool in_message_ = false;
    std::string heard_;
    std::string output_;
};

} // namespace refclient::test
