#include "fakeserver/protocol/line_session.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/base/text.hpp"

#include <algorithm>
#include <utility>

namespace postfault::protocol {

namespace {

constexpr std::size_t longest_verb = 32;

constexpr std::string_view blanks = " \t";

std::string verb_of(std::string_view line) {
    const std::size_t start = std::min(line.find_first_not_of(blanks), line.size());
    const std::size_t end = line.find_first_of(blanks, start);
    std::string verb =
        to_upper(line.substr(start, end == std::string_view::npos ? end : end - start).substr(0, longest_verb));
    std::replace_if(
        verb.begin(), verb.end(), [](char letter) { return letter < '!' || letter > '~'; }, '?');
    return verb;
}

Step received(std::string subject, std::string text = {}) {
    Step step;
    step.kind = Step::Kind::received;
    step.subject = std::move(subject);
    step.text = std::move(text);
    return step;
}

Step reply(std::string subject, std::string text) {
    Step step;
    step.kind = Step::Kind::reply;
    step.subject = std::move(subject);
    step.text = std::move(text);
    return step;
}

} // namespace

std::string_view Command::arguments() const {
    const std::string_view text = trimmed(line.text);
    const std::size_t end = text.find_first_of(blanks);
    return end == std::string_view::npos ? std::string_view{} : trimmed(text.substr(end));
}

bool LineSession::Ruling::lets(const std::string& correct) const {
    if (discarded)
        return false;
    return !reply || reply->substr(0, 1) == correct.substr(0, 1);
}

void LineSession::on_connected() {
    POSTFAULT_CHECK(state_ == State::created, "a session has one connection");
    state_ = State::connected;
}

void LineSession::on_bytes(std::string_view bytes) {
    if (state_ != State::closed)
        input_.add(bytes);
}

std::optional<Step> LineSession::next_step() {
    // Every turn takes input, gives up a ruling or changes the state for good, so this ends.
    for (;;) {
        std::optional<Step> step;
        switch (state_) {
        case State::created:
        case State::closed:
            return std::nullopt;
        case State::connected:
            state_ = State::at_greeting;
            return received("greeting");
        case State::at_greeting:
            step = settle_greeting();
            break;
        case State::commanding:
            return read_command();
        case State::at_command:
            step = settle_command();
            break;
        case State::uploading:
            step = read_upload();
            if (!step && state_ == State::uploading)
                return std::nullopt;
            break;
        case State::at_dot:
            step = settle_upload();
            break;
        case State::at_accepted:
            step = settle_accepted();
            break;
        case State::closing:
            state_ = State::closed;
            step.emplace();
            step->kind = Step::Kind::close;
            step->subject = command_.verb;
            break;
        }
        if (step)
            return step;
    }
}

void LineSession::answer_with(std::string reply_lines) {
    const bool may = state_ == State::at_greeting || state_ == State::at_command || state_ == State::at_dot ||
                     state_ == State::at_accepted;
    POSTFAULT_CHECK(may, "only what was received and not answered yet can be answered otherwise");
    ruling_ = {std::move(reply_lines), false};
}

void LineSession::discard() {
    const bool may = state_ == State::at_greeting || state_ == State::at_command || state_ == State::at_dot ||
                     state_ == State::at_accepted || state_ == State::uploading;
    POSTFAULT_CHECK(may, "only what was received and not answered yet can be discarded");
    if (state_ == State::uploading) {
        upload_discarded_ = true;
        upload_.drop();
        return;
    }
    ruling_ = {std::nullopt, true};
}

void LineSession::watch_body(std::vector<std::uint64_t> offsets) {
    POSTFAULT_CHECK(std::is_sorted(offsets.begin(), offsets.end()), "watched offsets ascend");
    watched_ = std::move(offsets);
}

std::optional<Step> LineSession::settle_greeting() {
    Ruling ruling = std::exchange(ruling_, {});
    state_ = State::commanding;
    if (ruling.discarded)
        return std::nullopt;
    return reply("greeting", ruling.reply ? std::move(*ruling.reply) : greeting());
}

std::optional<Step> LineSession::read_command() {
    std::optional<Line> line = input_.take_line(limits_.line);
    if (!line)
        return std::nullopt;
    command_ = {verb_of(line->text), std::move(*line)};
    state_ = State::at_command;
    return received(command_.verb, command_.line.text);
}

std::optional<Step> LineSession::settle_command() {
    Ruling ruling = std::exchange(ruling_, {});
    state_ = State::commanding;
    if (ruling.discarded)
        return std::nullopt;
    Answer correct = answer(command_);
    if (ruling.lets(correct.reply)) {
        if (correct.effect)
            correct.effect();
        if (correct.then == Answer::Then::close)
            state_ = State::closing;
        if (correct.then == Answer::Then::upload) {
            state_ = State::uploading;
            upload_ = DotReader(limits_.upload);
            upload_discarded_ = false;
            watched_from_ = 0;
        }
    }
    return reply(command_.verb, std::move(ruling.reply ? *ruling.reply : correct.reply));
}

// Nothing if the input is used up, or if a discarded upload has ended.
std::optional<Step> LineSession::read_upload() {
    for (;;) {
        const auto watch =
            std::lower_bound(watched_.begin(), watched_.end(), std::max(upload_.octets(), watched_from_));
        if (watch != watched_.end() && *watch == upload_.octets()) {
            watched_from_ = *watch + 1;
            Step step;
            step.kind = Step::Kind::body;
            step.subject = "body";
            step.offset = *watch;
            return step;
        }
        if (upload_.ended())
            break;
        std::string_view octets = input_.unread();
        if (octets.empty())
            return std::nullopt;
        if (watch != watched_.end())
            octets = octets.substr(0, std::min<std::uint64_t>(*watch - upload_.octets(), octets.size()));
        input_.take(upload_.take(octets));
    }
    if (upload_discarded_) {
        end_upload();
        return std::nullopt;
    }
    state_ = State::at_dot;
    Step step = received("dot");
    step.offset = upload_.octets();
    return step;
}

std::optional<Step> LineSession::settle_upload() {
    Ruling ruling = std::exchange(ruling_, {});
    if (ruling.discarded) {
        end_upload();
        return std::nullopt;
    }
    Receipt correct = receive(upload_.text(), upload_.too_large());
    const bool stores = correct.store && ruling.lets(correct.reply);
    receipt_ = std::move(ruling.reply ? *ruling.reply : correct.reply);
    if (!stores) {
        end_upload();
        return reply("dot", std::exchange(receipt_, {}));
    }
    Step step = received("accepted");
    step.offset = upload_.octets();
    step.stored = correct.store();
    end_upload();
    state_ = State::at_accepted;
    return step;
}

std::optional<Step> LineSession::settle_accepted() {
    Ruling ruling = std::exchange(ruling_, {});
    state_ = State::commanding;
    std::string correct = std::exchange(receipt_, {});
    if (ruling.discarded)
        return std::nullopt;
    return reply("accepted", ruling.reply ? std::move(*ruling.reply) : std::move(correct));
}

void LineSession::end_upload() {
    upload_.drop();
    state_ = State::commanding;
    on_upload_over();
}

} // namespace postfault::protocol
