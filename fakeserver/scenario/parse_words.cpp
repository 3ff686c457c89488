#include "fakeserver/scenario/parse_words.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <regex>

namespace postfault::scenario {

namespace {

constexpr auto most_count = std::numeric_limits<std::uint32_t>::max();

constexpr std::size_t longest_glob = 200;
constexpr std::size_t longest_group = 100;

// Of one operation in a step: each may have a file and words on the client's command line.
constexpr std::uint64_t most_times = 1000;

// Longer ones, and deeper ones, can exhaust the stack of std::regex.
constexpr std::size_t longest_regex = 400;

std::string expected_words(const std::vector<std::string_view>& words, std::string_view got) {
    return fmt::format("expected {}, got '{}'{}", listed(words), shown(got), did_you_mean(got, words));
}

template <class Value>
Result<Value> parse_word(std::string_view text, std::span<const WordRow<Value>> rows) {
    std::vector<std::string_view> words;
    for (const WordRow<Value>& row : rows) {
        if (row.word == text)
            return row.value;
        words.push_back(row.word);
    }
    return Result<Value>::failed(expected_words(words, text));
}

template <class Value>
Result<std::vector<Value>> parse_alternatives(std::string_view text, std::span<const WordRow<Value>> rows) {
    constexpr std::string_view separator = " or ";
    std::vector<Value> values;
    std::string_view left = text;
    for (;;) {
        const std::size_t end = left.find(separator);
        const std::string_view word = without_blanks(left.substr(0, end));
        const auto value = parse_word(word, rows);
        if (!value)
            return problem_of<std::vector<Value>>(value, offset_in(text, word));
        if (std::find(values.begin(), values.end(), *value) != values.end())
            return Result<std::vector<Value>>::failed(fmt::format("'{}' is there twice", word), offset_in(text, word));
        values.push_back(*value);
        if (end == std::string_view::npos)
            return values;
        left.remove_prefix(end + separator.size());
    }
}

Result<std::uint32_t> parse_count(std::string_view text, std::uint32_t least) {
    const auto number = parse_number(text, least, most_count);
    return number ? Result<std::uint32_t>(static_cast<std::uint32_t>(*number)) : problem_of<std::uint32_t>(number);
}

} // namespace

Result<Protocol> parse_protocol(std::string_view text) {
    std::vector<std::string_view> names;
    for (const ProtocolRow& row : protocol_rows()) {
        if (row.name == text)
            return row.protocol;
        names.push_back(row.name);
    }
    return Result<Protocol>::failed(expected_words(names, text));
}

Result<Operation> parse_operation(std::string_view text) {
    std::vector<std::string_view> names;
    for (const OperationRow& row : operation_rows()) {
        if (row.name == text)
            return row.operation;
        names.push_back(row.name);
    }
    const auto later = later_operations();
    if (std::find(later.begin(), later.end(), text) != later.end())
        return Result<Operation>::failed(fmt::format("the operation '{}' is not supported yet", text));
    return Result<Operation>::failed(expected_words(names, text));
}

Result<LogIn> parse_log_in(std::string_view text, Protocol protocol) {
    std::vector<std::string_view> words;
    for (const LogInRow& row : log_in_rows()) {
        const bool fits = row.for_mail == carries_mail(protocol);
        if (fits)
            words.push_back(row.word);
        if (row.word != text)
            continue;
        if (!fits)
            return Result<LogIn>::failed(
                fmt::format("'{}' is for {}, not for {}", text, row.for_mail ? "mail" : "news", to_string(protocol)));
        if (!row.supported)
            return Result<LogIn>::failed(fmt::format("'{}' is not supported yet", text));
        return row.method;
    }
    return Result<LogIn>::failed(expected_words(words, text));
}

Result<Selector> parse_selector(std::string_view text) {
    const std::size_t dots = text.find("..");
    const std::size_t plus = text.find('+');
    const std::size_t end = std::min({dots, plus, text.size()});
    if (end == 0)
        return Result<Selector>::failed(
            fmt::format("expected a number or a range such as 3, 1..2, 3+ or 3+2, got '{}'", shown(text)));
    const auto first = parse_count(text.substr(0, end), 1);
    if (!first)
        return problem_of<Selector>(first);
    if (end == text.size())
        return Selector{*first, *first, 1};
    if (end == plus) {
        if (plus + 1 == text.size())
            return Selector{*first, {}, 1};
        const auto step = parse_count(text.substr(plus + 1), 1);
        return step ? Result<Selector>(Selector{*first, {}, *step}) : problem_of<Selector>(step, plus + 1);
    }
    if (dots + 2 == text.size())
        return Result<Selector>::failed(fmt::format("say '{}+' for all from there on, got '{}'", *first, shown(text)),
                                        dots);
    const auto last = parse_count(text.substr(dots + 2), 1);
    if (!last)
        return problem_of<Selector>(last, dots + 2);
    if (*last < *first)
        return Result<Selector>::failed(fmt::format("a range goes upwards, got '{}'", shown(text)));
    return Selector{*first, *last, 1};
}

Result<double> parse_probability(std::string_view text) {
    double percent = 0;
    const std::string_view number = text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0));
    const auto [stop, error] =
        std::from_chars(number.data(), number.data() + number.size(), percent, std::chars_format::fixed);
    const bool is_number = !number.empty() && error == std::errc{} && stop == number.data() + number.size();
    if (!is_number || number.size() == text.size())
        return Result<double>::failed(
            fmt::format("a probability is written in per cent, such as 5%; got '{}'", shown(text)));
    if (!(percent > 0 && percent <= 100))
        return Result<double>::failed(
            fmt::format("a probability is more than 0% and at most 100%, got '{}'", shown(text)));
    return percent / 100;
}

