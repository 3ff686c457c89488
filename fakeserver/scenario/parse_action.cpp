#include "fakeserver/scenario/parse_action.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace postfault::scenario {

namespace {

using ActionResult = Result<Action>;

// Each reads what stands after the action's name and one blank, and counts positions from there.
using Parser = ActionResult (*)(std::string_view rest);

Result<TimeValue> parse_some_time(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    const auto time = parse_time_value(text);
    if (!time)
        return Result<TimeValue>::failed(time.problem(), offset_in(rest, text));
    if (*time == TimeValue{})
        return Result<TimeValue>::failed(fmt::format("a time of '{}' does nothing", shown(text)),
                                         offset_in(rest, text));
    return *time;
}

Result<std::uint64_t> parse_some_octets(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    const auto size = parse_size(text);
    if (!size)
        return Result<std::uint64_t>::failed(size.problem(), offset_in(rest, text));
    if (*size == 0)
        return Result<std::uint64_t>::failed("no octets at all do nothing", offset_in(rest, text));
    return *size;
}

template <class Bare>
ActionResult parse_bare(std::string_view rest) {
    const std::string_view more = without_blanks(rest);
    if (!more.empty())
        return ActionResult::failed(fmt::format("nothing can follow here, got '{}'", shown(more)),
                                    offset_in(rest, more));
    return Action{Bare{}};
}

template <class Timed>
ActionResult parse_timed(std::string_view rest) {
    const auto time = parse_some_time(rest);
    return time ? ActionResult(Timed{*time}) : problem_of<Action>(time);
}

template <class Lasting>
ActionResult parse_lasting(std::string_view rest) {
    return without_blanks(rest).empty() ? ActionResult(Lasting{}) : parse_timed<Lasting>(rest);
}

ActionResult parse_drip(std::string_view rest) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos)
        return ActionResult::failed(
            fmt::format("expected octets and a pause such as 1B/200ms, got '{}'", shown(without_blanks(rest))));
    const auto octets = parse_some_octets(rest.substr(0, slash));
    if (!octets)
        return problem_of<Action>(octets);
    const auto every = parse_some_time(rest.substr(slash + 1));
    if (!every)
        return problem_of<Action>(every, slash + 1);
    return Action{Drip{*octets, *every}};
}

ActionResult parse_throttle(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    if (!text.ends_with("/s"))
        return ActionResult::failed(fmt::format("expected a rate such as 2KiB/s, got '{}'", shown(text)),
                                    offset_in(rest, text));
    const auto octets = parse_some_octets(text.substr(0, text.size() - 2));
    return octets ? ActionResult(Throttle{*octets}) : problem_of<Action>(octets, offset_in(rest, text));
}

ActionResult parse_split(std::string_view rest) {
    if (without_blanks(rest) == "lines")
        return Action{Split{0}};
    const auto octets = parse_some_octets(rest);
    return octets ? ActionResult(Split{*octets}) : problem_of<Action>(octets);
}

ActionResult parse_reply(std::string_view rest) {
    // Codes above 599 are no protocol's, which is what some scenarios are about.
    const std::string_view digits = rest.substr(0, rest.find(' '));
    const auto code = parse_number(digits, 100, 999);
    if (!code)
        return ActionResult::failed(
            fmt::format("expected a reply code of three digits such as 451, got '{}'", shown(digits)));
    if (digits.size() == rest.size())
        return Action{Reply{static_cast<int>(*code), ""}};
    const auto text = parse_escapes(rest.substr(digits.size() + 1));
    return text ? ActionResult(Reply{static_cast<int>(*code), *text}) : problem_of<Action>(text, digits.size() + 1);
}

// The end of A in `A/B/`: the next slash without a backslash before it.
std::size_t find_slash(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '/')
            return at;
    return std::string_view::npos;
}

ActionResult parse_substitution(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    const std::string_view after = text.substr(2);
    const std::size_t middle = find_slash(after);
    const std::size_t end = middle == std::string_view::npos ? middle : find_slash(after.substr(middle + 1));
    if (end == std::string_view::npos || middle + 1 + end + 1 != after.size())
        return ActionResult::failed(
            fmt::format("expected s/OLD/NEW/ with three slashes (write \\/ for a slash in the text), got '{}'",
                        shown(text)),
            offset_in(rest, text));
    if (middle == 0)
        return ActionResult::failed("the text to replace is empty", offset_in(rest, after));
    const auto what = parse_escapes(after.substr(0, middle));
    if (!what)
        return problem_of<Action>(what, offset_in(rest, after));
    const auto by = parse_escapes(after.substr(middle + 1, end));
    if (!by)
        return problem_of<Action>(by, offset_in(rest, after) + middle + 1);
    return Action{Edit{Edit::How::substitute, *what, *by}};
}

ActionResult parse_edit(std::string_view rest) {
    if (without_blanks(rest).starts_with("s/"))
        return parse_substitution(rest);
    if (rest.size() < 3 || (rest[0] != '+' && rest[0] != '-') || rest[1] != ' ')
        return ActionResult::failed(
            fmt::format("expected '+ LINE', '- WORD' or 's/OLD/NEW/', got '{}'", shown(without_blanks(rest))));
    const auto text = parse_escapes(rest.substr(2));
    if (!text)
        return problem_of<Action>(text, 2);
    return Action{Edit{rest[0] == '+' ? Edit::How::add_line : Edit::How::remove_word, *text, ""}};
}

