#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"
#include "fakeserver/protocol/nntp/answers.hpp"
#include "fakeserver/protocol/nntp/calendar.hpp"
#include "fakeserver/protocol/nntp/session.hpp"
#include "fakeserver/protocol/nntp/wildmat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

// The commands of a reader: groups, articles and overviews (RFC 3977 6.1, 6.2, 7, 8).
namespace postfault::protocol::nntp {

namespace {

constexpr std::string_view overview_fields[] = {"Subject", "From", "Date", "Message-ID", "References"};

constexpr const char* no_group = "412 No newsgroup selected\r\n";
constexpr const char* no_current = "420 Current article number is invalid\r\n";
constexpr const char* no_number = "423 No article with that number\r\n";
constexpr const char* none_selected = "420 No article selected\r\n"; // RFC 2980's word for 423
constexpr const char* no_message_id = "430 No article with that message-id\r\n";

// RFC 3977 9.8: 1 to 16 digits.
std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.empty() || text.size() > 16 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = UINT64_MAX;
};

// `5`, `5-`, `5-9`
std::optional<Range> parse_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash));
    if (!first)
        return std::nullopt;
    if (dash == std::string_view::npos)
        return Range{*first, *first};
    if (dash + 1 == text.size())
        return Range{*first, UINT64_MAX};
    const auto last = parse_number(text.substr(dash + 1));
    if (!last)
        return std::nullopt;
    return Range{*first, *last};
}

// RFC 3977 8.3.2 and 8.5.2: one line, without TAB.
std::string as_one_line(std::string value) {
    std::replace_if(
        value.begin(), value.end(), [](char letter) { return letter == '\t' || is_control(letter); }, ' ');
    return value;
}

std::string status_of(const Group& group) {
    return fmt::format("211 {} {} {} {}", group.count(), Group::low, group.high(), group.name);
}

bool is_field_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char letter) { return letter > ' ' && letter <= '~' && letter != ':'; });
}

// What HDR tells of an article: a field or, with a colon in front, what was counted. Nothing if it has no such field.
std::optional<std::string> item_of(const Article& article, std::string_view name) {
    if (equals_ignoring_case(name, ":bytes"))
        return std::to_string(article.text.size());
    if (equals_ignoring_case(name, ":lines"))
        return std::to_string(article.lines());
    auto value = field(article.text, name);
    if (value)
        *value = as_one_line(std::move(*value));
    return value;
}

} // namespace

// RFC 3977 6.1.1
Answer Session::group(const Arguments& arguments) {
    const Group* const group = spool_.find_group(arguments[0]);
    if (group == nullptr)
        return say("411 No such newsgroup\r\n");
    Answer answer = say(status_of(*group) + "\r\n");
    answer.effect = [this, group] {
        group_ = group;
        current_ = group->count() == 0 ? 0 : Group::low;
    };
    return answer;
}

// RFC 3977 6.1.2
Answer Session::listgroup(const Arguments& arguments) {
    const Group* const group = arguments.empty() ? group_ : spool_.find_group(arguments[0]);
    const auto range = arguments.size() < 2 ? Range{} : parse_range(arguments[1]);
    if (!range)
        return say(syntax_error);
    if (group == nullptr)
        return say(arguments.empty() ? no_group : "411 No such newsgroup\r\n");
    std::string numbers;
    for (std::uint64_t number = std::max(range->first, Group::low); number <= std::min(range->last, group->high());
         ++number)
        numbers += fmt::format("{}\r\n", number);
    Answer answer = say_block(status_of(*group) + " list follows\r\n", numbers);
    answer.effect = [this, group] {
        group_ = group;
        current_ = group->count() == 0 ? 0 : Group::low;
    };
    return answer;
}

