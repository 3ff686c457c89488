#include "fakeserver/protocol/etiquette.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace postfault::protocol {

namespace {

// A command of more octets is none (RFC 5321 4.5.3.1.4 and RFC 4954 4: 12288).
constexpr std::size_t longest_line = 16 * 1024;

// Nobody waits for the replies to so many, and what is broken by then was told. They must not be kept for ever.
constexpr std::size_t most_asked = 10'000;

constexpr std::size_t line_shown = 80;
constexpr std::size_t head_kept = 40;

// Not verbs, but answered like commands.
constexpr std::string_view greeting = "the greeting";
constexpr std::string_view end_of_message = "the final dot";

// RFC 2920 3.1, and what TLS and AUTH add: only as the last command of a group.
constexpr std::array<std::string_view, 11> smtp_waits{"EHLO", "HELO", "LHLO", "DATA", "VRFY",    "EXPN",
                                                      "TURN", "QUIT", "NOOP", "AUTH", "STARTTLS"};

// RFC 3977 3.5 and the extensions: MUST NOT be pipelined.
constexpr std::array<std::string_view, 6> nntp_waits{"MODE", "POST", "IHAVE", "AUTHINFO", "STARTTLS", "COMPRESS"};

constexpr std::array<std::string_view, 16> smtp_commands{"EHLO", "HELO", "LHLO", "MAIL",    "RCPT", "DATA",
                                                         "BDAT", "RSET", "NOOP", "VRFY",    "EXPN", "HELP",
                                                         "QUIT", "AUTH", "ETRN", "STARTTLS"};

constexpr std::array<std::string_view, 27> nntp_commands{
    "CAPABILITIES", "MODE",    "GROUP", "LISTGROUP", "LIST",  "ARTICLE",  "HEAD",     "BODY",     "STAT",
    "NEXT",         "LAST",    "OVER",  "XOVER",     "HDR",   "XHDR",     "DATE",     "POST",     "IHAVE",
    "NEWGROUPS",    "NEWNEWS", "HELP",  "QUIT",      "CHECK", "TAKETHIS", "AUTHINFO", "STARTTLS", "COMPRESS"};

template <std::size_t Count>
bool contains(const std::array<std::string_view, Count>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string verb_of(std::string_view line) {
    const auto parts = words(line);
    return parts.empty() ? std::string{} : to_upper(parts.front());
}

bool is_upload(std::string_view verb) { return verb == "DATA" || verb == "POST" || verb == "IHAVE"; }

bool is_hello(std::string_view verb) { return verb == "EHLO" || verb == "LHLO" || verb == "HELO"; }

} // namespace

Etiquette::Etiquette(Language language)
    : language_(language),
      replies_(language == Language::smtp ? ReplyStream::Shape::many_lines : ReplyStream::Shape::one_line),
      asked_{{std::string(greeting), true, 1}} {}

std::vector<Violation> Etiquette::take() { return std::exchange(found_, {}); }

void Etiquette::on_encrypted() {
    if (!sealed_)
        return;
    sealed_ = false;
    watching_ = true;
    if (language_ == Language::smtp) {
        greeted_ = hello_tried_ = false;
        offers_pipelining_ = false;
    }
    logged_in_ = false;
}

// ---- what was sent
// ----------------------------------------------------------------------------------------------------

void Etiquette::on_sent(std::string_view bytes) {
    replied_in_this_call_ = false;
    if (watching_ && !replies_.take(bytes, [this](const ReplyStream::Line& line) { return on_reply_line(line); }))
        look_away();
}

bool Etiquette::on_reply_line(const ReplyStream::Line& line) {
    if (!watching_)
        return false;
    if (asked_.empty()) {
        // The client may have something on its way that it takes this reply for, unless it had to wait for the one
        // before it. And in an upload nobody can say what it makes of it.
        if (mode_ != Mode::commands || !line_.empty() || !replied_in_this_call_)
            look_away();
        else if (stale_.empty())
            stale_ = fmt::format("{} {}", line.code, line.text.substr(0, line_shown));
        return false;
    }
    Asked& asked = asked_.front();
    if (asked.verb == "EHLO" || asked.verb == "LHLO") {
        const auto parts = words(line.text);
        if (!parts.empty() && equals_ignoring_case(parts.front(), "PIPELINING"))
            next_offers_pipelining_ = true;
    }
    if (!line.last)
        return false;
    const Asked done = asked;
    if (--asked.replies == 0) {
        replied_in_this_call_ = done.waits || !offers_pipelining_;
        asked_.pop_front();
    }
    on_reply(done, line.code, done.replies == 1);
    return language_ == Language::nntp && has_block(done.verb, line.code);
}

// RFC 3977 section 3.2: which replies have a block is known by code and command, and never by the text.
bool Etiquette::has_block(const std::string& verb, int code) {
    static constexpr std::array<int, 10> codes{100, 101, 215, 220, 221, 222, 224, 225, 230, 231};
    return std::find(codes.begin(), codes.end(), code) != codes.end() || (code == 211 && verb == "LISTGROUP");
}

void Etiquette::on_reply(const Asked& asked, int code, bool last) {
    on_closing_reply(asked, code);
    if (!last)
        return;
    if (language_ == Language::smtp)
        on_smtp_reply(asked, code);
    else
        on_nntp_reply(asked, code);
}

// RFC 5321 3.8, RFC 3977 3.2.1
void Etiquette::on_closing_reply(const Asked& asked, int code) {
    if (code != (language_ == Language::smtp ? 421 : 400))
        return;
    // Without a rule that made it wait, its next command may be on its way already.
    const bool waited = asked.waits || (language_ == Language::smtp && !offers_pipelining_);
    if (waited && asked_.empty() && line_.empty())
        closing_ = code;
    else
        look_away();
}

void Etiquette::on_smtp_reply(const Asked& asked, int code) {
    const bool good = code / 100 == 2;
    const std::string& verb = asked.verb;
    if (is_hello(verb)) {
        offers_pipelining_ = good && std::exchange(next_offers_pipelining_, false);
        if (good) {
            greeted_ = true;
            mail_open_ = chunk_refused_ = false;
        }
    } else if (verb == "MAIL" && good) {
        mail_open_ = true;
        recipients_ = refused_recipients_ = 0;
    } else if (verb == "RCPT") {
        ++(good ? recipients_ : refused_recipients_);
    } else if (verb == "DATA") {
        if (code / 100 == 3) {
            on_go_ahead(verb);
        } else {
            no_go_ahead_ = true;
            mail_open_ = false; // whether it has to say RSET first is open to doubt
        }
    } else if (verb == "BDAT" && !good) {
        // RFC 3030 section 2. Those that were on their way are no offence.
        chunk_refused_ = chunk_refused_ || (!offers_pipelining_ && asked_.empty() && line_.empty());
    } else if (verb == "RSET" && good) {
        mail_open_ = chunk_refused_ = false;
    } else if (verb == "AUTH") {
        if (code / 100 == 3)
            continues_ = verb;
        logged_in_ = logged_in_ || good;
    } else if (verb == "STARTTLS" && good) {
        seal();
    }
}

void Etiquette::on_nntp_reply(const Asked& asked, int code) {
    const std::string& verb = asked.verb;
    if (verb == "POST" || verb == "IHAVE") {
        if (code / 100 == 3)
            on_go_ahead(verb);
        else
            no_go_ahead_ = true;
    } else if (verb == "AUTHINFO") {
        if (code == 383)
            continues_ = verb;
        logged_in_ = logged_in_ || code / 100 == 2;
    } else if (verb == "STARTTLS" && code == 382) {
        seal();
    } else if (verb == "COMPRESS" && code / 100 == 2) {
        look_away();
    }
}

void Etiquette::on_go_ahead(const std::string& verb) {
    if (line_.empty() && asked_.empty())
        begin_message(verb);
    else
        look_away(); // it did not wait, which was told; what is message now is anybody's guess
}

// Until on_encrypted(): what comes is no text.
void Etiquette::seal() {
    sealed_ = line_.empty() && asked_.empty();
    look_away();
}

// ---- what came
// --------------------------------------------------------------------------------------------------------

void Etiquette::on_bytes(std::string_view bytes) {
    while (!bytes.empty() && watching_) {
        std::size_t taken = 0;
        switch (mode_) {
        case Mode::commands:
            taken = take_line(bytes);
            break;
        case Mode::message:
            taken = take_message(bytes);
            break;
        case Mode::chunk:
            taken = take_chunk(bytes);
            break;
        }
        bytes.remove_prefix(taken);
        if (asked_.size() > most_asked) {
            asked_ = {};
            look_away();
        }
    }
}

std::size_t Etiquette::take_line(std::string_view bytes) {
    if (line_.empty())
        begin_line();
    const std::size_t lf = bytes.find('\n');
    const std::size_t taken = lf == std::string_view::npos ? bytes.size() : lf + 1;
    line_.append(bytes.substr(0, taken));
    said_ += taken;
    if (line_.size() > longest_line)
        look_away();
    else if (lf != std::string_view::npos) {
        on_line();
        line_.clear();
    }
    return taken;
}

// None of what is asked was answered in full, so the line cannot have been provoked by the answer.
void Etiquette::begin_line() {
    line_at_ = said_;
    early_.reset();
    const auto must = std::find_if(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.waits; });
    if (must != asked_.end())
        early_ = must->verb;
    else if (!asked_.empty() && language_ == Language::smtp && !offers_pipelining_)
        early_ = asked_.back().verb;
    behind_dot_ = !asked_.empty() && (asked_.back().verb == end_of_message || asked_.back().verb == "TAKETHIS");
}

