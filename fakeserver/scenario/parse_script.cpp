#include "fakeserver/scenario/parse_script.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

namespace postfault::scenario {

namespace {

constexpr std::size_t most_lines = 1000;
constexpr std::string_view without_line_end = "<no-crlf>";

// `<CR>`, `<LF>`, `<NUL>`, `<x0d>`; everything else in angle brackets is what it is, an address for example.
std::optional<char> escaped_octet(std::string_view name) {
    if (name == "CR")
        return '\r';
    if (name == "LF")
        return '\n';
    if (name == "NUL")
        return '\0';
    if (name.size() != 3 || name[0] != 'x')
        return std::nullopt;
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(name.data() + 1, name.data() + 3, value, 16);
    return error == std::errc{} && stop == name.data() + 3 ? std::optional(static_cast<char>(value)) : std::nullopt;
}

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t end = text[at] == '<' ? text.find('>', at) : std::string_view::npos;
        const auto octet =
            end == std::string_view::npos ? std::nullopt : escaped_octet(text.substr(at + 1, end - at - 1));
        result += octet.value_or(text[at]);
        if (octet)
            at = end;
    }
    return result;
}

class Reader {
public:
    Reader(std::string_view text, const std::function<void(const std::string&, std::size_t)>& complain)
        : text_(text), complain_(complain) {
        read_.script.turns.push_back({"greeting", "", false, false, "", 1});
    }

    ParsedScript read() {
        std::size_t at = 0;
        while (at < text_.size() && line_ < most_lines) {
            const std::size_t end = std::min(text_.find('\n', at), text_.size());
            ++line_;
            read_line(text_.substr(at, end - at));
            at = end + 1;
        }
        if (at < text_.size())
            complain_(fmt::format("a script has at most {} lines", most_lines), at);
        if (read_.script.turns.size() == 1 && turn().says.empty() && read_.faults.empty())
            complain_("the script says nothing; expected lines such as 'S: 220 ready' and 'C: EHLO *'", 0);
        return std::move(read_);
    }

private:
    Script::Turn& turn() { return read_.script.turns.back(); }

    // `part` is a piece of the text.
    void complain(std::string problem, std::string_view part) {
        complain_(problem, static_cast<std::size_t>(part.data() - text_.data()));
    }

    void read_line(std::string_view line) {
        const std::string_view words = without_blanks(line);
        if (words.empty() || words.starts_with('#'))
            return;
        if (expected_close_)
            return complain("'-- expect close' is the last line: nothing comes behind it", words);
        const bool is_speech = words.starts_with("S:") || words.starts_with("C:");
        if (!is_speech && !words.starts_with("--"))
            return complain(
                fmt::format("expected a line that begins with 'S:', 'C:', '--' or '#', got '{}'", shown(words)), words);
        const std::string_view rest = words.substr(2);
        if (words.starts_with("--"))
            return read_directive(without_blanks(rest), words);
        if (is_over())
            return complain(fmt::format("this is never said: nothing can follow '-- {}'", over_), words);
        // One blank behind the colon belongs to the form, further ones to the text.
        std::string_view said = rest.starts_with(' ') ? rest.substr(1) : rest;
        if (words.starts_with("S:"))
            hear_server(said);
        else
            hear_client(said, words);
    }

    void hear_server(std::string_view said) {
        const bool is_open = said.ends_with(without_line_end);
        if (is_open)
            said.remove_suffix(without_line_end.size());
        // An upload whose answer begins with 2 is taken.
        if (turn().uploads && turn().says.empty() && said.starts_with('2'))
            store();
        turn().says += unescaped(said) + (is_open ? "" : "\r\n");
    }

    void hear_client(std::string_view glob, std::string_view words) {
        const std::string hears = unescaped(without_blanks(glob));
        if (hears.empty())
            return complain("what does the client say? 'C: *' takes any line", words);
        const std::string verb = to_upper(hears.substr(0, hears.find(' ')));
        const bool is_verb =
            std::all_of(verb.begin(), verb.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) && verb.size() <= 32;
        begin({is_verb ? verb : fmt::format("line {}", line_), hears, false, false, "", line_});
    }

    void begin(Script::Turn turn) {
        ++occurrences_[turn.subject];
        read_.script.turns.push_back(std::move(turn));
    }

