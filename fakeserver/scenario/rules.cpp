#include "fakeserver/scenario/rules.hpp"

#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

// Measured: a client pushes 2.3 to 4.3 MB into the kernel's buffers before a server that does not read is felt.
constexpr std::uint64_t least_for_deaf = std::uint64_t{8} << 20;

// A short text and the headers of a longer one stay below this.
constexpr std::uint64_t surely_beyond = 1024;

template <class... Kinds>
bool is_any(const Action& action) {
    return (std::holds_alternative<Kinds>(action) || ...);
}

// Nothing can come after it.
bool ends_the_list(const Action& action) {
    if (const auto* stall = std::get_if<Stall>(&action))
        return !stall->lasts;
    if (const auto* freeze = std::get_if<Freeze>(&action))
        return !freeze->lasts;
    return is_any<Fin, Cut, Reset, Refuse, Blackhole>(action);
}

bool sends(const Action& action) {
    return is_any<Drip, Throttle, Split, Reply, Edit, Inject, Garbage, Flood, Flip>(action);
}

// Something goes out that a pace before it in the list applies to.
bool is_sent_at_once(const Action& action) { return is_any<Reply, Inject, Garbage>(action); }

bool leads_into_upload(const Point& point) {
    const bool starts_upload = point.subject == "DATA" || point.subject == "POST" || point.subject == "IHAVE";
    return point.kind == Point::Kind::body || starts_upload;
}

} // namespace

std::string point_problem(const Point& point, Operation operation) {
    const bool is_upload = point.kind == Point::Kind::body || point.subject == "dot" || point.subject == "accepted";
    if (is_upload && !row_of(operation).uploads)
        return fmt::format("the operation '{}' uploads nothing, so '{}' never comes", to_string(operation),
                           to_string(point));
    return {};
}

std::string condition_problem(const Point& point, std::string_view key, Operation operation) {
    using Subjects = std::vector<std::string_view>;
    const bool is_mail = carries_mail(row_of(operation).protocol);
    const bool is_upload = point.kind == Point::Kind::body;
    const auto unknown_here = [&](const Subjects& known) {
        return fmt::format("the {} is not known at '{}'; it is at {}", key, to_string(point), listed(known));
    };
    if (key == "hello") {
        if (!is_mail)
            return "news clients do not say who they are";
        const bool is_too_early = point.kind == Point::Kind::connect || point.subject == "greeting";
        return is_too_early
                   ? fmt::format("the name is not known at '{}'; it is at EHLO and behind it", to_string(point))
                   : std::string{};
    }
    if (key == "recipient" && !is_mail)
        return "only mail has recipients";
    Subjects known{"dot", "accepted"};
    if (key == "recipient")
        known = {"RCPT", "DATA", "BDAT", "body", "dot", "accepted"};
    else if (!is_mail)
        known = {"ARTICLE", "HEAD", "BODY", "STAT", "IHAVE", "CHECK", "TAKETHIS", "dot", "accepted"};
    if (key == "message-id" && operation == Operation::feed)
        known.push_back("body");
    const std::string_view subject = is_upload ? std::string_view("body") : std::string_view(point.subject);
    return std::find(known.begin(), known.end(), subject) == known.end() ? unknown_here(known) : std::string{};
}

std::string place_problem(const Point& point, const Action& next) {
    const ActionRow& row = row_of(next);
    const Place place = place_of(point);
    if (row.where.contains(place))
        return {};
    if (place == Place::dot)
        return fmt::format("'{}' cannot apply at 'dot': the reply to the end of an upload belongs to 'accepted'",
                           row.name);
    std::vector<std::string_view> places;
    for (const PointRow& candidate : point_rows())
        if (candidate.place && row.where.contains(*candidate.place))
            places.push_back(candidate.forms.substr(0, candidate.forms.find(", ")));
    return fmt::format("'{}' cannot apply at '{}'; it can at {}", row.name, to_string(point), listed(places));
}

std::string order_problem(const std::vector<Action>& before, const Action& next) {
    const ActionRow& row = row_of(next);
    if (!before.empty()) {
        if (is_any<Refuse, Blackhole>(next))
            return fmt::format("'{}' stands alone: the connection never comes about", row.name);
        if (is_any<AcceptLate>(next))
            return fmt::format("'{}' comes first: it is about how the connection begins", row.name);
    }
    for (const Action& earlier : before) {
        const std::string_view name = row_of(earlier).name;
        if (ends_the_list(earlier))
            return fmt::format("'{}' never happens: nothing can follow '{}'{}", row.name, name,
                               is_any<Stall, Freeze>(earlier) ? " without a time" : "");
        if (is_any<Reply>(earlier) && is_any<Reply>(next))
            return "a command gets one reply: use 'inject' for lines after it";
        if (is_any<Reply>(earlier) && is_any<Edit, Flip>(next))
            return fmt::format("'{}' changes the correct reply, which 'reply' before it has replaced", row.name);
        if (is_any<Edit>(earlier) && is_any<Reply>(next))
            return "'reply' replaces the correct reply, which 'edit' before it has changed";
        if (is_any<HalfClose>(earlier) && (sends(next) || is_any<HalfClose, Fin, Alert>(next)))
            return fmt::format("'{}' never happens: 'half-close' before it has ended our side", row.name);
        if (is_any<Alert>(earlier) && (sends(next) || is_any<Alert, Cert, SpeakTls>(next)))
            return fmt::format("'{}' never happens: nothing can be said behind an alert", row.name);
    }
    return {};
}

