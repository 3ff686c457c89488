#include "fakeserver/scenario/explain.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace postfault::scenario {

namespace {

std::string joined_by(const std::vector<std::string>& parts, std::string_view last) {
    std::string text;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        if (index > 0)
            text += index + 1 == parts.size() ? fmt::format(" {} ", last) : ", ";
        text += parts[index];
    }
    return text;
}

std::string counted(std::uint64_t count, std::string_view one) {
    return count == 1 ? fmt::format("one {}", one) : fmt::format("{} {}s", count, one);
}

std::string octets(std::uint64_t count) {
    const std::string text = size_to_string(count);
    return text.back() == 'B' ? text : counted(count, "octet");
}

std::string time_of(const TimeValue& time) {
    if (!time.is_relative())
        return postfault::to_string(time.fixed);
    return time.limits == 1 ? "the client's limit" : fmt::format("{} times the client's limit", time.limits);
}

// The same in a sentence about the client.
std::string own_time(const TimeValue& time) {
    if (!time.is_relative())
        return time_of(time);
    return time.limits == 1 ? "its limit" : fmt::format("{} times its limit", time.limits);
}

std::string range_of(const TimeRange& range) {
    if (!range.to)
        return fmt::format("not before {}", own_time(*range.from));
    if (!range.from)
        return fmt::format("within {}", own_time(*range.to));
    if (range.from->is_relative() && range.to->is_relative())
        return fmt::format("between {} and {} times its limit", range.from->limits, range.to->limits);
    return fmt::format("between {} and {}", own_time(*range.from), own_time(*range.to));
}

std::string ordinal(std::uint32_t number) {
    const bool is_teen = number % 100 >= 11 && number % 100 <= 13;
    const char* ending = "th";
    if (!is_teen && number % 10 == 1)
        ending = "st";
    else if (!is_teen && number % 10 == 2)
        ending = "nd";
    else if (!is_teen && number % 10 == 3)
        ending = "rd";
    return fmt::format("{}{}", number, ending);
}

std::string numbers(const Selector& selector, std::string_view what) {
    if (selector.last == selector.first)
        return fmt::format("the {} {}", ordinal(selector.first), what);
    if (selector.last)
        return fmt::format("the {} to the {} {}", ordinal(selector.first), ordinal(*selector.last), what);
    if (selector.step == 1)
        return selector.first == 1 ? fmt::format("every {}", what)
                                   : fmt::format("every {} from the {} on", what, ordinal(selector.first));
    return fmt::format("the {} {}, the {} and so on", ordinal(selector.first), what,
                       ordinal(selector.first + selector.step));
}

// ---- where ----

std::string reply_of(const std::string& subject) {
    if (subject == "greeting")
        return "the greeting";
    if (subject == "accepted")
        return "the reply to the message";
    return "the reply to " + subject;
}

std::string place_of_offset(const Offset& offset) {
    switch (offset.unit) {
    case Offset::Unit::octet:
        return offset.count == 0 ? "before the first octet" : fmt::format("after {}", octets(offset.count));
    case Offset::Unit::percent:
        return fmt::format("after {}%", offset.count);
    case Offset::Unit::from_end:
        return fmt::format("{} before the end", octets(offset.count));
    case Offset::Unit::line:
        return fmt::format("at the start of line {}", offset.count);
    }
    return {};
}

std::string when(const Point& point) {
    if (point.subject == client_hello)
        return point.offset
                   ? fmt::format("{} of its answer to the client's first TLS message", place_of_offset(*point.offset))
                   : "when the client's first TLS message has come";
    if (point.subject == "tls")
        return "when the TLS handshake is over";
    switch (point.kind) {
    case Point::Kind::record:
        return fmt::format("{} of the TLS records of {}", place_of_offset(*point.offset), reply_of(point.subject));
    case Point::Kind::connect:
        return "when the client connects";
    case Point::Kind::reply:
        return fmt::format("{} of {}", place_of_offset(*point.offset), reply_of(point.subject));
    case Point::Kind::done:
        return fmt::format("when {} has been sent", reply_of(point.subject));
    case Point::Kind::body:
        return fmt::format("{} of the client's upload", place_of_offset(*point.offset));
    case Point::Kind::idle:
        return fmt::format("when the client has said nothing for {}", time_of(point.after));
    case Point::Kind::received:
        break;
    }
    if (point.subject == "greeting")
        return "when the greeting is due";
    if (point.subject == "dot")
        return "when the end of the message has come and nothing is stored yet";
    if (point.subject == "accepted")
        return "when the message is stored and the reply that says so is due";
    return fmt::format("when {} has come", point.subject);
}

