#include "fakeserver/protocol/nntp/session.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"
#include "fakeserver/protocol/nntp/calendar.hpp"
#include "fakeserver/protocol/nntp/wildmat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace postfault::protocol::nntp {

namespace {

// RFC 3977 3.1
constexpr std::size_t longest_line = 512;

constexpr std::string_view overview_fields[] = {"Subject", "From", "Date", "Message-ID", "References"};

constexpr const char* syntax_error = "501 Syntax error\r\n";
constexpr const char* authentication_required = "480 Authentication required\r\n"; // RFC 4643 2.1
constexpr const char* no_group = "412 No newsgroup selected\r\n";
constexpr const char* no_current = "420 Current article number is invalid\r\n";
constexpr const char* no_number = "423 No article with that number\r\n";
constexpr const char* none_selected = "420 No article selected\r\n"; // RFC 2980's word for 423
constexpr const char* no_message_id = "430 No article with that message-id\r\n";

bool is_control(char letter) {
    return (static_cast<unsigned char>(letter) < ' ' && letter != '\t') || letter == '\x7f';
}

Answer say(std::string line) {
    Answer answer;
    answer.reply = std::move(line);
    return answer;
}

// A first line and a block of lines behind it, all with CRLF.
Answer say_block(std::string line, std::string_view block) {
    append_dotted(line, block);
    return say(std::move(line));
}

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

std::vector<std::string> newsgroups_of(std::string_view text) {
    std::vector<std::string> names;
    const std::string list = field(text, "Newsgroups").value_or("");
    for (const std::string_view name : split(list, ','))
        if (!trimmed(name).empty())
            names.emplace_back(trimmed(name));
    return names;
}

} // namespace

Session::Session(const Settings& settings, Spool& spool)
    : LineSession({longest_line, settings.max_article_size}), settings_(settings), spool_(spool) {}

// RFC 3977 5.1
std::string Session::greeting() const {
    return settings_.posting ? fmt::format("200 {} postfault ready, posting allowed\r\n", settings_.hostname)
                             : fmt::format("201 {} postfault ready, posting prohibited\r\n", settings_.hostname);
}

Answer Session::answer(const Command& command) {
    Answer answer = respond(command);
    // RFC 4644 2.5: the article is under way whatever is wrong with the command. After a bare LF no CRLF dot CRLF is to
    // be hoped for.
    if (command.verb == "TAKETHIS" && settings_.streaming && !answer.ahead && !command.line.bare_lf)
        answer.ahead = Answer::Ahead{std::nullopt, true, true};
    return answer;
}