ActionResult parse_inject(std::string_view rest) {
    const auto line = parse_escapes(rest);
    return line ? ActionResult(Inject{*line}) : problem_of<Action>(line);
}

ActionResult parse_garbage(std::string_view rest) {
    const auto octets = parse_some_octets(rest);
    return octets ? ActionResult(Garbage{*octets}) : problem_of<Action>(octets);
}

ActionResult parse_flood(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    const std::string_view size = text.substr(0, text.find(' '));
    const auto octets = parse_some_octets(size);
    if (!octets)
        return problem_of<Action>(octets, offset_in(rest, size));
    const std::string_view shape = without_blanks(text.substr(size.size()));
    if (!shape.empty() && shape != "lines" && shape != "line")
        return ActionResult::failed(fmt::format("expected 'lines' or 'line', got '{}'", shown(shape)),
                                    offset_in(rest, shape));
    return Action{Flood{*octets, shape == "line" ? Flood::Shape::line : Flood::Shape::lines}};
}

ActionResult parse_flip(std::string_view rest) {
    const std::string_view text = without_blanks(rest);
    if (!text.starts_with('@'))
        return ActionResult::failed(fmt::format("expected an octet such as @3, got '{}'", shown(text)),
                                    offset_in(rest, text));
    const auto at = parse_number(text.substr(1), 0, std::numeric_limits<std::uint32_t>::max());
    return at ? ActionResult(Flip{*at}) : problem_of<Action>(at, offset_in(rest, text) + 1);
}

ActionResult parse_alert(std::string_view rest) {
    const std::string_view name = without_blanks(rest);
    if (alert_number(name))
        return Action{Alert{std::string(name)}};
    std::vector<std::string_view> names;
    for (const postfault::Alert& alert : alerts())
        names.push_back(alert.name);
    return ActionResult::failed(fmt::format("'{}' is no alert of RFC 8446{}", shown(name), did_you_mean(name, names)),
                                offset_in(rest, name));
}

ActionResult parse_cert(std::string_view rest) {
    const std::string_view name = without_blanks(rest);
    std::vector<std::string_view> names;
    for (const CertificateKind kind : certificate_kinds) {
        names.push_back(to_string(kind));
        if (names.back() == name)
            return Action{Cert{kind}};
    }
    return ActionResult::failed(
        fmt::format("expected {}; got '{}'{}", listed(names), shown(name), did_you_mean(name, names)),
        offset_in(rest, name));
}

struct NamedParser {
    Parser parse;
    bool needs_more; // the name alone says nothing
};

// In the order of the Action variant, as action_rows() is.
constexpr std::array parsers{
    NamedParser{parse_lasting<Stall>, false},
    NamedParser{parse_lasting<Deaf>, false},
    NamedParser{parse_lasting<Freeze>, false},
    NamedParser{parse_timed<Delay>, true},
    NamedParser{parse_drip, true},
    NamedParser{parse_throttle, true},
    NamedParser{parse_split, true},
    NamedParser{parse_reply, true},
    NamedParser{parse_edit, true},
    NamedParser{parse_inject, true},
    NamedParser{parse_garbage, true},
    NamedParser{parse_flood, true},
    NamedParser{parse_flip, true},
    NamedParser{parse_bare<Refuse>, false},
    NamedParser{parse_bare<Blackhole>, false},
    NamedParser{parse_timed<AcceptLate>, true},
    NamedParser{parse_bare<Fin>, false},
    NamedParser{parse_bare<HalfClose>, false},
    NamedParser{parse_bare<Reset>, false},
    NamedParser{parse_bare<Cut>, false},
    NamedParser{parse_alert, true},
    NamedParser{parse_cert, true},
    NamedParser{parse_bare<SpeakTls>, false},
};
static_assert(parsers.size() == std::variant_size_v<Action>);

} // namespace

ActionResult parse_action(std::string_view whole) {
    std::string_view text = whole;
    while (text.starts_with(' '))
        text.remove_prefix(1); // blanks at the end may belong to a reply's text
    const std::string_view name = text.substr(0, text.find(' '));
    const std::size_t start = offset_in(whole, name);
    if (name.empty())
        return ActionResult::failed("an action is empty; expected for example 'stall'", start);

    const auto rows = action_rows();
    std::vector<std::string_view> names;
    for (std::size_t index = 0; index < rows.size(); ++index) {
        names.push_back(rows[index].name);
        if (rows[index].name != name)
            continue;
        if (!rows[index].supported)
            return ActionResult::failed(fmt::format("'{}' is not supported yet", name), start);
        const std::string_view rest = text.substr(std::min(name.size() + 1, text.size()));
        const bool is_alone = without_blanks(rest).empty();
        if (is_alone && parsers[index].needs_more)
            return ActionResult::failed(
                fmt::format("'{}' needs more: {}; for example '{}'", name, rows[index].forms, rows[index].example),
                start);
        auto action = parsers[index].parse(rest);
        return action ? action : problem_of<Action>(action, offset_in(whole, rest));
    }
    return ActionResult::failed(fmt::format("unknown action '{}'{}", shown(name), did_you_mean(name, names)), start);
}

} // namespace postfault::scenario