// ---- what ----

struct Doing {
    bool in_upload;
    bool in_reply;

    std::string lasting(std::string_view what, const std::optional<TimeValue>& time) const {
        return time ? fmt::format("{} for {}", what, time_of(*time)) : fmt::format("{} any more", what);
    }

    std::string_view paced() const { return in_upload ? "reads on" : in_reply ? "sends the rest" : "sends its reply"; }

    std::string operator()(const Stall& stall) const {
        return stall.lasts ? fmt::format("says nothing for {}", time_of(*stall.lasts)) : "says nothing more";
    }

    std::string operator()(const Deaf& deaf) const { return lasting("does not read", deaf.lasts); }

    std::string operator()(const Freeze& freeze) const { return lasting("neither reads nor sends", freeze.lasts); }

    std::string operator()(const Delay& delay) const {
        return fmt::format("waits for {} and then goes on as it should", time_of(delay.by));
    }

    std::string operator()(const Drip& drip) const {
        return fmt::format("{} {} at a time, with a pause of {} between two", paced(), octets(drip.octets),
                           time_of(drip.every));
    }

    std::string operator()(const Throttle& throttle) const {
        return fmt::format("{} at {} a second", paced(), octets(throttle.octets_per_second));
    }

    std::string operator()(const Split& split) const {
        return split.octets == 0 ? fmt::format("{} with every line in a TCP segment of its own", paced())
                                 : fmt::format("{} in TCP segments of {}", paced(), octets(split.octets));
    }

    std::string operator()(const Reply& reply) const {
        return fmt::format("answers \"{}{}{}\"", reply.code, reply.text.empty() ? "" : " ", escaped(reply.text));
    }

    std::string operator()(const Edit& edit) const {
        switch (edit.how) {
        case Edit::How::add_line:
            return fmt::format("adds the line \"{}\" to its reply", escaped(edit.what));
        case Edit::How::remove_word:
            return fmt::format("leaves \"{}\" out of its reply", escaped(edit.what));
        case Edit::How::substitute:
            break;
        }
        return fmt::format("writes \"{}\" for \"{}\" in its reply", escaped(edit.by), escaped(edit.what));
    }

    std::string operator()(const Inject& inject) const {
        return fmt::format("sends a line that nobody asked for, \"{}\"", escaped(inject.line));
    }

    std::string operator()(const Garbage& garbage) const {
        return fmt::format("sends {} of rubbish", octets(garbage.octets));
    }

    std::string operator()(const Flood& flood) const {
        return fmt::format("sends {} of {}", octets(flood.octets),
                           flood.shape == Flood::Shape::lines ? "lines that look valid" : "one line without an end");
    }

    std::string operator()(const Flip& flip) const {
        return fmt::format("changes a bit of octet {} of its reply", flip.at);
    }

    std::string operator()(const Refuse&) const { return "refuses the connection"; }

    std::string operator()(const Blackhole&) const { return "does not answer at all, as if it was not there"; }

    std::string operator()(const AcceptLate& late) const {
        return fmt::format("takes the connection up only after {}", time_of(late.by));
    }

    std::string operator()(const Fin&) const { return "ends the connection in good order (FIN)"; }

    std::string operator()(const HalfClose&) const { return "ends its own side, and reads on"; }

    std::string operator()(const Reset&) const { return "breaks the connection off (RST)"; }

