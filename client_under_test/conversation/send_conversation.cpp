#include "client_under_test/conversation/send_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

namespace {

constexpr int start_mail_input = 354;
constexpr int exceeded_storage = 552;
constexpr std::size_t chunk_size = std::size_t{64} << 10U;

} // namespace

SendConversation::SendConversation(SendRequest request, const Policy& policy, SendStyle style, Dialect dialect)
    : SmtpConversation(request.hello, policy, dialect), request_(std::move(request)), style_(style) {}

void SendConversation::start(SendRequest request, Instant now) {
    if (!resting())
        return;
    wake(now);
    request_ = std::move(request);
    in_group_ = false;
    answered_recipients_ = 0;
    accepted_.clear();
    refusals_.clear();
    taken_ = 0;
    delivered_ = 0;
    mail_refusal_.reset();
    next_chunk_ = 0;
    if (!transaction_is_open_)
        return ready();
    // RFC 5321 4.1.4: no MAIL inside of a transaction.
    step_ = Step::rset;
    command("RSET", Wait::mail);
}

// RFC 5321 4.3.2 lists the replies. An unlisted one counts by its first digit (4.2), except where a wrong guess could
// lose or publish a message: only 354 asks for the message.
void SendConversation::on_answer(const Reply& reply) {
    switch (step_) {
    case Step::rset:
        if (meaning_of(reply) != Meaning::success)
            return unexpected(reply);
        transaction_is_open_ = false;
        return ready();
    case Step::mail:
        return on_mail_reply(reply);
    case Step::rcpt:
        return on_recipient_reply(reply);
    case Step::data:
        return on_data_reply(reply);
    case Step::chunk:
        return on_chunk_reply(reply);
    case Step::message:
        return on_message_reply(reply);
    }
}

void SendConversation::ready() {
    const MessageFacts facts = inspect(request_.message);
    // RFC 6152 3: no 8-bit octets to a server that did not offer to take them. Converting a message is not this
    // client's job.
    if (facts.has_8bit && !offered().eight_bit_mime)
        return end_with({Outcome::perm, "the message has 8-bit octets and the server does not offer 8BITMIME"});
    std::string mail = fmt::format("MAIL FROM:<{}>", request_.from);
    if (offered().size)
        mail += fmt::format(" SIZE={}", facts.wire_size);
    if (facts.has_8bit)
        mail += " BODY=8BITMIME";
    step_ = Step::mail;
    if (style_.pipelining && offered().pipelining)
        return say_group(std::move(mail));
    command(std::move(mail), Wait::mail);
}

// RFC 2920 3.1: DATA may only be the last of a group. BDAT waits for the recipients, because its chunk would follow.
void SendConversation::say_group(std::string mail) {
    std::vector<Command> group{{std::move(mail), Wait::mail}};
    for (const std::string& recipient : request_.to)
        group.push_back({fmt::format("RCPT TO:<{}>", recipient), Wait::rcpt});
    if (!goes_in_chunks())
        group.push_back({"DATA", Wait::go_ahead});
    in_group_ = true;
    commands(std::move(group));
}

void SendConversation::on_mail_reply(const Reply& reply) {
    const Meaning meaning = meaning_of(reply);
    step_ = Step::rcpt;
    transaction_is_open_ = meaning == Meaning::success;
    if (meaning == Meaning::go_on)
        return unexpected(reply);
    if (in_group_) {
        // RFC 2920 3.1: the rest of the group has been said, and each of its replies comes all the same.
        if (meaning != Meaning::success && policy().habits.group_replies == GroupReplies::all_count)
            mail_refusal_ = refusal(reply);
        return;
    }
    if (meaning != Meaning::success)
        return end_with(refusal(reply));
    command(fmt::format("RCPT TO:<{}>", request_.to.front()), Wait::rcpt);
}

void SendConversation::on_recipient_reply(const Reply& reply) {
    const Meaning meaning = meaning_of(reply);
    if (meaning == Meaning::go_on)
        return unexpected(reply);
    const std::string& recipient = request_.to[answered_recipients_++];
    if (meaning == Meaning::success || (in_group_ && policy().habits.group_replies == GroupReplies::last_one_counts)) {
        accepted_.push_back(recipient);
    } else if (!mail_refusal_) { // else the sender was refused, and nothing is known about the recipient
        // RFC 5321 4.5.3.1.10: 552 after some were accepted is the old way to say "too many recipients": later, in
        // another transaction.
        const bool too_many = reply.code == exceeded_storage && !accepted_.empty();
        refusals_.push_back({recipient, too_many ? Outcome::temp : classify(reply.code), to_text(reply)});
    }
    if (answered_recipients_ == request_.to.size())
        return on_recipients_answered();
    if (!in_group_)
        command(fmt::format("RCPT TO:<{}>", request_.to[answered_recipients_]), Wait::rcpt);
}