Result<bool> parse_flag(std::string_view text) {
    if (text == "true" || text == "false")
        return text == "true";
    return Result<bool>::failed(fmt::format("expected true or false, got '{}'", shown(text)));
}

Result<TimeRange> parse_time_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        const auto alone = parse_time_value(text);
        if (!alone)
            return problem_of<TimeRange>(alone);
        return Result<TimeRange>::failed(
            fmt::format("nothing takes exactly that long; say '..{0}' for at most or '{0}..' for at least", text));
    }
    const std::string_view left = without_blanks(text.substr(0, dots));
    const std::string_view right = without_blanks(text.substr(dots + 2));
    if (left.empty() && right.empty())
        return Result<TimeRange>::failed("a range needs a bound, such as ..2T or 0.8T..1.5T");
    TimeRange range;
    if (!left.empty()) {
        const auto from = parse_time_value(left);
        if (!from)
            return problem_of<TimeRange>(from, offset_in(text, left));
        range.from = *from;
    }
    if (!right.empty()) {
        const auto to = parse_time_value(right);
        if (!to)
            return problem_of<TimeRange>(to, offset_in(text, right));
        range.to = *to;
    }
    // 5s..2T can only be compared when T is known.
    if (range.from && range.to && range.from->is_relative() == range.to->is_relative() && *range.to < *range.from)
        return Result<TimeRange>::failed(fmt::format("a range goes upwards, got '{}'", shown(text)));
    if (!range.from && *range.to == TimeValue{})
        return Result<TimeRange>::failed("nothing takes no time at all");
    return range;
}

Result<CountRange> parse_count_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    const std::string_view left = text.ends_with('+') ? text.substr(0, text.size() - 1) : text.substr(0, dots);
    if (left.empty())
        return Result<CountRange>::failed(
            fmt::format("expected a number or a range such as 3, 1..2 or 1+, got '{}'", shown(text)));
    const auto from = parse_count(left, 0);
    if (!from)
        return problem_of<CountRange>(from);
    if (left.size() == text.size())
        return CountRange{*from, *from};
    if (text.ends_with('+'))
        return CountRange{*from, {}};
    if (dots + 2 == text.size())
        return Result<CountRange>::failed(fmt::format("say '{}+' for that many or more, got '{}'", *from, shown(text)),
                                          dots);
    const auto to = parse_count(text.substr(dots + 2), 0);
    if (!to)
        return problem_of<CountRange>(to, dots + 2);
    if (*to < *from)
        return Result<CountRange>::failed(fmt::format("a range goes upwards, got '{}'", shown(text)));
    return CountRange{*from, *to};
}

Result<std::vector<ResultWord>> parse_results(std::string_view text) { return parse_alternatives(text, result_rows()); }

