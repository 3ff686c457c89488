#include "client_under_test/conversation/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

namespace {

constexpr int go_ahead_code = 354; // any 3yz

} // namespace

Conversation::Conversation(const Policy& policy, ReplyForm form, int goodbye_code)
    : policy_(policy), reader_(form, policy.caps, policy.habits.reply_ends), goodbye_code_(goodbye_code) {}

void Conversation::set_trace(std::function<void(char, std::string_view)> trace) {
    trace_ = std::move(trace);
    reader_.set_trace([this](std::string_view line) {
        if (trace_)
            trace_('<', line);
    });
}

// ---- events ----

void Conversation::on_connected(Instant now) {
    if (activity_ != Activity::unconnected)
        return;
    now_ = now;
    if (policy_.habits.limit_counts == LimitCounts::from_connect && policy_.limits[Wait::greeting])
        last_moment_ = now + *policy_.limits[Wait::greeting];
    // RFC 8314 3.3: with implicit TLS the handshake comes before the first word.
    if (policy_.tls == TlsMode::implicit)
        return secure();
    wait_for_greeting();
}

void Conversation::on_bytes(std::string_view bytes, Instant now) {
    now_ = now;
    unread_ = bytes;
    while (!unread_.empty()) {
        switch (activity_) {
        case Activity::replying:
        case Activity::uploading:
        case Activity::final_reply:
        case Activity::resting:
        case Activity::quitting:
            read_reply();
            break;
        case Activity::downloading:
            read_block();
            break;
        case Activity::unconnected:
        case Activity::securing:
        case Activity::leaving:
        case Activity::over:
            unread_ = {};
            break;
        }
    }
}

void Conversation::on_written(std::size_t count, Instant now) {
    if (finished())
        return;
    now_ = now;
    count = std::min(count, output_.size() - written_);
    written_ += count;
    unconfirmed_ += count;
    const bool all = written_ == output_.size();
    if (all) {
        output_.clear();
        written_ = 0;
    }
    if (activity_ == Activity::uploading) {
        note_progress(count, all);
        if (!all)
            return;
        output_ = upload_();
        if (!output_.empty())
            return;
        upload_ = nullptr;
        if (!upload_is_last_)
            return await_chunk_reply();
        await_another_reply();
        if (early_answer_)
            on_reply(*std::exchange(early_answer_, std::nullopt));
    } else if (activity_ == Activity::leaving && all) {
        drop(std::move(result_), Ending::said_goodbye);
    }
}

void Conversation::on_backlog(std::size_t waiting, Instant now) {
    const std::size_t gone = unconfirmed_ > waiting ? unconfirmed_ - waiting : 0;
    unconfirmed_ = waiting;
    if (finished() || gone == 0)
        return;
    now_ = now;
    // A system buffers megabytes: on_written() may have been silent for long, or be over, while the peer reads slowly
    // but steadily. What leaves the buffer is the real progress; and the reply to the end of the message can only be
    // waited for from the moment when that end has left.
    if (activity_ == Activity::uploading)
        note_progress(gone, false);
    else if (activity_ == Activity::final_reply)
        arm(Wait::final_reply);
}

void Conversation::on_end_of_stream(Instant now) {
    if (finished() || policy_.end_of_stream == EndOfStream::try_again)
        return;
    now_ = now;
    if (policy_.habits.last_words == LastWords::quit && !pending_output().empty())
        return;
    if (activity_ == Activity::downloading && download_->on_end_of_stream())
        return on_downloaded(download_->take());
    if (work_is_over())
        return end_work(Ending::peer_closed, "the server closed the connection");
    // RFC 5321 3.8: a lost connection is to be treated like a 451.
    lose({outcome_if_lost(), fmt::format("the server closed the connection instead of {}{}", waited_for_, so_far())},
         Ending::peer_closed);
}

void Conversation::on_transport_error(std::string_view what, Instant now) {
    if (finished())
        return;
    now_ = now;
    if (has_last_words())
        return;
    if (work_is_over())
        return end_work(Ending::transport_error, what);
    lose({outcome_if_lost(), fmt::format("{} while waiting for {}{}", what, waited_for_, so_far())},
         Ending::transport_error);
}

void Conversation::on_secured(Instant now) {
    if (activity_ != Activity::securing)
        return;
    now_ = now;
    is_secure_ = true;
    if (policy_.tls == TlsMode::implicit)
        return wait_for_greeting();
    on_tls();
    if (!clear_octets_.empty())
        on_bytes(std::exchange(clear_octets_, {}), now);
}

