#pragma once

#include "fakeserver/base/script.hpp"
#include "fakeserver/protocol/dot_text.hpp"
#include "fakeserver/protocol/input.hpp"
#include "fakeserver/protocol/service.hpp"

#include <map>

namespace postfault::protocol::script {

// A server that says what a script says, on one connection. A client that says something else than the script expects
// is told nothing more: the step has the problem, and the connection ends. When the script is over the server says
// nothing more, and hears what comes.
class Session final : public protocol::Session {
public:
    using Stored = std::vector<std::shared_ptr<const protocol::Stored>>;

    Session(const Script& script, Stored& stored); // both outlive the session

    void on_connected() override { state_ = State::connected; }

    void on_bytes(std::string_view bytes) override { input_.add(bytes); }

    void on_secured() override {}

    std::optional<Step> next_step() override;
    void answer_with(std::string reply) override;

    void discard() override { says_.clear(); }

    // Scripts count lines, not octets.
    void watch_body(std::vector<std::uint64_t>) override {}

    bool in_upload() const override { return turn_ < script_.turns.size() && script_.turns[turn_].uploads; }

    std::string_view unread() const override { return input_.unread(); }

    std::uint64_t dropped() const override { return input_.dropped(); }

private:
    enum class State { created, connected, listening, heard, stored, lost, closed };

    std::optional<Step> listen();
    std::optional<Step> take_upload(const Script::Turn& turn);
    Step hear(const Line& line, const Script::Turn& turn);
    Step store();
    std::optional<Step> answer();

    const Script& script_;
    Stored& stored_;
    Input input_;
    State state_ = State::created;
    std::size_t turn_ = 0;
    std::string subject_; // of what was heard last
    std::string says_;    // in answer to it
    DotReader upload_;
};

class Service final : public protocol::Service {
public:
    explicit Service(Script script) : script_(std::move(script)) {}

    std::unique_ptr<protocol::Session> open() override { return std::make_unique<Session>(script_, stored_); }

    const std::vector<std::shared_ptr<const Stored>>& stored() const override { return stored_; }

private:
    Script script_;
    std::vector<std::shared_ptr<const Stored>> stored_;
};

} // namespace postfault::protocol::script
