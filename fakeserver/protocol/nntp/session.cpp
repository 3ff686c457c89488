#include "fakeserver/protocol/nntp/session.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/nntp/answers.hpp"
#include "fakeserver/protocol/nntp/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::protocol::nntp {

namespace {

// RFC 3977 3.1
constexpr std::size_t longest_line = 512;

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

} // namespace postfault::protocol::nntp