// RFC 3977 7.6
Answer Session::list(const Arguments& arguments) {
    const std::string what = arguments.empty() ? "ACTIVE" : to_upper(arguments[0]);
    const std::string_view argument = arguments.size() > 1 ? arguments[1] : std::string_view{};
    if (what == "ACTIVE" || what == "ACTIVE.TIMES" || what == "NEWSGROUPS") {
        const std::string_view wildmat = argument.empty() ? "*" : argument;
        if (!is_wildmat(wildmat))
            return say(syntax_error);
        std::string lines;
        for (const auto& [name, group] : spool_.groups()) {
            if (!matches_wildmat(name, wildmat))
                continue;
            if (what == "ACTIVE")
                lines += fmt::format("{} {} {} {}\r\n", name, group.high(), Group::low, settings_.posting ? 'y' : 'n');
            else if (what == "ACTIVE.TIMES")
                lines += fmt::format("{} {} postfault\r\n", name, settings_.now.time_since_epoch().count());
            else
                lines += fmt::format("{}\t{}\r\n", name, group.description.empty() ? "?" : group.description);
        }
        return say_block("215 List follows\r\n", lines);
    }
    if (what == "OVERVIEW.FMT") {
        if (!argument.empty())
            return say(syntax_error);
        std::string lines;
        for (const std::string_view name : overview_fields)
            lines += fmt::format("{}:\r\n", name);
        return say_block("215 Order of fields in overview database\r\n", lines + ":bytes\r\n:lines\r\n");
    }
    // RFC 3977 8.6: the colon alone stands for every field.
    if (what == "HEADERS") {
        if (!argument.empty() && !equals_ignoring_case(argument, "MSGID") && !equals_ignoring_case(argument, "RANGE"))
            return say(syntax_error);
        return say_block("215 Fields and metadata that HDR can give\r\n", ":\r\n:bytes\r\n:lines\r\n");
    }
    // RFC 3977 7.6.5
    if (what == "DISTRIB.PATS") {
        if (!argument.empty())
            return say(syntax_error);
        if (settings_.distribution_patterns.empty())
            return say("503 No such list is kept here\r\n");
        std::string lines;
        for (const std::string& pattern : settings_.distribution_patterns)
            lines += pattern + "\r\n";
        return say_block("215 List follows\r\n", lines);
    }
    return say("501 Unknown list\r\n");
}

// RFC 3977 6.2
Answer Session::send_part(Part part, const Arguments& arguments) {
    const Selection selection = select_one(arguments);
    if (selection.articles.empty())
        return say(selection.refusal);
    const auto [number, article] = selection.articles.front();
    const auto status = [number = number, article = article](int code) {
        return fmt::format("{} {} {}\r\n", code, number, article->message_id);
    };
    Answer answer;
    switch (part) {
    case Part::article:
        answer = say_block(status(220), article->text);
        break;
    case Part::head:
        answer = say_block(status(221), article->head());
        break;
    case Part::body:
        answer = say_block(status(222), article->body());
        break;
    case Part::stat:
        answer = say(status(223));
        break;
    }
    // Only by number: a message-id leaves the current article where it is.
    if (number != 0)
        answer.effect = [this, number = number] { current_ = number; };
    return answer;
}

// RFC 3977 6.1.4
Answer Session::next(const Arguments&) { return step_to(current_ + 1, "421 No next article in this group\r\n"); }

// RFC 3977 6.1.3
Answer Session::last(const Arguments&) {
    return step_to(current_ == 0 ? 0 : current_ - 1, "422 No previous article in this group\r\n");
}

Answer Session::step_to(std::uint64_t number, std::string refusal) {
    if (group_ == nullptr)
        return say(no_group);
    if (current_ == 0)
        return say(no_current);
    const Article* const article = group_->find(number);
    if (article == nullptr)
        return say(std::move(refusal));
    Answer answer = say(fmt::format("223 {} {}\r\n", number, article->message_id));
    answer.effect = [this, number] { current_ = number; };
    return answer;
}

// RFC 3977 8.3
Answer Session::over(const Arguments& arguments) { return overview(select_range(arguments)); }

// RFC 2980 2.8 has no message-ids, and one code for all that is missing.
Answer Session::xover(const Arguments& arguments) {
    if (!arguments.empty() && arguments[0].starts_with('<'))
        return say(syntax_error);
    Selection selection = select_range(arguments);
    if (selection.refusal == no_number)
        selection.refusal = none_selected;
    return overview(selection);
}

Answer Session::overview(const Selection& selection) const {
    if (selection.articles.empty())
        return say(selection.refusal);
    std::string lines;
    for (const auto& [number, article] : selection.articles) {
        lines += std::to_string(number);
        for (const std::string_view name : overview_fields) {
            lines += '\t';
            lines += item_of(*article, name).value_or("");
        }
        lines += fmt::format("\t{}\t{}\r\n", article->text.size(), article->lines());
    }
    return say_block("224 Overview information follows\r\n", lines);
}

