#include "fakeserver/protocol/line_session.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"

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

void LineSession::on_secured() {
    POSTFAULT_CHECK(state_ != State::upgrading, "TLS is up only after it has begun");
    secured_ = true;
    if (state_ == State::securing)
        state_ = State::commanding;
    forget_client();
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
        case State::upgrading:
            state_ = State::securing;
            step.emplace();
            step->kind = Step::Kind::upgrade;
            step->subject = command_.verb;
            step->text = input_.unread();
            input_.take(step->text.size());
            break;
        case State::securing:
            return std::nullopt;
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
        upload_spoiled_ = true;
        part_reply_.reset();
        upload_.drop();
        return;
    }
    ruling_ = {std::nullopt, true};
}

Facts LineSession::facts() const {
    Facts facts = known(state_ == State::at_command ? &command_ : nullptr);
    if (state_ == State::at_dot)
        if (std::string id = message_id(upload_.text()); !id.empty())
            facts.message_id = std::move(id);
    return facts;
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
    std::optional<Line> line = input_.take_line(continued_ ? limits_.response : limits_.line);
    if (!line)
        return std::nullopt;
    const std::optional<std::string> verb = std::exchange(continued_, std::nullopt);
    command_ = {verb.value_or(verb_of(line->text)), std::move(*line), verb.has_value()};
    state_ = State::at_command;
    Step step = received(command_.verb, shown(command_));
    step.dropped = command_.line.dropped;
    return step;
}

std::optional<Step> LineSession::settle_command() {
    Ruling ruling = std::exchange(ruling_, {});
    state_ = State::commanding;
    Answer correct = answer(command_);
    if (correct.ahead) {
        read_ahead(std::move(correct), std::move(ruling));
        return std::nullopt;
    }
    if (ruling.discarded)
        return std::nullopt;
    if (ruling.lets(correct.reply)) {
        if (correct.effect)
            correct.effect();
        if (correct.then == Answer::Then::close)
            state_ = State::closing;
        if (correct.then == Answer::Then::upgrade) {
            // RFC 8143 section 4: commands sent in the clear behind this one are never carried out.
            input_ = Input{};
            state_ = State::upgrading;
        }
        if (correct.then == Answer::Then::upload)
            begin_upload(Upload(DotReader(limits_.upload)));
    }
    std::string text = std::move(ruling.reply ? *ruling.reply : correct.reply);
    if (state_ == State::commanding && goes_on(command_, text))
        continued_ = command_.verb;
    return reply(command_.verb, std::move(text));
}

void LineSession::begin_upload(Upload upload) {
    state_ = State::uploading;
    upload_ = std::move(upload);
    upload_begun_ = true;
    upload_spoiled_ = false;
    part_is_last_ = true;
    part_reply_.reset();
    part_overruled_ = false;
    watched_from_ = 0;
}

void LineSession::read_ahead(Answer&& correct, Ruling&& ruling) {
    const Answer::Ahead& ahead = *correct.ahead;
    const bool takes = !ahead.refused && ruling.lets(correct.reply);
    if (!upload_begun_)
        begin_upload(ahead.octets ? Upload(ChunkReader(limits_.upload)) : Upload(DotReader(limits_.upload)));
    state_ = State::uploading;
    if (ahead.octets) {
        POSTFAULT_CHECK(upload_.chunks() != nullptr, "a protocol has either chunks or dots in one upload");
        upload_.chunks()->begin_chunk(*ahead.octets);
    }
    part_is_last_ = ahead.last;
    part_overruled_ = ruling.reply.has_value();
    part_reply_.reset();
    if (!ruling.discarded)
        part_reply_ = std::move(ruling.reply ? *ruling.reply : correct.reply);
    if (!takes) {
        upload_spoiled_ = true;
        upload_.drop();
    } else if (correct.effect)
        correct.effect();
}

// Nothing if the input is used up, or if what has ended gets no reply.
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
    if (upload_spoiled_ || !part_is_last_)
        return settle_part();
    state_ = State::at_dot;
    Step step = received("dot");
    step.offset = upload_.octets();
    step.dropped = upload_.too_large() ? upload_.octets() : 0;
    return step;
}

// The end of octets that do not lead to a message: of a chunk that is not the last, or of an upload that is lost.
std::optional<Step> LineSession::settle_part() {
    std::optional<std::string> text = std::exchange(part_reply_, std::nullopt);
    const bool overruled = std::exchange(part_overruled_, false);
    state_ = State::commanding;
    if (part_is_last_)
        end_upload();
    else if (!upload_spoiled_ && upload_.too_large()) {
        upload_spoiled_ = true;
        if (!overruled)
            text = receive(upload_.text(), true).reply;
    }
    if (!text)
        return std::nullopt;
    return reply(command_.verb, std::move(*text));
}

std::optional<Step> LineSession::settle_upload() {
    Ruling ruling = std::exchange(ruling_, {});
    std::optional<std::string> ordered = std::exchange(part_reply_, std::nullopt);
    if (std::exchange(part_overruled_, false) && !ruling.reply)
        ruling.reply = std::move(ordered);
    if (ruling.discarded) {
        end_upload();
        return std::nullopt;
    }
    Receipt correct = receive(upload_.text(), upload_.too_large());
    // What is stored is accepted, whatever the first of several replies says (RFC 2033 4.2).
    const bool stores = correct.store && ruling.lets("2");
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
    forget_upload();
    state_ = State::commanding;
    on_upload_over();
}

void LineSession::forget_upload() {
    upload_.drop();
    upload_begun_ = false;
    upload_spoiled_ = false;
}

} // namespace postfault::protocol