Answer Session::respond(const Command& command) {
    using Handler = Answer (Session::*)(const Arguments&);

    struct Verb {
        std::string_view name;
        Handler handler;
        std::size_t least_arguments;
        std::size_t most_arguments;
        bool open_to_all = false; // without authentication
    };

    static constexpr Verb verbs[] = {
        {"ARTICLE", &Session::article, 0, 1},
        {"AUTHINFO", &Session::authinfo, 1, 2, true}, // RFC 4643

        {"BODY", &Session::body, 0, 1},
        {"CAPABILITIES", &Session::capabilities, 0, 1, true},
        {"CHECK", &Session::check, 1, 1}, // RFC 4644
        {"DATE", &Session::date, 0, 0, true},
        {"GROUP", &Session::group, 1, 1},
        {"HDR", &Session::hdr, 1, 2},
        {"HEAD", &Session::head, 0, 1},
        {"HELP", &Session::help, 0, 0, true},
        {"IHAVE", &Session::ihave, 1, 1},
        {"LAST", &Session::last, 0, 0},
        {"LIST", &Session::list, 0, 2},
        {"LISTGROUP", &Session::listgroup, 0, 2},
        {"MODE", &Session::mode, 1, 1, true},
        {"NEWGROUPS", &Session::newgroups, 2, 3},
        {"NEWNEWS", &Session::newnews, 3, 4},
        {"NEXT", &Session::next, 0, 0},
        {"OVER", &Session::over, 0, 1},
        {"POST", &Session::post, 0, 0},
        {"QUIT", &Session::quit, 0, 0, true},
        {"STARTTLS", &Session::starttls, 0, 0, true}, // RFC 4642
        {"STAT", &Session::stat, 0, 1},
        {"TAKETHIS", &Session::takethis, 1, 1}, // RFC 4644
        {"XHDR", &Session::xhdr, 1, 2},
        {"XOVER", &Session::xover, 0, 1},
    };
    if (command.line.too_long)
        return say("501 Line too long\r\n");
    // RFC 3977 3.1 knows no other line end than CRLF. Saying so at once is kinder than waiting for ever.
    if (command.line.bare_lf)
        return say("501 Lines end with CR LF, this one with a bare LF\r\n");
    const Verb* const verb =
        std::find_if(std::begin(verbs), std::end(verbs), [&](const Verb& known) { return known.name == command.verb; });
    const bool hidden = (!settings_.streaming && (command.verb == "CHECK" || command.verb == "TAKETHIS")) ||
                        (settings_.passwords.empty() && command.verb == "AUTHINFO") ||
                        (!settings_.starttls && command.verb == "STARTTLS");
    if (verb == std::end(verbs) || hidden)
        return say("500 Unknown command\r\n");
    const std::string& text = command.line.text;
    if (std::any_of(text.begin(), text.end(), is_control))
        return say("501 Control characters in the line\r\n");
    const Arguments arguments = words(command.arguments());
    if (arguments.size() < verb->least_arguments || arguments.size() > verb->most_arguments)
        return say(syntax_error);
    if (must_authenticate() && !verb->open_to_all)
        return say(authentication_required);
    return (this->*verb->handler)(arguments);
}

Facts Session::known(const Command* command) const {
    Facts facts;
    if (group_ != nullptr)
        facts.group = group_->name;
    if (announced_)
        facts.message_id = *announced_;
    if (command == nullptr)
        return facts;
    const Arguments arguments = words(command->arguments());
    const auto is = [&](std::initializer_list<std::string_view> verbs) {
        return std::find(verbs.begin(), verbs.end(), command->verb) != verbs.end();
    };
    if (is({"GROUP", "LISTGROUP"}) && !arguments.empty())
        facts.group = arguments[0];
    if (!arguments.empty() && arguments[0].starts_with('<') &&
        is({"ARTICLE", "HEAD", "BODY", "STAT", "IHAVE", "CHECK", "TAKETHIS"}))
        facts.message_id = arguments[0];
    else if (is({"ARTICLE", "HEAD", "BODY", "STAT"}))
        if (const Selection selection = select_one(arguments); !selection.articles.empty())
            if (const Article* const article = selection.articles.front().article; article != nullptr)
                facts.message_id = article->message_id;
    return facts;
}

// RFC 3977 5.2
Answer Session::capabilities(const Arguments&) {
    std::string lines = "VERSION 2\r\n";
    if (settings_.capabilities) {
        for (const std::string& capability : *settings_.capabilities)
            lines += capability + "\r\n";
        if (offers_starttls())
            lines += "STARTTLS\r\n";
        return say_block("101 Capability list follows\r\n", lines);
    }
    lines += "IMPLEMENTATION postfault\r\nREADER\r\n";
    if (!must_authenticate()) {
        if (settings_.posting)
            lines += "POST\r\n";
        lines += fmt::format("IHAVE\r\nNEWNEWS\r\nHDR\r\nOVER MSGID\r\nLIST {}\r\n", list_names());
        if (settings_.streaming)
            lines += "STREAMING\r\n";
    }
    if (offers_starttls())
        lines += "STARTTLS\r\n";
    // RFC 4643 2.1: not after authentication.
    if (!settings_.passwords.empty() && !authenticated_)
        lines += "AUTHINFO USER\r\n";
    return say_block("101 Capability list follows\r\n", lines);
}