Result<std::vector<CloseKind>> parse_closes(std::string_view text) { return parse_alternatives(text, close_rows()); }

Result<Tls> parse_tls(std::string_view text) { return parse_word(text, tls_rows()); }

Result<StoredWord> parse_stored(std::string_view text) { return parse_word(text, stored_rows()); }

Result<ReceivedWord> parse_received(std::string_view text) { return parse_word(text, received_rows()); }

Result<std::uint32_t> parse_address(std::string_view text) {
    const auto number = parse_number(text, 1, most_addresses);
    if (!number)
        return Result<std::uint32_t>::failed(number.problem());
    return static_cast<std::uint32_t>(*number);
}

Result<std::uint64_t> parse_most_octets(std::string_view text) {
    const std::size_t start = text.starts_with("..") ? 2 : 0;
    const auto size = parse_size(text.substr(start));
    if (!size)
        return problem_of<std::uint64_t>(size, start);
    if (*size == 0)
        return Result<std::uint64_t>::failed("no client runs without memory", start);
    return *size;
}

Result<LogPattern> parse_log_pattern(std::string_view text) {
    if (text.size() < 3 || !text.starts_with('/') || !text.ends_with('/'))
        return Result<LogPattern>::failed(
            fmt::format("expected a pattern between slashes such as /timed out/, got '{}'", shown(text)));
    const std::string_view pattern = text.substr(1, text.size() - 2);
    if (pattern.size() > longest_regex)
        return Result<LogPattern>::failed(fmt::format("a pattern has at most {} characters", longest_regex));
    try {
        const std::regex compiled(pattern.begin(), pattern.end());
    } catch (const std::regex_error& error) {
        return Result<LogPattern>::failed(
            fmt::format("the pattern '{}' is no regular expression: {}", shown(pattern), error.what()), 1);
    }
    return LogPattern{std::string(pattern)};
}

Result<Encoding> parse_encoding(std::string_view text) { return parse_word(text, encoding_rows()); }

Result<LineEnds> parse_line_ends(std::string_view text) { return parse_word(text, line_ends_rows()); }

Result<std::string_view> parse_smuggle(std::string_view text) { return parse_word(text, smuggle_rows()); }

// RFC 5536 3.1.4
Result<std::string> parse_group(std::string_view text) {
    const bool is_name = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("+-_.").find(c) != std::string_view::npos;
    });
    const bool has_gap = text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos;
    if (text.empty() || text.size() > longest_group || !is_name || has_gap)
        return Result<std::string>::failed(
            fmt::format("expected the name of a newsgroup such as misc.test, got '{}'", shown(text)));
    return std::string(text);
}

Result<std::string> parse_glob(std::string_view text) {
    const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (text.empty() || text.size() > longest_glob || !is_printable)
        return Result<std::string>::failed(fmt::format(
            "expected a pattern of 1 to {} printable characters such as slow*@*, got '{}'", longest_glob, shown(text)));
    return std::string(text);
}

Result<Step> parse_step(std::string_view text) {
    if (text == "wait")
        return Result<Step>::failed("how long? Say for example 'wait 2T'");
    if (text.starts_with("wait ")) {
        const std::string_view time = without_blanks(text.substr(5));
        const auto wait = parse_time_value(time);
        return wait ? Result<Step>(Step{{}, *wait}) : problem_of<Step>(wait, offset_in(text, time));
    }
    const std::size_t blank = text.find(' ');
    const auto operation = parse_operation(text.substr(0, blank));
    if (!operation)
        return problem_of<Step>(operation);
    if (blank == std::string_view::npos)
        return Step{*operation, {}};
    const std::string_view times = without_blanks(text.substr(blank));
    if (!times.starts_with('x'))
        return Result<Step>::failed(fmt::format("say '{} xN' for the same operation several times, got '{}'",
                                                to_string(*operation), shown(text)),
                                    offset_in(text, times));
    const auto count = parse_number(times.substr(1), 1, most_times);
    return count ? Result<Step>(Step{*operation, {}, static_cast<std::uint32_t>(*count)})
                 : problem_of<Step>(count, offset_in(text, times) + 1);
}

} // namespace postfault::scenario