    std::string operator()(const Cut&) const { return "ends the connection by FIN, without a close_notify of TLS"; }

    std::string operator()(const Alert& alert) const { return fmt::format("sends the TLS alert {}", alert.name); }

    std::string operator()(const Cert& cert) const {
        for (const auto& row : cert_rows())
            if (row.value == cert.kind)
                return fmt::format("shows a certificate that is \"{}\": {}", row.word, row.meaning);
        return {};
    }

    std::string operator()(const SpeakTls&) const { return "takes what comes for TLS, although nobody asked for it"; }
};

std::string sentence(const Fault& fault) {
    std::string where = fault.conn ? "On " + numbers(*fault.conn, "connection") : "On every connection";
    if (fault.address)
        where += fmt::format("{} to the {} address", fault.conn ? ", if it is" : "", ordinal(*fault.address));
    std::string time = when(fault.at);
    if (fault.nth)
        time += fmt::format(" ({}, counted on each connection)", numbers(*fault.nth, "time"));
    const auto only_if = [&](std::string_view what, const std::string& glob) {
        if (!glob.empty())
            time += fmt::format(", if {} matches \"{}\"", what, escaped(glob));
    };
    only_if("the client's name", fault.only_if.hello);
    only_if("a recipient", fault.only_if.recipient);
    only_if("the message-id", fault.only_if.message_id);
    const Doing doing{fault.at.kind == Point::Kind::body,
                      fault.at.kind == Point::Kind::reply || fault.at.kind == Point::Kind::record};
    std::vector<std::string> done;
    for (const Action& action : fault.actions)
        done.push_back(std::visit(doing, action));
    const std::string chance =
        fault.probability < 1 ? fmt::format("with a probability of {}% ", fault.probability * 100) : "";
    const std::string_view need_not = fault.optional ? " A client that never comes to this is right, too." : "";
    return fmt::format("{}, {}, the server {}{}.{}", where, time, chance, joined_by(done, "and then"), need_not);
}

// ---- asked of the client ----

std::string_view said(ResultWord word) {
    switch (word) {
    case ResultWord::ok:
        return "it worked";
    case ResultWord::temp:
        return "it failed for now";
    case ResultWord::perm:
        return "it failed for good";
    case ResultWord::uncertain:
        return "nobody knows whether it worked";
    case ResultWord::failure:
        return "it failed";
    }
    return {};
}

std::string_view closed(CloseKind kind) {
    switch (kind) {
    case CloseKind::quit:
        return "QUIT";
    case CloseKind::fin:
        return "FIN without QUIT";
    case CloseKind::reset:
        return "RST";
    case CloseKind::notify:
        return "a close_notify of TLS";
    }
    return {};
}

std::string connections(const CountRange& range) {
    if (!range.to)
        return fmt::format("open {} or more", counted(range.from, "connection"));
    if (*range.to == 0)
        return "open no connection";
    if (*range.to == range.from)
        return fmt::format("open {}{}", range.from == 1 ? "only " : "", counted(range.from, "connection"));
    return fmt::format("open {} to {} connections", range.from, *range.to);
}

std::string addresses_tried(const std::vector<std::uint32_t>& addresses) {
    std::vector<std::string> names;
    for (const std::uint32_t address : addresses)
        names.push_back("the " + ordinal(address));
    return fmt::format("try {} address of the server{}, and no other", joined_by(names, "and then"),
                       addresses.size() == 1 ? "" : " in this order");
}