    void store() {
        if (!std::exchange(turn().stores, true))
            ++occurrences_["accepted"];
    }

    void read_directive(std::string_view directive, std::string_view whole) {
        const std::string_view word = directive.substr(0, directive.find(' '));
        const std::string_view rest = without_blanks(directive.substr(word.size()));
        if (word == "expect")
            return read_expectation(rest, whole);
        if (is_over())
            return complain(fmt::format("this never happens: nothing can follow '-- {}'", over_), whole);
        if (word == "delay")
            return read_delay(rest, whole);
        const std::vector<std::string_view> known{"upload", "store", "stall", "fin", "reset", "delay", "expect"};
        if (std::find(known.begin(), known.end(), word) == known.end())
            return complain(
                fmt::format("expected {}, got '{}'{}", listed(known), shown(word), did_you_mean(word, known)), whole);
        if (!rest.empty())
            return complain(fmt::format("'-- {}' stands alone, got '{}'", word, shown(rest)), rest);
        if (word == "upload")
            return begin({"dot", "", true, false, "", line_});
        if (word == "store") {
            if (!turn().uploads || !turn().says.empty())
                return complain("'-- store' comes directly behind '-- upload'", whole);
            return store();
        }
        over_ = word;
        if (word == "stall")
            act(Stall{});
        else if (word == "fin")
            act(Fin{});
        else
            act(Reset{});
    }

    void read_delay(std::string_view time, std::string_view whole) {
        const auto by = parse_time_value(time);
        if (!by)
            return complain(time.empty() ? "how long? Say for example '-- delay 2s'" : by.problem(),
                            time.empty() ? whole : time);
        act(Delay{*by});
    }

    void read_expectation(std::string_view rest, std::string_view whole) {
        std::string_view left = rest;
        const auto take = [&left] {
            left = without_blanks(left);
            const std::string_view word = left.substr(0, left.find(' '));
            left.remove_prefix(word.size());
            return word;
        };
        if (take() != "close")
            return complain("expected '-- expect close', with a kind and a time if need be: "
                            "'-- expect close reset within 5s'",
                            whole);
        std::string_view word = take();
        if (!word.empty() && word != "within") {
            const auto kinds = parse_closes(word);
            if (!kinds)
                return complain(kinds.problem(), word);
            if (std::find(kinds->begin(), kinds->end(), CloseKind::notify) != kinds->end())
                return complain("'notify' is about TLS, which a script does not speak; expected quit, fin or reset",
                                word);
            read_.close = *kinds;
            word = take();
        }
        if (!word.empty()) {
            const std::string_view time = without_blanks(left);
            const auto limit = parse_time_value(time);
            if (word != "within" || !limit)
                return complain(word != "within" ? fmt::format("expected 'within', got '{}'", shown(word))
                                                 : limit.problem(),
                                word != "within" || time.empty() ? word : time);
            read_.gives_up = TimeRange{std::nullopt, *limit};
            // The time counts from something that has happened.
            if (read_.faults.empty())
                act(Delay{});
        }
        expected_close_ = true;
    }

    // Something happens behind what was said last.
    void act(Action action) {
        Fault fault;
        const std::string subject = turn().uploads && turn().stores ? "accepted" : turn().subject;
        if (turn().says.empty())
            fault.at = {Point::Kind::received, subject, {}};
        else
            fault.at = {Point::Kind::reply, subject, Offset{Offset::Unit::octet, turn().says.size()}};
        if (turn().subject != "greeting")
            fault.nth = Selector{occurrences_[subject], occurrences_[subject], 1};
        fault.actions.push_back(std::move(action));
        read_.faults.push_back(std::move(fault));
    }

    bool is_over() const { return !over_.empty(); }

    std::string_view text_;
    const std::function<void(const std::string&, std::size_t)>& complain_;
    ParsedScript read_;
    std::map<std::string, std::uint32_t> occurrences_;
    std::size_t line_ = 0;
    std::string over_; // the word that has ended the server's part
    bool expected_close_ = false;
};

} // namespace

ParsedScript parse_script(std::string_view text,
                          const std::function<void(const std::string& problem, std::size_t offset)>& complain) {
    return Reader(text, complain).read();
}

} // namespace postfault::scenario
