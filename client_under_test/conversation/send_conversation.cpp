#include "client_under_test/conversation/send_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace refclient {

namespace {

constexpr int start_mail_input = 354;
constexpr int exceeded_storage = 552;

} // namespace

SendConversation::SendConversation(SendRequest request, const Policy& policy)
    : SmtpConversation(request.hello, policy), request_(std::move(request)) {}

// RFC 5321 4.3.2 lists the replies. An unlisted one counts by its first digit (4.2), except where a wrong guess could
// lose or publish a message: only 354 asks for the message.
void SendConversation::on_answer(const Reply& reply) {
    const bool refusal = reply.first_digit() == 4 || reply.first_digit() == 5;
    const bool success = reply.first_digit() == 2;
    switch (step_) {
    case Step::mail:
        if (refusal)
            return refused(reply);
        if (!success)
            return unexpected(reply);
        step_ = Step::rcpt;
        return next_recipient();

    case Step::rcpt:
        return on_recipient_reply(reply);

    case Step::data:
        if (refusal)
            return refused(reply);
        if (reply.code != start_mail_input)
            return unexpected(reply);
        step_ = Step::message;
        return upload(request_.message);

    case Step::message:
        if (refusal)
            return refused(reply);
        if (!success)
            return unexpected(reply);
        return on_message_taken(reply);
    }
}

void SendConversation::ready() {
    const MessageFacts facts = inspect(request_.message);
    // RFC 6152 3: no 8-bit octets to a server that did not offer to take them. Converting a message is not this
    // client's job.
    if (facts.has_8bit && !offered().eight_bit_mime)
        return quit_with({Outcome::perm, "the message has 8-bit octets and the server does not offer 8BITMIME"});
    std::string line = fmt::format("MAIL FROM:<{}>", request_.from);
    if (offered().size)
        line += fmt::format(" SIZE={}", facts.wire_size);
    if (facts.has_8bit)
        line += " BODY=8BITMIME";
    step_ = Step::mail;
    command(std::move(line), Wait::mail);
}

void SendConversation::next_recipient() {
    if (next_recipient_ < request_.to.size())
        return command(fmt::format("RCPT TO:<{}>", request_.to[next_recipient_++]), Wait::rcpt);
    if (accepted_ == 0) {
        // Trying again makes sense as long as one refusal was temporary.
        const bool all_perm = std::all_of(refusals_.begin(), refusals_.end(),
                                          [](const Refusal& refusal) { return refusal.outcome == Outcome::perm; });
        return quit_with({all_perm ? Outcome::perm : Outcome::temp, "no recipient accepted: " + list_refusals()});
    }
    step_ = Step::data;
    command("DATA", Wait::go_ahead);
}

void SendConversation::on_recipient_reply(const Reply& reply) {
    if (reply.first_digit() == 2) {
        ++accepted_;
        return next_recipient();
    }
    if (reply.first_digit() == 3)
        return unexpected(reply);
    // RFC 5321 4.5.3.1.10: 552 after some were accepted is the old way to say "too many recipients": later, in another
    // transaction.
    const bool too_many = reply.code == exceeded_storage && accepted_ > 0;
    refusals_.push_back(
        {request_.to[next_recipient_ - 1], too_many ? Outcome::temp : classify(reply.code), to_text(reply)});
    next_recipient();
}

void SendConversation::on_message_taken(const Reply& reply) {
    if (refusals_.empty())
        return quit_with({Outcome::ok, to_text(reply)});
    quit_with({worst_refusal(), fmt::format("taken for {} of {} recipients ({}); not for {}", accepted_,
                                            request_.to.size(), to_text(reply), list_refusals())});
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