std::string what_it_must(const Expectation& expect) {
    std::vector<std::string> parts;
    if (expect.gives_up)
        parts.push_back("give up " + range_of(*expect.gives_up));
    if (!expect.result.empty()) {
        std::vector<std::string> words;
        for (const ResultWord word : expect.result)
            words.push_back(fmt::format("that {}", said(word)));
        parts.push_back("say " + joined_by(words, "or"));
    }
    if (!expect.close.empty()) {
        std::vector<std::string> kinds;
        for (const CloseKind kind : expect.close)
            kinds.emplace_back(closed(kind));
        parts.push_back("end its connection with " + joined_by(kinds, "or"));
    }
    if (expect.connects)
        parts.push_back(connections(*expect.connects));
    if (!expect.addresses.empty())
        parts.push_back(addresses_tried(expect.addresses));
    if (expect.backoff)
        parts.push_back(fmt::format("connect again {}", range_of(*expect.backoff)));
    if (!expect.never.empty())
        parts.push_back("never send " + joined_by(expect.never, "or"));
    if (expect.ends)
        parts.push_back(fmt::format("end its process {} from its start", range_of(*expect.ends)));
    if (expect.exit)
        parts.push_back(fmt::format("exit with status {}", *expect.exit));
    if (expect.rss)
        parts.push_back(fmt::format("use at most {} of memory", octets(*expect.rss)));
    if (expect.log)
        parts.push_back(fmt::format("print something that matches /{}/", escaped(expect.log->regex)));
    if (parts.empty())
        return {};
    // Commas throughout: the parts have an `or` and `and` of their own.
    const std::string last = parts.back();
    parts.pop_back();
    return parts.empty() ? fmt::format("The client must {}.", last)
                         : fmt::format("The client must {}, and {}.", joined(parts, ", "), last);
}

std::string_view noun(const Scenario& scenario) { return carries_mail(scenario.protocol) ? "message" : "article"; }

// What is asked of the message is asked of each that the first step is about.
std::string thing_of(const Scenario& scenario) {
    const bool several = operations_of_first_step(scenario) > 1;
    return fmt::format("{} {}", several ? "each" : "the", noun(scenario));
}

std::string what_becomes_of_it(const Scenario& scenario) {
    const std::string thing = thing_of(scenario);
    if (scenario.expect.stored)
        switch (*scenario.expect.stored) {
        case StoredWord::once:
            return fmt::format("The server must have stored {} exactly once.", thing);
        case StoredWord::never:
            return fmt::format("The server must not have stored {}.", thing);
        case StoredWord::at_most_once:
            return fmt::format("The server may have stored {} once, and not more often.", thing);
        }
    if (scenario.expect.received)
        switch (*scenario.expect.received) {
        case ReceivedWord::intact:
            return "The client must have the article as it is on the server.";
        case ReceivedWord::never:
            return "The client must not take any article as received.";
        }
    return {};
}

// ---- the whole ----

std::string_view verb_of(Operation operation) {
    switch (operation) {
    case Operation::send:
        return "send";
    case Operation::post:
        return "post";
    case Operation::read:
        return "read";
    case Operation::relay:
        return "pass on";
    case Operation::deliver:
        return "deliver";
    case Operation::feed:
        return "offer to another server";
    }
    return {};
}

std::string object_of(const Scenario& scenario, const Step& step, bool is_first) {
    const std::string_view what = noun(scenario);
    if (step.count > 1)
        return fmt::format("{} {}{}s", step.count, is_first ? "" : "more ", what);
    return fmt::format("{} {}", is_first ? (what == "article" ? "an" : "a") : "another", what);
}

std::string_view name_of(Protocol protocol) {
    switch (protocol) {
    case Protocol::smtp:
        return "SMTP";
    case Protocol::nntp:
        return "NNTP";
    case Protocol::lmtp:
        return "LMTP";
    }
    return {};
}

// What is unusual about the file that the client is given.
std::string shape_of(const Scenario& scenario) {
    std::string text;
    switch (scenario.message.line_ends) {
    case LineEnds::crlf:
        break;
    case LineEnds::lf:
        text += " Its file has LF alone for line ends.";
        break;
    case LineEnds::mixed:
        text += " Its file has CRLF and LF in turn for line ends.";
        break;
    case LineEnds::cr:
        text += " The lines of its body end in CR alone.";
        break;
    case LineEnds::unfinished:
        text += " Its file has no line end behind the last line.";
        break;
    }
    for (const WordRow<std::string_view>& row : smuggle_rows())
        if (!scenario.message.smuggle.empty() && scenario.message.smuggle == row.value)
            text += fmt::format(" Its text holds {}, and behind it what would be another {} if that were the end.",
                                row.word, noun(scenario));
    return text;
}