void SendConversation::on_recipients_answered() {
    step_ = Step::data;
    if (replies_due() > 0)
        return; // DATA was said already
    if (mail_refusal_ || accepted_.empty())
        return conclude();
    if (goes_in_chunks()) {
        chunks_ = with_crlf(request_.message);
        return next_chunk();
    }
    command("DATA", Wait::go_ahead);
}

void SendConversation::on_data_reply(const Reply& reply) {
    const Meaning meaning = meaning_of(reply);
    if (meaning == Meaning::temp || meaning == Meaning::perm)
        return mail_refusal_ || accepted_.empty() ? conclude() : end_with(refusal(reply));
    if (reply.code != start_mail_input && policy().habits.go_ahead == GoAhead::is_waited_for)
        return unexpected(reply);
    send_message();
}

bool SendConversation::goes_in_chunks() const {
    return style_.chunks_from && offered().chunking && request_.message.size() >= *style_.chunks_from;
}

void SendConversation::send_message() {
    step_ = Step::message;
    // RFC 2920 3.1: a server that asks for a message although nobody is to get it is given an empty one.
    const bool nobody = mail_refusal_ || accepted_.empty();
    upload(nobody ? std::string_view{} : request_.message);
}

// RFC 3030 2: exactly the announced octets, no doubled dots and no terminator.
void SendConversation::next_chunk() {
    const std::string_view chunk = std::string_view{chunks_}.substr(next_chunk_, chunk_size);
    next_chunk_ += chunk.size();
    const bool last = next_chunk_ == chunks_.size();
    step_ = last ? Step::message : Step::chunk;
    upload_chunk(fmt::format("BDAT {}{}", chunk.size(), last ? " LAST" : ""), chunk, last);
}

void SendConversation::on_chunk_reply(const Reply& reply) {
    const Meaning meaning = meaning_of(reply);
    if (meaning == Meaning::go_on)
        return unexpected(reply);
    // RFC 3030 2: after a refusal no further chunk; the transaction has to be reset.
    if (meaning == Meaning::success || policy().habits.refused_chunk == RefusedChunk::is_followed_by_the_next)
        return next_chunk();
    end_with(refusal(reply));
}

void SendConversation::on_message_reply(const Reply& reply) {
    transaction_is_open_ = false;
    if (mail_refusal_ || accepted_.empty())
        return conclude();
    const Meaning meaning = meaning_of(reply);
    if (meaning == Meaning::go_on)
        return unexpected(reply);
    if (dialect() == Dialect::lmtp && policy().habits.lmtp_replies == LmtpReplies::one_for_each_recipient)
        return on_delivery_reply(reply);
    if (meaning != Meaning::success)
        return end_with(refusal(reply));
    taken_ = accepted_.size();
    final_reply_ = to_text(reply);
    conclude();
}

// RFC 2033 4.2: one reply for each accepted recipient, in the order of the recipients.
void SendConversation::on_delivery_reply(const Reply& reply) {
    const std::string& recipient = accepted_[delivered_++];
    if (meaning_of(reply) == Meaning::success) {
        ++taken_;
        final_reply_ = to_text(reply);
    } else {
        refusals_.push_back({recipient, classify(reply.code), to_text(reply)});
    }
    if (delivered_ < accepted_.size())
        return await_another_reply();
    conclude();
}

void SendConversation::conclude() {
    if (mail_refusal_)
        return end_with(*mail_refusal_);
    if (taken_ == 0) {
        // Trying again makes sense as long as one refusal was temporary.
        const bool all_perm = std::all_of(refusals_.begin(), refusals_.end(),
                                          [](const Refusal& refusal) { return refusal.outcome == Outcome::perm; });
        return end_with({all_perm ? Outcome::perm : Outcome::temp, "no recipient accepted: " + list_refusals()});
    }
    if (refusals_.empty())
        return end_with({Outcome::ok, final_reply_});
    end_with({worst_refusal(), fmt::format("taken for {} of {} recipients ({}); not for {}", taken_, request_.to.size(),
                                           final_reply_, list_refusals())});
}

Outcome SendConversation::worst_refusal() const {
    const bool any_perm = std::any_of(refusals_.begin(), refusals_.end(),
                                      [](const Refusal& refusal) { return refusal.outcome == Outcome::perm; });
    return any_perm ? Outcome::perm : Outcome::temp;
}

std::string SendConversation::list_refusals() const {
    constexpr std::size_t most = 10; // a text for a person, not a bounce message
    std::string list;
    for (std::size_t i = 0; i < std::min(most, refusals_.size()); ++i)
        list += fmt::format("{}{}: {}", i == 0 ? "" : "; ", printable(refusals_[i].recipient), refusals_[i].reply);
    if (refusals_.size() > most)
        list += fmt::format("; and {} more", refusals_.size() - most);
    return list;
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 256 && // RFC 5321 4.5.3.1.3; keeps every command under 512 octets
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_address(std::string_view text) { return is_word(text) && text.find_first_of("<>") == std::string_view::npos; }

} // namespace refclient