void Etiquette::on_line() {
    const bool continues = !continues_.empty();
    const std::string verb = continues ? std::exchange(continues_, {}) : verb_of(line_);
    check_octets(verb);
    if (!check_early(verb) || continues) {
        asked_.push_back({verb, true, 1});
        return;
    }
    check_order(verb);
    if (watching_)
        on_command(verb);
}

// RFC 5321 2.3.8, RFC 3977 3.1
void Etiquette::check_octets(const std::string& verb) {
    // Octets of TLS that come too early are no lines; check_early() tells of them.
    if (early_ == "STARTTLS" && !is_command(verb))
        return;
    const std::size_t cr = line_.find('\r');
    if (line_.size() < 2 || line_[line_.size() - 2] != '\r')
        tell("bare LF", "bare LF in a command", shown(verb), line_at_ + line_.size() - 1);
    if (cr != std::string::npos && cr + 2 < line_.size())
        tell("bare CR", "bare CR in a command", shown(verb), line_at_ + cr);
}

// False if what has come is no command, and nobody can say what follows it.
bool Etiquette::check_early(const std::string& verb) {
    // RFC 5321 4.1.1.10: QUIT may be said at any time, above all by a client that has waited long enough.
    if (verb == "QUIT")
        return true;
    const bool command = is_command(verb);
    if (behind_dot_ && !command) {
        // RFC 5321 4.5.2: a line that was just a dot has ended the message.
        tell("dot", "text behind the line with the dot", shown(verb), line_at_);
        look_away();
    } else if (early_ && !command && is_upload(*early_)) {
        tell("data", "message data before the reply to " + *early_, shown(verb), line_at_);
        look_away();
    } else if (early_ == greeting) {
        tell("greeting", "talks before the greeting", shown(verb), line_at_);
    } else if (early_ && !stale_.empty()) {
        tell("stale", fmt::format("takes a stale reply ({}) as the answer to {}", escaped(stale_), *early_),
             shown(verb), line_at_);
    } else if (early_) {
        tell("early",
             fmt::format("sends {} before the reply to {}{}", command ? verb : "more", *early_,
                         language_ == Language::nntp || must_wait(*early_) ? "" : ", and PIPELINING was not offered"),
             shown(verb), line_at_);
    }
    return watching_;
}