std::string task(const Scenario& scenario) {
    std::vector<std::string> steps;
    for (const Step& step : scenario.steps) {
        if (!step.operation) {
            steps.push_back(fmt::format("wait for {}", time_of(step.wait)));
            continue;
        }
        steps.push_back(fmt::format("{} {}", verb_of(*step.operation), object_of(scenario, step, steps.empty())));
    }
    std::string text = fmt::format("The client is asked to {}", joined_by(steps, "and then"));
    if (scenario.message.recipients > 1)
        text += fmt::format(" to {} recipients", scenario.message.recipients);
    text += fmt::format(" ({}).", name_of(scenario.protocol));
    if (scenario.message.size > 0)
        text += fmt::format(" {} {} has {}.", operations_of(scenario).size() > 1 ? "Each" : "The", noun(scenario),
                            octets(scenario.message.size));
    text += shape_of(scenario);
    if (scenario.operation == Operation::read) {
        text += fmt::format(" The server has {}", counted(scenario.news.articles, "article"));
        if (scenario.news.size > 0)
            text += fmt::format(" of {}{}", octets(scenario.news.size), scenario.news.articles > 1 ? " each" : "");
        text += ".";
    }
    return text;
}

std::string what_the_server_does(const Scenario& scenario) {
    std::string text;
    if (scenario.server.capabilities)
        text = scenario.server.capabilities->empty()
                   ? "The server offers no extensions."
                   : fmt::format("The server offers {}.", joined_by(*scenario.server.capabilities, "and"));
    if (!scenario.server.auth.empty()) {
        std::vector<std::string> methods;
        for (const LogIn method : scenario.server.auth)
            methods.emplace_back(to_string(method));
        text += fmt::format("{}The server wants a log-in, by {}.", text.empty() ? "" : " ", joined_by(methods, "or"));
    }
    if (scenario.server.tls != Tls::none)
        text += fmt::format("{}{}", text.empty() ? "" : " ",
                            scenario.server.tls == Tls::implicit ? "The connection begins with TLS."
                                                                 : "The server offers STARTTLS.");
    if (scenario.server.addresses > 1)
        text += fmt::format("{}The server has {} addresses.", text.empty() ? "" : " ", scenario.server.addresses);
    if (scenario.server.buffer)
        text += fmt::format("{}The server keeps {} of what comes, and reads no more until its replies are taken.",
                            text.empty() ? "" : " ", octets(*scenario.server.buffer));
    if (scenario.faults.empty())
        return text + (text.empty() ? "" : " ") + "Nothing goes wrong: the server does all that it should.";
    for (const Fault& fault : scenario.faults)
        text += (text.empty() ? "" : " ") + sentence(fault);
    if (operations_of(scenario).size() > operations_of_first_step(scenario))
        text += fmt::format(" From the {} operation on the server is healthy, and they must work.",
                            operations_of_first_step(scenario) == 1
                                ? "second"
                                : ordinal(static_cast<std::uint32_t>(operations_of_first_step(scenario)) + 1));
    return text;
}

} // namespace

std::string explain(const Scenario& scenario) {
    std::string text = scenario.id + "\n";
    if (!scenario.why.empty())
        text += fmt::format("Why: {}.\n", scenario.why);
    text += task(scenario) + "\n" + what_the_server_does(scenario) + "\n";
    const std::string must = what_it_must(scenario.expect);
    const std::string fate = what_becomes_of_it(scenario);
    text += must + (must.empty() || fate.empty() ? "" : " ") + fate + "\n";
    for (const ExpectedFailure& failure : scenario.xfail)
        text +=
            fmt::format("{} known to fail here: {}.\n",
                        failure.client.empty() ? "Every client is" : fmt::format("The client '{}' is", failure.client),
                        failure.why);
    return text;
}

} // namespace postfault::scenario