void Conversation::on_insecure(std::string_view why, Instant now) {
    if (activity_ != Activity::securing)
        return;
    now_ = now;
    drop({Outcome::temp, fmt::format("{} failed: {}", waited_for_, why)}, Ending::gave_up);
}

void Conversation::on_time(Instant now) {
    if (finished() || !deadline_ || now < *deadline_)
        return;
    now_ = now;
    if (work_is_over())
        return end_work(Ending::timed_out, "timed out");
    if (wait_ == Wait::go_ahead && policy_.habits.go_ahead == GoAhead::is_taken_for_granted) {
        group_.clear();
        return on_reply({go_ahead_code, {""}});
    }
    const Duration limit = policy_.limits[wait_].value_or(Duration{});
    Result result{outcome_if_lost(),
                  fmt::format("timed out after {} waiting for {}{}", to_text(limit), waited_for_, so_far())};
    if (kept_ && policy_.habits.after_timeout == AfterTimeout::use_on)
        return rest_with(std::move(result));
    drop(std::move(result), Ending::timed_out);
}

bool Conversation::listens() const {
    return policy_.habits.listening_in_group == Listening::always || group_.size() < 2 || pending_output().empty();
}

void Conversation::leave(Instant now) {
    if (!resting())
        return;
    now_ = now;
    quit_with(std::move(result_));
}

// ---- inside ----

void Conversation::wait_for_greeting() {
    // RFC 5321 3.1, RFC 3977 5.1: the server speaks first.
    activity_ = Activity::replying;
    waited_for_ = "the greeting";
    arm(Wait::greeting);
    if (policy_.habits.first_word == FirstWord::ours) {
        greeting_is_due_ = true;
        on_reply({greeting_code(), {""}});
    }
}

void Conversation::read_reply() {
    switch (reader_.feed(unread_)) {
    case ReplyReader::Progress::more:
        // Nothing is re-armed: a reply that comes octet by octet must be complete in the time one reply may take.
        if (policy_.habits.limit_counts == LimitCounts::from_last_octet && !resting())
            arm(wait_);
        return;
    case ReplyReader::Progress::broken:
        return on_broken_reply();
    case ReplyReader::Progress::complete:
        break;
    }
    const Reply reply = reader_.take();
    if (activity_ == Activity::quitting)
        return end_work(Ending::said_goodbye, reply.first_digit() == 2 ? "" : to_text(reply));
    if (activity_ == Activity::resting)
        return on_unasked(reply);
    if (reply.code == goodbye_code_)
        return on_goodbye(reply);
    unanswered_ = false;
    if (activity_ == Activity::uploading)
        return on_early_reply(reply);
    const bool refuses = reply.first_digit() == 4 || reply.first_digit() == 5;
    if (activity_ == Activity::final_reply && !group_.empty() && !refuses) { // see GoAhead::is_taken_for_granted
        group_.clear();
        return await_another_reply();
    }
    if (std::exchange(greeting_is_due_, false) && reply.code == greeting_code())
        return;
    if (!group_.empty())
        group_.pop_front();
    const bool more = !group_.empty();
    on_reply(reply);
    if (more && activity_ == Activity::replying)
        await_next_of_group();
}

void Conversation::await_chunk_reply() {
    activity_ = Activity::replying;
    waited_for_ = "the reply to a chunk";
    arm(Wait::chunk);
}

void Conversation::await_next_of_group() {
    const Command& next = group_.front();
    const std::string& shown = next.shown.empty() ? next.line : next.shown;
    waited_for_ = "the reply to " + shown.substr(0, shown.find_first_of(" :"));
    arm(next.wait);
}

void Conversation::read_block() {
    const std::size_t lines = download_->lines();
    const std::size_t before = unread_.size();
    const BlockReader::Progress progress = download_->feed(unread_);
    switch (progress) {
    case BlockReader::Progress::more:
        return note_progress(before - unread_.size(), download_->lines() > lines);
    case BlockReader::Progress::broken:
        // The rest may be endless; there is no way back into step.
        return drop({Outcome::temp, fmt::format("the server sent {}", download_->trouble())}, Ending::gave_up);
    case BlockReader::Progress::complete:
        std::string text = download_->take();
        download_.reset();
        if (trace_)
            trace_('<', fmt::format("[article of {} octets]", text.size()));
        return on_downloaded(std::move(text));
    }
}