void Etiquette::check_order(const std::string& verb) {
    if (closing_ && verb != "QUIT")
        tell("closing", fmt::format("goes on with {} after {}", is_command(verb) ? verb : "something", *closing_),
             shown(verb), line_at_);
    if (std::exchange(no_go_ahead_, false) && !is_command(verb)) {
        tell("data", language_ == Language::smtp ? "message data without 354" : "article without 340 or 335",
             shown(verb), line_at_);
        look_away();
        return;
    }
    const bool known = asked_.empty();
    // RFC 5321 4.1.4
    if (verb == "MAIL" && known && !greeted_)
        tell("hello", hello_tried_ ? "MAIL though EHLO was refused" : "MAIL before EHLO", shown(verb), line_at_);
    if (verb == "MAIL" && known && mail_open_)
        tell("mail", "MAIL within a transaction", shown(verb), line_at_);
    // RFC 3030 section 2
    if (verb == "BDAT" && chunk_refused_)
        tell("chunk", "BDAT after a refused chunk", shown(verb), line_at_);
    // RFC 4954 section 4, RFC 4643 2.2
    if ((verb == "AUTH" || verb == "AUTHINFO") && logged_in_)
        tell("auth", verb + " after a successful one", shown(verb), line_at_);
}

void Etiquette::on_command(const std::string& verb) {
    if (is_hello(verb)) {
        hello_tried_ = true;
        lmtp_ = verb == "LHLO";
        next_offers_pipelining_ = false;
    }
    if (verb == "TAKETHIS" && language_ == Language::nntp)
        begin_message(verb);
    else if (verb == "BDAT" && language_ == Language::smtp)
        begin_chunk();
    else
        asked_.push_back({verb, must_wait(verb), 1});
}