std::string Session::list_names() const {
    return fmt::format("ACTIVE ACTIVE.TIMES{} HEADERS NEWSGROUPS OVERVIEW.FMT",
                       settings_.distribution_patterns.empty() ? "" : " DISTRIB.PATS");
}

std::string Session::shown(const Command& command) const {
    const auto parts = words(command.line.text);
    const bool is_secret = command.verb == "AUTHINFO" && parts.size() > 2 && !equals_ignoring_case(parts[1], "USER");
    return is_secret ? fmt::format("AUTHINFO {} ***", parts[1]) : command.line.text;
}

// RFC 4643 2.3
Answer Session::authinfo(const Arguments& arguments) {
    const bool names_user = equals_ignoring_case(arguments[0], "USER");
    if (arguments.size() < 2 || (!names_user && !equals_ignoring_case(arguments[0], "PASS")))
        return say(syntax_error);
    if (authenticated_)
        return say("502 Already authenticated\r\n");
    if (!names_user && !user_)
        return say("482 AUTHINFO USER first\r\n");
    const std::string user(names_user ? arguments[1] : *user_);
    const auto known = settings_.passwords.find(user);
    Answer answer;
    if (known != settings_.passwords.end() && known->second == (names_user ? "" : arguments[1])) {
        answer = say("281 Authentication accepted\r\n");
        answer.effect = [this] { authenticated_ = true; };
    } else if (names_user) {
        // Whether there is such a user is not told.
        answer = say("381 Password required\r\n");
        answer.effect = [this, user] { user_ = user; };
    } else {
        answer = say("481 Authentication failed\r\n");
        answer.effect = [this] { user_.reset(); };
    }
    return answer;
}

// RFC 3977 5.3
Answer Session::mode(const Arguments& arguments) {
    // RFC 4644 2.3
    if (equals_ignoring_case(arguments[0], "STREAM") && settings_.streaming)
        return say(must_authenticate() ? authentication_required : "203 Streaming permitted\r\n");
    if (!equals_ignoring_case(arguments[0], "READER"))
        return say("501 Unknown mode\r\n");
    return say(settings_.posting ? "200 Posting allowed\r\n" : "201 Posting prohibited\r\n");
}

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

// RFC 3977 6.3.1
Answer Session::post(const Arguments&) {
    if (!settings_.posting)
        return say("440 Posting not permitted\r\n");
    Answer answer = say("340 Send article to be posted\r\n");
    answer.then = Answer::Then::upload;
    return answer;
}

// RFC 3977 6.3.2
Answer Session::ihave(const Arguments& arguments) {
    if (!is_message_id(arguments[0]))
        return say(syntax_error);
    if (spool_.find_article(arguments[0]) != nullptr)
        return say("435 Article not wanted\r\n");
    Answer answer = say("335 Send article to be transferred\r\n");
    answer.then = Answer::Then::upload;
    answer.effect = [this, id = std::string(arguments[0])] { announced_ = spool_.expect(id); };
    return answer;
}

// RFC 4644 2.4
Answer Session::check(const Arguments& arguments) {
    const std::string_view id = arguments[0];
    if (!is_message_id(id))
        return say(syntax_error);
    if (spool_.find_article(id) != nullptr)
        return say(fmt::format("438 {} Not wanted\r\n", id));
    if (spool_.expects(id))
        return say(fmt::format("431 {} On its way, ask later\r\n", id));
    return say(fmt::format("238 {} Send it\r\n", id));
}

// RFC 4644 2.5. An article that is not wanted is refused behind its end like any other.
Answer Session::takethis(const Arguments& arguments) {
    if (!is_message_id(arguments[0]))
        return say(syntax_error);
    Answer answer = say(fmt::format("239 {} Transferred\r\n", arguments[0]));
    answer.ahead = Answer::Ahead{};
    answer.effect = [this, id = std::string(arguments[0])] {
        announced_ = spool_.expect(id);
        streamed_ = true;
    };
    return answer;
}

