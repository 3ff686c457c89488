#include "fakeserver/scenario/parse_point.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace postfault::scenario {

namespace {

using PointResult = Result<Point>;

constexpr std::string_view before_reply = "reply@";
constexpr std::string_view before_record = "record@";
constexpr std::string_view before_body = "body@";
constexpr std::string_view idle_word = "idle";

bool has_reply(std::string_view subject) { return subject != "dot" && subject != "connect"; }

PointResult parse_body(std::string_view text) {
    auto offset = parse_offset(text.substr(before_body.size()));
    if (!offset)
        return problem_of<Point>(offset, before_body.size());
    // The client ends its upload when it likes, so only what lies behind us can be counted.
    if (offset->unit == Offset::Unit::from_end)
        return PointResult::failed("the length of an upload is not known beforehand, so it cannot be counted from the "
                                   "end; say 'body@OCTETS', or 'dot' for the end",
                                   before_body.size());
    if (offset->unit == Offset::Unit::line)
        return PointResult::failed("an upload is counted in octets, not in lines; say 'body@OCTETS'",
                                   before_body.size());
    return Point{Point::Kind::body, "", *offset};
}

PointResult parse_idle(std::string_view rest) {
    const std::string_view time = without_blanks(rest);
    if (time.empty())
        return PointResult::failed("for how long? Say for example 'idle 0.5T'");
    const auto after = parse_time_value(time);
    if (!after)
        return problem_of<Point>(after, offset_in(rest, time));
    if (*after == TimeValue{})
        return PointResult::failed("a client that has been idle for no time at all is not idle", offset_in(rest, time));
    return Point{Point::Kind::idle, "", {}, *after};
}

// On the wire there are octets, and no lines.
PointResult parse_wire_offset(Point::Kind kind, std::string_view subject, std::string_view text) {
    const auto offset = parse_offset(text);
    if (!offset)
        return problem_of<Point>(offset);
    if (offset->unit == Offset::Unit::line)
        return PointResult::failed("what TLS sends is counted in octets, not in lines");
    return Point{kind, std::string(subject), *offset};
}

PointResult parse_tls_point(std::string_view text) {
    constexpr std::string_view hello = "client-hello";
    const std::string_view rest = without_blanks(text.substr(3));
    if (rest == "done")
        return Point{Point::Kind::done, "tls", {}};
    const std::string_view more = rest.starts_with(hello) ? without_blanks(rest.substr(hello.size())) : rest;
    if (rest == hello)
        return Point{Point::Kind::received, std::string(client_hello), {}};
    if (more.data() == rest.data() || !more.starts_with(before_reply))
        return PointResult::failed(
            fmt::format("expected 'tls client-hello', 'tls client-hello reply@OFFSET' or 'tls done', got '{}'{}",
                        shown(text), did_you_mean(rest, {"client-hello", "done"})));
    const std::string_view offset = more.substr(before_reply.size());
    auto point = parse_wire_offset(Point::Kind::reply, client_hello, offset);
    return point ? point : problem_of<Point>(point, offset_in(text, offset));
}

Result<std::string> parse_subject(std::string_view word, Protocol protocol) {
    if (word == "greeting" || word == "dot" || word == "accepted" || word == "connect")
        return std::string(word);
    auto verb = parse_verb(word, protocol);
    if (verb)
        return verb;
    for (const std::string_view name : {"connect", "greeting", "dot", "accepted"})
        if (equals_ignoring_case(word, name))
            return Result<std::string>::failed(
                fmt::format("unknown point '{}' (did you mean '{}'?)", shown(word), name));
    std::vector<std::string_view> others{"connect", "greeting", "dot", "accepted", "body@0", "idle"};
    const auto verbs = row_of(protocol).verbs;
    const std::string_view near_verb = nearest(word, {verbs.begin(), verbs.end()});
    const std::string_view near_word = nearest(word, others);
    if (near_verb.empty() && !near_word.empty())
        return Result<std::string>::failed(
            fmt::format("unknown point '{}' (did you mean '{}'?)", shown(word), near_word));
    return verb;
}

// The part after the subject: nothing, `done`, `reply@OFFSET`.
PointResult parse_rest(std::string_view rest, std::string subject) {
    if (rest.empty()) {
        const auto kind = subject == "connect" ? Point::Kind::connect : Point::Kind::received;
        return Point{kind, subject == "connect" ? "" : std::move(subject), {}};
    }
    const bool is_done = rest == "done";
    const bool is_reply = rest.starts_with(before_reply);
    const bool is_record = rest.starts_with(before_record);
    if (!is_done && !is_reply && !is_record)
        return PointResult::failed(fmt::format("expected 'done' or 'reply@OFFSET' after '{}', got '{}'{}", subject,
                                               shown(rest), did_you_mean(rest, {"done", "reply@0", "record@0"})));
    if (subject == "dot")
        return PointResult::failed("the reply to the end of an upload belongs to 'accepted'; say 'accepted " +
                                   shown(rest) + "'");
    if (!has_reply(subject))
        return PointResult::failed(fmt::format("'{}' has no reply; did you mean 'greeting {}'?", subject, shown(rest)));
    if (is_done)
        return Point{Point::Kind::done, std::move(subject), {}};
    if (is_record) {
        auto point = parse_wire_offset(Point::Kind::record, subject, rest.substr(before_record.size()));
        return point ? point : problem_of<Point>(point, before_record.size());
    }
    auto offset = parse_offset(rest.substr(before_reply.size()));
    if (!offset)
        return problem_of<Point>(offset, before_reply.size());
    return Point{Point::Kind::reply, std::move(subject), *offset};
}

} // namespace