void Etiquette::begin_message(const std::string& verb) {
    mode_ = Mode::message;
    message_ = {};
    message_head_.clear();
    message_at_ = said_;
    message_command_ = verb;
}

std::size_t Etiquette::take_message(std::string_view bytes) {
    const auto on_found = [this](const MessageLines::Found& found) { on_message_fault(found); };
    const std::size_t taken = message_.take(bytes, on_found);
    said_ += taken;
    if (message_head_.size() < head_kept)
        message_head_.append(bytes.substr(0, std::min(taken, head_kept - message_head_.size())));
    // RFC 2920 3.1: a single dot is all that may follow a 354 that nobody needs.
    if (message_command_ == "DATA" && recipients_ == 0 && refused_recipients_ != 0 &&
        (message_head_.size() == head_kept || (message_.ended() && !message_.empty())))
        tell("no recipient", "message data though every recipient was refused", message_head_, message_at_);
    if (message_.ended())
        on_message_over();
    return taken;
}

void Etiquette::on_message_fault(const MessageLines::Found& found) {
    const std::uint64_t at = message_at_ + found.at;
    switch (found.fault) {
    case MessageLines::Fault::bare_lf:
        return tell("message LF", "bare LF in the message", found.octets, at);
    case MessageLines::Fault::bare_cr:
        return tell("message CR", "bare CR in the message", found.octets, at);
    case MessageLines::Fault::single_dot:
        return tell("dot", "dot at the start of a line not doubled", found.octets, at);
    case MessageLines::Fault::long_line:
        // RFC 3977 3.1 has no limit.
        if (language_ == Language::smtp) {
            tell("long line", "a line of more than 1000 octets in the message", found.octets, at);
            if (!found_.empty())
                found_.back().only_noted = true;
        }
    }
}

void Etiquette::on_message_over() {
    mode_ = Mode::commands;
    mail_open_ = false;
    if (message_command_ == "DATA")
        asked_.push_back({std::string(end_of_message), false, lmtp_ ? std::max(recipients_, 1U) : 1U});
    else if (message_command_ == "TAKETHIS")
        asked_.push_back({message_command_, false, 1});
    else
        asked_.push_back({std::string(end_of_message), true, 1});
}

void Etiquette::begin_chunk() {
    const auto parts = words(line_);
    const std::string_view size = parts.size() > 1 ? parts[1] : std::string_view{};
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), chunk_left_);
    // Who cannot count may be sending anything next.
    if (size.empty() || error != std::errc{} || end != size.data() + size.size())
        return look_away();
    last_chunk_ = parts.size() > 2 && equals_ignoring_case(parts[2], "LAST");
    mode_ = Mode::chunk;
    if (chunk_left_ == 0)
        on_chunk_over();
}

std::size_t Etiquette::take_chunk(std::string_view bytes) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), chunk_left_));
    said_ += taken;
    chunk_left_ -= taken;
    if (chunk_left_ == 0)
        on_chunk_over();
    return taken;
}

void Etiquette::on_chunk_over() {
    mode_ = Mode::commands;
    if (last_chunk_)
        mail_open_ = false;
    if (last_chunk_ && lmtp_ && !asked_.empty())
        look_away(); // how many replies there will be is not known yet
    asked_.push_back({"BDAT", false, last_chunk_ && lmtp_ ? std::max(recipients_, 1U) : 1U});
}

bool Etiquette::must_wait(const std::string& verb) const {
    if (verb == greeting)
        return true;
    return language_ == Language::smtp ? contains(smtp_waits, verb) : contains(nntp_waits, verb);
}

bool Etiquette::is_command(const std::string& verb) const {
    return language_ == Language::smtp ? contains(smtp_commands, verb) : contains(nntp_commands, verb);
}

// Never a secret.
std::string Etiquette::shown(const std::string& verb) const {
    return verb == "AUTH" || verb == "AUTHINFO" ? verb + " ..." : line_.substr(0, line_shown);
}

void Etiquette::tell(const std::string& id, std::string rule, std::string octets, std::uint64_t offset) {
    if (told_.insert(id).second)
        found_.push_back({std::move(rule), std::move(octets), offset, false});
}

} // namespace postfault::protocol
