#include "fakeserver/protocol/script/session.hpp"

#include "fakeserver/base/glob.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"

#include <fmt/format.h>

#include <utility>

namespace postfault::protocol::script {

namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr std::uint64_t largest_upload = std::uint64_t{64} << 20;

Step received(std::string subject, std::string text) {
    Step step;
    step.subject = std::move(subject);
    step.text = std::move(text);
    return step;
}

} // namespace

Session::Session(const Script& script, Stored& stored)
    : script_(script), stored_(stored), upload_(DotReader(largest_upload)) {}

std::optional<Step> Session::next_step() {
    switch (state_) {
    case State::created:
    case State::closed:
        break;
    case State::connected:
        subject_ = script_.turns.front().subject;
        says_ = script_.turns.front().says;
        state_ = State::heard;
        return received(subject_, "");
    case State::listening:
        return listen();
    case State::heard:
        if (in_upload() && script_.turns[turn_].stores)
            return store();
        return answer();
    case State::stored:
        return answer();
    case State::lost: {
        state_ = State::closed;
        Step step;
        step.kind = Step::Kind::close;
        step.subject = subject_;
        return step;
    }
    }
    return std::nullopt;
}

void Session::answer_with(std::string reply) { says_ = std::move(reply); }

std::optional<Step> Session::listen() {
    if (in_upload())
        return take_upload(script_.turns[turn_]);
    const auto line = input_.take_line(longest_line);
    if (!line)
        return std::nullopt;
    if (turn_ < script_.turns.size())
        return hear(*line, script_.turns[turn_]);
    // The script is over; what still comes is told and not answered.
    return received(to_upper(line->text.substr(0, std::min<std::size_t>(line->text.find(' '), 32))), line->text);
}

Step Session::hear(const Line& line, const Script::Turn& turn) {
    subject_ = turn.subject;
    says_ = turn.says;
    state_ = State::heard;
    Step step = received(subject_, line.text);
    if (!line.too_long && matches_glob(line.text, turn.hears, Letters::either_case))
        return step;
    step.problem = fmt::format("line {} of the script expects '{}'", turn.line, escaped(turn.hears));
    step.subject = to_upper(line.text.substr(0, std::min<std::size_t>(line.text.find(' '), 32)));
    subject_ = step.subject;
    state_ = State::lost;
    return step;
}

std::optional<Step> Session::take_upload(const Script::Turn& turn) {
    input_.take(upload_.take(input_.unread()));
    if (!upload_.ended())
        return std::nullopt;
    subject_ = turn.subject;
    says_ = turn.says;
    state_ = State::heard;
    Step step = received(subject_, "");
    step.offset = upload_.octets();
    return step;
}

Step Session::store() {
    protocol::Stored message;
    message.content = std::exchange(upload_, DotReader(largest_upload)).release_text();
    message.message_id = message_id(message.content);
    Step step = received("accepted", "");
    step.stored = stored_.emplace_back(std::make_shared<const protocol::Stored>(std::move(message)));
    subject_ = "accepted";
    state_ = State::stored;
    return step;
}

std::optional<Step> Session::answer() {
    if (in_upload())
        upload_ = DotReader(largest_upload);
    ++turn_;
    state_ = State::listening;
    if (says_.empty())
        return listen();
    Step step;
    step.kind = Step::Kind::reply;
    step.subject = subject_;
    step.text = std::exchange(says_, {});
    return step;
}

} // namespace postfault::protocol::script