std::string unseen_problem(const Point& point, const std::vector<Action>& before, const Action& next) {
    const Place place = place_of(point);
    const bool is_before_reply =
        place == Place::greeting || place == Place::verb || place == Place::accepted || place == Place::tls_hello;
    const std::string_view later = place == Place::tls_hello ? "tls" : std::string_view(point.subject);
    if (!ends_the_list(next) && !is_any<HalfClose, Alert>(next))
        return {};
    for (auto earlier = before.begin(); earlier != before.end(); ++earlier) {
        const std::string_view name = row_of(*earlier).name;
        // These change the correct reply, which is sent when the whole list is done; a flood repeats it.
        const bool was_replied = std::any_of(earlier, before.end(), is_any<Reply, Flood>);
        if (is_before_reply && is_any<Edit, Flip>(*earlier) && !was_replied)
            return fmt::format("'{}' before it never shows: '{}' comes before the reply is sent; say '{}' at '{} done'",
                               name, row_of(next).name, row_of(next).name, later);
        const bool was_sent = std::any_of(earlier, before.end(), is_sent_at_once);
        const bool is_cert = place == Place::tls_hello && is_any<Cert>(*earlier);
        if (is_cert)
            return fmt::format("'{}' before it never shows: '{}' comes before the certificate is sent; say '{}' at "
                               "'tls done'",
                               name, row_of(next).name, row_of(next).name);
        if ((is_before_reply || place == Place::reply || place == Place::tls_reply || place == Place::record) &&
            is_any<Drip, Throttle, Split>(*earlier) && !was_sent)
            return fmt::format("'{}' before it never shows: '{}' comes before anything more is sent", name,
                               row_of(next).name);
    }
    return {};
}

std::string needless_problem(const Point& point, const std::vector<Action>& actions, std::size_t index, Tls tls) {
    const Action& action = actions[index];
    const auto place = actions.begin() + static_cast<std::ptrdiff_t>(index);
    const std::string_view name = row_of(action).name;
    if (is_any<Drip, Throttle, Split>(action) && point.kind == Point::Kind::received) {
        const bool is_replied = std::any_of(actions.begin(), place, is_any<Reply>);
        const bool says_more = std::any_of(place, actions.end(), is_any<Inject, Garbage, Flood>);
        if (is_replied && !says_more)
            return fmt::format("'{}' comes too late: the reply is sent by then; say '{}' before 'reply'", name, name);
    }
    if (is_any<SpeakTls>(action) && tls == Tls::implicit)
        return fmt::format("'{}' changes nothing: every connection begins with TLS here", name);
    // Behind another reply the client does not expect TLS.
    if (is_any<SpeakTls>(action) && tls == Tls::starttls && point.subject == "STARTTLS" &&
        std::none_of(actions.begin(), actions.end(), is_any<Reply>))
        return fmt::format("'{}' changes nothing at '{}': TLS begins behind the reply anyway", name, to_string(point));
    return {};
}

std::string tls_problem(const Point& point, Tls tls) {
    const Place place = place_of(point);
    const bool is_tls =
        place == Place::tls_hello || place == Place::tls_reply || place == Place::tls_done || place == Place::record;
    if (!is_tls || tls != Tls::none)
        return {};
    return fmt::format("the server speaks no TLS here, so '{}' never comes; say 'server: {{tls: starttls}}' or "
                       "'server: {{tls: implicit}}'",
                       to_string(point));
}

std::string tls_problem(const Action& action, Tls tls) {
    if (tls != Tls::none || !is_any<Cut, Alert, Cert>(action))
        return {};
    return fmt::format("'{}' is about TLS, which the server does not speak here; say 'server: {{tls: starttls}}' or "
                       "'server: {{tls: implicit}}'",
                       row_of(action).name);
}

std::string size_problem(const Point& point, const std::vector<Action>& actions, const MessageSpec& message) {
    std::uint64_t offset = 0;
    if (point.kind == Point::Kind::body && point.offset) {
        if (point.offset->unit == Offset::Unit::percent && message.size == 0)
            return fmt::format("'{}' is a part of the message's size, which is not stated: say for example "
                               "'message: {{size: 64KiB}}'",
                               to_string(point));
        offset = point.offset->within(std::uint64_t{1} << 62);
        if (point.offset->unit == Offset::Unit::percent)
            offset = point.offset->within(message.size);
        else if (offset > message.size + surely_beyond)
            return fmt::format("'{}' is never reached: {}; say for example 'message: {{size: {}}}'", to_string(point),
                               message.size == 0 ? "the message is a short text"
                                                 : fmt::format("the message has {}", size_to_string(message.size)),
                               size_to_string(offset * 2));
    }
    const bool is_deaf = std::any_of(actions.begin(), actions.end(), is_any<Deaf>);
    const std::uint64_t left = message.size - std::min(message.size, offset);
    if (is_deaf && leads_into_upload(point) && left < least_for_deaf)
        return "a client sends up to 4.3 MB before it feels that a 'deaf' server does not read: say "
               "'message: {size: 16MiB}'";
    return {};
}

} // namespace postfault::scenario