Receipt Session::receive(const std::string& text, bool too_large) {
    const std::string problem = problem_with(text, too_large);
    if (!problem.empty() && streamed_)
        return {fmt::format("439 {} {}\r\n", *announced_, problem), {}};
    if (!problem.empty())
        return {fmt::format("{} {}\r\n", announced_ ? 437 : 441, problem), {}};
    // RFC 4644 2.5.2: a streaming client would take 439 for an answer for good.
    if (spool_.posted_octets() + text.size() > settings_.max_stored)
        return {fmt::format("{} No room for more articles\r\n", streamed_ ? 400 : announced_ ? 436 : 441), {}};
    std::string id = message_id(text);
    std::string added;
    // RFC 5537 3.5: the injecting agent supplies what the posting agent has left out.
    if (!announced_) {
        if (id.empty()) {
            id = spool_.fresh_message_id();
            added += fmt::format("Message-ID: {}\r\n", id);
        }
        if (!field(text, "Path"))
            added += fmt::format("Path: {}!.POSTED!not-for-mail\r\n", settings_.hostname);
        if (!field(text, "Date"))
            added += fmt::format("Date: {}\r\n", field_date(settings_.now));
    }
    std::string reply = streamed_    ? fmt::format("239 {} Transferred\r\n", id)
                        : announced_ ? fmt::format("235 Article transferred {}\r\n", id)
                                     : fmt::format("240 Article received {}\r\n", id);
    auto store = [this, id, added] {
        Stored posted;
        posted.content = take_text();
        posted.recipients = newsgroups_of(posted.content);
        posted.message_id = id;
        return spool_.take(std::move(posted), added);
    };
    return {std::move(reply), store};
}

std::string Session::problem_with(const std::string& text, bool too_large) const {
    if (too_large)
        return "Article too large";
    if (!body_of(text))
        return "No empty line between header and body";
    if (!header_is_sound(text))
        return "Malformed header";
    for (const std::string_view name : {"From", "Newsgroups", "Subject"})
        if (field(text, name).value_or("").empty())
            return fmt::format("Missing {} field", name);
    const auto id_field = field(text, "Message-ID");
    if (id_field && !is_message_id(*id_field))
        return "Malformed Message-ID field";
    if (announced_ && id_field != *announced_)
        return "Message-ID field differs from the one announced";
    if (id_field && spool_.find_article(*id_field) != nullptr)
        return "435 Duplicate message-id";
    for (const std::string& name : newsgroups_of(text))
        if (spool_.find_group(name) != nullptr)
            return "";
    return "No such newsgroup here";
}

void Session::on_upload_over() {
    announced_.reset();
    streamed_ = false;
}

// RFC 3977 7.1
Answer Session::date(const Arguments&) { return say(fmt::format("111 {}\r\n", compact_date(settings_.now))); }

// RFC 3977 7.2
Answer Session::help(const Arguments&) {
    return say_block("100 Help text follows\r\n",
                     "ARTICLE AUTHINFO BODY CAPABILITIES CHECK DATE GROUP HDR HEAD HELP IHAVE LAST LIST LISTGROUP\r\n"
                     "MODE NEWGROUPS NEWNEWS NEXT OVER POST QUIT STAT TAKETHIS XHDR XOVER\r\n");
}

// RFC 4642 2.2. With authentication, which holds for the whole session, it is too late (2.2.2).
Answer Session::starttls(const Arguments&) {
    if (is_secured() || authenticated_)
        return say("502 STARTTLS is not possible any more\r\n");
    Answer answer = say("382 Continue with TLS negotiation\r\n");
    answer.then = Answer::Then::upgrade;
    return answer;
}

// RFC 4642 2.2.2
void Session::forget_client() {
    group_ = nullptr;
    current_ = 0;
    user_.reset();
    authenticated_ = false;
}

// RFC 3977 5.4
Answer Session::quit(const Arguments&) {
    Answer answer = say("205 Bye\r\n");
    answer.then = Answer::Then::close;
    return answer;
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