Result<Offset> parse_offset(std::string_view text) {
    using Unit = Offset::Unit;
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    if (text.starts_with("line ")) {
        const auto line = parse_number(text.substr(5), 1, most);
        return line ? Result<Offset>(Offset{Unit::line, *line}) : problem_of<Offset>(line, 5);
    }
    if (text.starts_with('-')) {
        const auto count = parse_number(text.substr(1), 1, most);
        return count ? Result<Offset>(Offset{Unit::from_end, *count}) : problem_of<Offset>(count, 1);
    }
    if (text.ends_with('%')) {
        const auto percent = parse_number(text.substr(0, text.size() - 1), 0, 100);
        return percent ? Result<Offset>(Offset{Unit::percent, *percent}) : problem_of<Offset>(percent);
    }
    const auto octets = parse_size(text);
    if (!octets)
        return Result<Offset>::failed(
            fmt::format("expected an offset such as 512, 64KiB, 50%, -3 or line 4, got '{}'", shown(text)));
    return Offset{Unit::octet, *octets};
}

Result<std::string> parse_verb(std::string_view text, Protocol protocol) {
    const ProtocolRow& row = row_of(protocol);
    if (std::find(row.verbs.begin(), row.verbs.end(), text) != row.verbs.end())
        return std::string(text);
    const std::string capitals = to_upper(text);
    if (std::find(row.verbs.begin(), row.verbs.end(), capitals) != row.verbs.end())
        return Result<std::string>::failed(
            fmt::format("commands are written in capitals, got '{}' (did you mean '{}'?)", shown(text), capitals));
    for (const ProtocolRow& other : protocol_rows())
        if (std::find(other.verbs.begin(), other.verbs.end(), capitals) != other.verbs.end())
            return Result<std::string>::failed(
                fmt::format("'{}' is a command of {}, not of {}", shown(text), other.name, row.name));
    return Result<std::string>::failed(fmt::format("'{}' is no command of {}{}", shown(text), row.name,
                                                   did_you_mean(text, {row.verbs.begin(), row.verbs.end()})));
}

PointResult parse_point(std::string_view whole, Protocol protocol) {
    const std::string_view text = without_blanks(whole);
    const std::size_t start = offset_in(whole, text);
    const auto fail_at = [&](std::size_t at, std::string problem) {
        return PointResult::failed(std::move(problem), at);
    };
    if (text.empty())
        return fail_at(0, "a point is empty; expected for example 'greeting' or 'EHLO done'");
    if (text.starts_with(before_body)) {
        auto point = parse_body(text);
        return point ? point : problem_of<Point>(point, start);
    }
    if (text == "body")
        return fail_at(start, "where in the upload? Say for example 'body@0' or 'body@64KiB'");
    if (starts_with_ignoring_case(text, before_body))
        return fail_at(start, fmt::format("'body@' is written in small letters and means the upload; for a place in a "
                                          "reply say 'BODY reply@OFFSET'; got '{}'",
                                          shown(text)));

    const std::string_view word = text.substr(0, text.find(' '));
    for (const PointRow& row : point_rows())
        if (!row.place && word == row.forms.substr(0, row.forms.find(' ')))
            return fail_at(start, fmt::format("the point '{}' is not supported yet", row.forms));
    if (word == idle_word) {
        auto point = parse_idle(text.substr(word.size()));
        return point ? point : problem_of<Point>(point, start + word.size());
    }
    if (word == "tls") {
        auto point = parse_tls_point(text);
        return point ? point : problem_of<Point>(point, start);
    }
    const auto subject = parse_subject(word, protocol);
    if (!subject)
        return problem_of<Point>(subject, start);

    std::string_view rest = without_blanks(text.substr(word.size()));
    // RFC 3977 5.3: MODE READER is the one two-word command whose first word does not say more.
    if (*subject == "MODE" && (rest == "READER" || rest.starts_with("READER ")))
        rest = without_blanks(rest.substr(6));
    auto point = parse_rest(rest, *subject);
    return point ? point : problem_of<Point>(point, rest.empty() ? start : offset_in(whole, rest));
}

} // namespace postfault::scenario