void Conversation::on_early_reply(const Reply& reply) {
    const bool refuses = reply.first_digit() == 4 || reply.first_digit() == 5;
    if (!group_.empty() && !refuses)
        return group_.clear(); // see GoAhead::is_taken_for_granted
    if (policy_.habits.surplus == Surplus::is_an_answer && reply.first_digit() == 2) {
        early_answer_ = reply;
        return;
    }
    if (policy_.habits.early_reply == EarlyReply::is_passed_over)
        return;
    // The server answers before it has seen the end: it does not want the rest. QUIT is impossible in the middle of a
    // message.
    drop({refuses ? classify(reply.code) : Outcome::temp,
          fmt::format("in the middle of the message the server said {}", to_text(reply))},
         Ending::gave_up);
}

void Conversation::on_unasked(const Reply& reply) {
    if (reply.code == goodbye_code_)
        return drop(std::move(result_), Ending::dismissed);
    // Whatever it is, the next reply could not be told from it.
    leave_with(std::move(result_));
}

void Conversation::on_broken_reply() {
    if (activity_ == Activity::quitting)
        return end_work(Ending::said_goodbye, reader_.trouble());
    if (activity_ == Activity::resting)
        return leave_with(std::move(result_));
    Result result{outcome_if_lost(), fmt::format("the server sent {} instead of {}", reader_.trouble(), waited_for_)};
    // QUIT is impossible in the middle of a message, and nothing may be said before the greeting.
    if (activity_ == Activity::uploading || wait_ == Wait::greeting)
        return drop(std::move(result), Ending::gave_up);
    leave_with(std::move(result));
}

void Conversation::leave_with(Result result) {
    quit_with(std::move(result));
    if (!finished())
        activity_ = Activity::leaving;
}

void Conversation::end_work(Ending ending, std::string_view trouble) {
    // RFC 5321 4.1.1.10: all that was asked for is done before QUIT is said.
    const bool in_farewell = activity_ == Activity::quitting || activity_ == Activity::leaving;
    if (policy_.habits.farewell_trouble == FarewellTrouble::is_the_result && in_farewell &&
        result_.outcome == Outcome::ok && !trouble.empty())
        result_ = {Outcome::temp, fmt::format("QUIT failed: {}", trouble)};
    drop(std::move(result_), ending);
}

// Whether QUIT is still to be said on a connection that was lost after the work, see LastWords::quit. It is said once.
bool Conversation::has_last_words() {
    if (policy_.habits.last_words == LastWords::none || activity_ == Activity::leaving)
        return false;
    if (activity_ == Activity::quitting && !pending_output().empty())
        activity_ = Activity::leaving;
    else if (resting())
        leave_with(std::move(result_));
    return activity_ == Activity::leaving;
}

void Conversation::lose(Result result, Ending ending) {
    if (policy_.habits.last_words == LastWords::none)
        return drop(std::move(result), ending);
    upload_ = nullptr;
    leave_with(std::move(result));
}

void Conversation::drop(Result result, Ending ending) {
    result_ = std::move(result);
    ending_ = ending;
    activity_ = Activity::over;
    deadline_.reset();
    output_.clear();
    written_ = 0;
    unread_ = {};
    upload_ = nullptr;
    download_.reset();
}

void Conversation::say(std::string line, std::string_view shown) {
    if (trace_)
        trace_('>', shown);
    // A command that was never written because the answer came first would be sent together with the next one.
    output_ = output_.substr(written_) + std::move(line) + "\r\n";
    written_ = 0;
}

void Conversation::arm(Wait wait) {
    wait_ = wait;
    progress_ = 0;
    const Limits::Limit limit = policy_.limits[wait];
    deadline_ = limit ? std::optional<Instant>{now_ + *limit} : std::nullopt;
    if (deadline_ && last_moment_)
        deadline_ = std::min(*deadline_, *last_moment_);
}

void Conversation::note_progress(std::size_t octets, bool unit_ended) {
    progress_ += octets;
    if (unit_ended || progress_ >= policy_.caps.least_progress)
        arm(wait_);
}

bool Conversation::work_is_over() const {
    return activity_ == Activity::resting || activity_ == Activity::quitting || activity_ == Activity::leaving;
}

Outcome Conversation::outcome_if_lost() const {
    return activity_ == Activity::final_reply ? policy_.habits.lost_final_reply : Outcome::temp;
}

std::string Conversation::so_far() const {
    if (activity_ == Activity::downloading)
        return fmt::format(" ({} octets came)", download_->size());
    const std::string partial = reader_.partial();
    return partial.empty() ? std::string{} : fmt::format(" (only \"{}\" came)", printable(partial, 80));
}

} // namespace refclient
