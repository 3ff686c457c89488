#pragma once

#include "fakeserver/base/rng.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::test {

// For failure messages and for comparing whole conversations.
inline std::string to_string(const protocol::Step& step) {
    using Kind = protocol::Step::Kind;
    std::string text;
    switch (step.kind) {
    case Kind::received:
        text = "received ";
        break;
    case Kind::reply:
        text = "reply ";
        break;
    case Kind::body:
        text = "body ";
        break;
    case Kind::upgrade:
        text = "upgrade ";
        break;
    case Kind::chosen:
        text = "chosen ";
        break;
    case Kind::close:
        text = "close ";
        break;
    }
    text += step.subject + " @" + std::to_string(step.offset) + " \"" + escaped(step.text) + '"';
    if (step.stored)
        text += " stored " + step.stored->message_id + " \"" + escaped(step.stored->content) + '"';
    return text;
}

// A conversation with a session as a list:
// `expect(session).reply("greeting", "220").client("EHLO a\r\n").reply("EHLO", "250-")`.
class Conversation {
public:
    explicit Conversation(protocol::Session& session) : session_(session) {}

    Conversation& connected() {
        session_.on_connected();
        return *this;
    }

    Conversation& client(std::string_view bytes) {
        session_.on_bytes(bytes);
        return *this;
    }

    // Leaves the subject unanswered, for answer_with() and discard().
    Conversation& received(std::string_view subject) {
        const protocol::Step step = take();
        INFO("expected received " << subject << ", got " << to_string(step));
        REQUIRE(step.kind == protocol::Step::Kind::received);
        REQUIRE(step.subject == subject);
        pending_ = subject;
        last_ = step;
        return *this;
    }

    Conversation& answer_with(std::string reply) {
        session_.answer_with(std::move(reply));
        return *this;
    }

    Conversation& discard() {
        session_.discard();
        pending_.clear();
        return *this;
    }

    // The subject is received first, unless that was asked for before.
    Conversation& reply(std::string_view subject, std::string_view start) {
        if (pending_ != subject)
            received(subject);
        pending_.clear();
        const protocol::Step step = take();
        INFO("expected reply " << subject << " " << start << ", got " << to_string(step));
        REQUIRE(step.kind == protocol::Step::Kind::reply);
        REQUIRE(step.subject == subject);
        REQUIRE(step.text.starts_with(start));
        CHECK(step.text.ends_with("\r\n"));
        last_ = step;
        return *this;
    }

    // A client line and the start of its reply.
    Conversation& ask(std::string_view line, std::string_view start) {
        INFO("client: " << escaped_excerpt(line));
        client(std::string(line) + "\r\n");
        std::string verb = to_upper(line.substr(0, line.find(' ')));
        return reply(verb, start).nothing();
    }

    // A whole upload that is accepted.
    Conversation& upload(std::string_view bytes, std::string_view start) {
        return client(bytes).received("dot").received("accepted").reply("accepted", start).nothing();
    }

    Conversation& body(std::uint64_t offset) {
        const protocol::Step step = take();
        INFO("expected body " << offset << ", got " << to_string(step));
        REQUIRE(step.kind == protocol::Step::Kind::body);
        REQUIRE(step.offset == offset);
        return *this;
    }

    Conversation& close() {
        const protocol::Step step = take();
        INFO("expected close, got " << to_string(step));
        REQUIRE(step.kind == protocol::Step::Kind::close);
        return nothing();
    }

    Conversation& nothing() {
        const auto step = session_.next_step();
        INFO("expected nothing, got " << (step ? to_string(*step) : ""));
        REQUIRE(!step);
        return *this;
    }

    const protocol::Step& last() const { return last_; }

private:
    protocol::Step take() {
        auto step = session_.next_step();
        REQUIRE(step.has_value());
        return *step;
    }

    protocol::Session& session_;
    std::string pending_;
    protocol::Step last_;
};

inline Conversation expect(protocol::Session& session) { return Conversation(session); }

// A service and one session of it.
template <class Service>
struct Opened {
    std::unique_ptr<Service> service;
    std::unique_ptr<protocol::Session> session;

    Conversation talk() const { return Conversation(*session); }

    const std::vector<std::shared_ptr<const protocol::Stored>>& stored() const { return service->stored(); }
};

template <class Service, class Settings>
Opened<Service> opened(Settings settings) {
    auto service = std::make_unique<Service>(std::move(settings));
    auto session = service->open();
    return {std::move(service), std::move(session)};
}

// As opened(), with the greeting and the replies to these lines behind it, all of which begin with a 2.
template <class Service, class Settings>
Opened<Service> opened_at(const std::vector<std::string>& lines, Settings settings) {
    auto result = opened<Service>(std::move(settings));
    auto talk = result.talk().connected().reply("greeting", "2");
    for (const std::string& line : lines)
        talk.ask(line, "2");
    return result;
}

// The replies that the input brings about on a connection, greeting first.
inline std::vector<std::string> replies_to(protocol::Session& session, std::string_view input) {
    std::vector<std::string> replies;
    session.on_connected();
    session.on_bytes(input);
    while (const auto step = session.next_step())
        if (step->kind == protocol::Step::Kind::reply)
            replies.push_back(step->text);
    return replies;
}

// What a client says in a conformance walk is a good start for a fuzzer: with POSTFAULT_WRITE_SEEDS=DIR in the
// environment it is written to DIR/target/name.
inline void keep_seed(const std::string& target, const std::string& name, std::string_view client) {
    const char* const folder = std::getenv("POSTFAULT_WRITE_SEEDS");
    if (folder == nullptr)
        return;
    const auto place = std::filesystem::path(folder) / target;
    std::filesystem::create_directories(place);
    std::ofstream file(place / name, std::ios::binary | std::ios::trunc);
    file.write(client.data(), static_cast<std::streamsize>(client.size()));
    CHECK(file.good());
}

// Every step that is due now, in print.
inline std::vector<std::string> drain(protocol::Session& session) {
    std::vector<std::string> steps;
    while (const auto step = session.next_step())
        steps.push_back(to_string(*step));
    return steps;
}

// The steps of a fresh session of `open()` that is fed the input in pieces of at most `longest` octets, random ones if
// there is an Rng.
template <class Open>
std::vector<std::string> steps_of(Open open, std::string_view input, std::size_t longest, Rng* rng = nullptr) {
    auto [service, session] = open();
    session->on_connected();
    std::vector<std::string> steps = drain(*session);
    while (!input.empty()) {
        const std::size_t wanted = rng == nullptr ? longest : 1 + static_cast<std::size_t>(rng->below(longest));
        const std::size_t size = std::min(wanted, input.size());
        session->on_bytes(input.substr(0, size));
        input.remove_prefix(size);
        for (std::string& step : drain(*session))
            steps.push_back(std::move(step));
    }
    return steps;
}

// Whole, byte by byte, and in random pieces: the same steps.
template <class Open>
void check_splits(Open open, std::string_view input) {
    const auto whole = steps_of(open, input, std::max<std::size_t>(input.size(), 1));
    CHECK(steps_of(open, input, 1) == whole);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Rng rng(seed);
        CHECK(steps_of(open, input, 2 + static_cast<std::size_t>(rng.below(60)), &rng) == whole);
    }
}

} // namespace postfault::test