// RFC 3977 8.5
Answer Session::hdr(const Arguments& arguments) {
    const std::string_view name = arguments[0];
    const bool is_metadata = equals_ignoring_case(name, ":bytes") || equals_ignoring_case(name, ":lines");
    if (name.starts_with(':') && !is_metadata)
        return say("503 No such metadata here\r\n");
    if (!is_metadata && !is_field_name(name))
        return say(syntax_error);
    const Selection selection = select_range({arguments.begin() + 1, arguments.end()});
    if (selection.articles.empty())
        return say(selection.refusal);
    std::string lines;
    for (const auto& [number, article] : selection.articles)
        lines += fmt::format("{} {}\r\n", number, item_of(*article, name).value_or(""));
    return say_block("225 Headers follow\r\n", lines);
}

// RFC 2980 2.6
Answer Session::xhdr(const Arguments& arguments) {
    const std::string_view name = arguments[0];
    if (!is_field_name(name))
        return say(syntax_error);
    const Selection selection = select_range({arguments.begin() + 1, arguments.end()});
    if (selection.articles.empty())
        return say(selection.refusal == no_number ? none_selected : selection.refusal);
    std::string lines;
    for (const auto& [number, article] : selection.articles)
        lines += fmt::format("{} {}\r\n", number == 0 ? article->message_id : std::to_string(number),
                             item_of(*article, name).value_or("(none)"));
    return say_block("221 Header follows\r\n", lines);
}

// RFC 3977 7.3
Answer Session::newgroups(const Arguments& arguments) {
    const auto since = parse_date(arguments[0], arguments[1], settings_.now);
    if (!since || (arguments.size() > 2 && !equals_ignoring_case(arguments[2], "GMT")))
        return say(syntax_error);
    std::string lines;
    if (*since <= settings_.now)
        for (const auto& [name, group] : spool_.groups())
            lines += fmt::format("{} {} {} {}\r\n", name, group.high(), Group::low, settings_.posting ? 'y' : 'n');
    return say_block("231 List of new newsgroups follows\r\n", lines);
}

// RFC 3977 7.4
Answer Session::newnews(const Arguments& arguments) {
    const auto since = parse_date(arguments[1], arguments[2], settings_.now);
    const bool bad_zone = arguments.size() > 3 && !equals_ignoring_case(arguments[3], "GMT");
    if (!is_wildmat(arguments[0]) || !since || bad_zone)
        return say(syntax_error);
    std::vector<std::string> ids;
    if (*since <= settings_.now)
        for (const auto& [name, group] : spool_.groups())
            if (matches_wildmat(name, arguments[0]))
                for (const auto& article : group.articles)
                    ids.push_back(article->message_id + "\r\n");
    // A crossposted article is told once.
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return say_block("230 List of new articles follows\r\n", joined(ids, ""));
}

Session::Selection Session::select_one(const Arguments& arguments) const {
    if (arguments.empty())
        return select_current();
    if (arguments[0].starts_with('<'))
        return select_by_id(arguments[0]);
    const auto number = parse_number(arguments[0]);
    if (!number)
        return {{}, syntax_error};
    if (group_ == nullptr)
        return {{}, no_group};
    const Article* const article = group_->find(*number);
    if (article == nullptr)
        return {{}, no_number};
    return {{{*number, article}}, {}};
}

Session::Selection Session::select_range(const Arguments& arguments) const {
    if (arguments.empty())
        return select_current();
    if (arguments[0].starts_with('<'))
        return select_by_id(arguments[0]);
    const auto range = parse_range(arguments[0]);
    if (!range)
        return {{}, syntax_error};
    if (group_ == nullptr)
        return {{}, no_group};
    Selection selection{{}, no_number};
    for (std::uint64_t number = std::max(range->first, Group::low); number <= std::min(range->last, group_->high());
         ++number)
        if (const Article* const article = group_->find(number); article != nullptr)
            selection.articles.push_back({number, article});
    return selection;
}

Session::Selection Session::select_by_id(std::string_view message_id) const {
    if (!is_message_id(message_id))
        return {{}, syntax_error};
    const Article* const article = spool_.find_article(message_id);
    if (article == nullptr)
        return {{}, no_message_id};
    return {{{0, article}}, {}};
}

Session::Selection Session::select_current() const {
    if (group_ == nullptr)
        return {{}, no_group};
    const Article* const article = group_->find(current_);
    if (article == nullptr)
        return {{}, no_current};
    return {{{current_, article}}, {}};
}

} // namespace postfault::protocol::nntp
