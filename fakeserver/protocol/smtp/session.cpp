#include "fakeserver/protocol/smtp/session.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"
#include "fakeserver/protocol/smtp/parameters.hpp"
#include "fakeserver/protocol/smtp/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace postfault::protocol::smtp {

namespace {

// RFC 5321 4.5.3.1.4 allows 512 octets. SIZE, 8BITMIME and others add to that for MAIL and RCPT; no sum of them comes
// near.
constexpr std::size_t longest_line = 2048;

bool is_control(char letter) {
    return (static_cast<unsigned char>(letter) < ' ' && letter != '\t') || letter == '\x7f';
}

} // namespace

Session::Session(const Settings& settings, Mailbox& mailbox)
    : LineSession({longest_line, settings.size_limit()}), settings_(settings), mailbox_(mailbox) {}

std::string Session::greeting() const {
    return fmt::format("220 {} {} postfault\r\n", settings_.hostname, settings_.lmtp ? "LMTP" : "ESMTP");
}

Answer Session::answer(const Command& command) {
    using Handler = Answer (Session::*)(const Command&);

    struct Verb {
        std::string_view name;
        Handler handler;
        bool takes_arguments;

        enum { both, smtp_only, lmtp_only } where = both;
    };

    static constexpr Verb verbs[] = {
        {"LHLO", &Session::ehlo, true, Verb::lmtp_only}, // RFC 2033 4.1
        {"EHLO", &Session::ehlo, true, Verb::smtp_only},
        {"HELO", &Session::helo, true, Verb::smtp_only},
        {"MAIL", &Session::mail, true},
        {"RCPT", &Session::rcpt, true},
        {"DATA", &Session::data, false},
        {"BDAT", &Session::bdat, true},
        {"RSET", &Session::rset, false},
        {"NOOP", &Session::noop, true},
        {"VRFY", &Session::vrfy, true},
        {"HELP", &Session::help, true},
        {"QUIT", &Session::quit, false},
        // Known to RFC 5321 or to widely used extensions, so 502 and not 500 (RFC 5321 4.2.4).
        {"EXPN", &Session::not_implemented, true},
        {"AUTH", &Session::auth, true},
        {"ETRN", &Session::not_implemented, true},
        {"STARTTLS", &Session::starttls, true},
        {"TURN", &Session::not_implemented, true},
    };
    if (command.line.too_long)
        return say(500, "5.5.2", "Line too long");
    // RFC 5321 2.3.8: LF alone does not end a line. Saying so at once is kinder than waiting for ever.
    if (command.line.bare_lf)
        return say(500, "5.5.2", "Lines end with CR LF, this one with a bare LF");
    if (command.continues)
        return respond(command);
    const Verb* const verb =
        std::find_if(std::begin(verbs), std::end(verbs), [&](const Verb& known) { return known.name == command.verb; });
    if (verb == std::end(verbs) || verb->where == (settings_.lmtp ? Verb::smtp_only : Verb::lmtp_only))
        return say(500, "5.5.2", "Command unrecognized");
    const std::string& text = command.line.text;
    if (std::any_of(text.begin(), text.end(), is_control))
        return say(501, "5.5.4", "Control characters in the line");
    if (!verb->takes_arguments && !command.arguments().empty())
        return say(501, "5.5.4", fmt::format("{} has no argument", verb->name));
    return (this->*verb->handler)(command);
}

// RFC 5321 4.1.1.1. A new greeting ends a transaction (4.1.4).
Answer Session::ehlo(const Command& command) {
    if (words(command.arguments()).size() != 1)
        return say(501, "5.5.4", fmt::format("Syntax: {} domain", command.verb));
    Answer answer;
    const std::vector<std::string> extensions = offered();
    answer.reply = fmt::format("250{}{}\r\n", extensions.empty() ? ' ' : '-', settings_.hostname);
    for (const std::string& extension : extensions)
        answer.reply += fmt::format("250{}{}\r\n", &extension == &extensions.back() ? ' ' : '-', extension);
    answer.effect = [this, name = std::string(command.arguments())] {
        hello_ = name;
        greeted_ = Greeted::ehlo;
        end_transaction();
    };
    return answer;
}

Answer Session::helo(const Command& command) {
    if (words(command.arguments()).size() != 1)
        return say(501, "5.5.4", "Syntax: HELO domain");
    Answer answer;
    answer.reply = fmt::format("250 {}\r\n", settings_.hostname);
    answer.effect = [this, name = std::string(command.arguments())] {
        hello_ = name;
        greeted_ = Greeted::helo;
        end_transaction();
    };
    return answer;
}

// RFC 5321 4.1.1.2
Answer Session::mail(const Command& command) {
    if (greeted_ == Greeted::no)
        return say(503, "5.5.1", settings_.lmtp ? "LHLO first" : "EHLO or HELO first");
    if (transaction_)
        return say(503, "5.5.1", "A mail transaction is already open");
    if (!settings_.mechanisms.empty() && !logged_in_)
        return say(530, "5.7.0", "Authentication required"); // RFC 4954 section 6
    const std::string_view arguments = command.arguments();
    if (!starts_with_ignoring_case(arguments, "FROM:"))
        return say(501, "5.5.4", "Syntax: MAIL FROM:<address>");
    const auto path = parse_path(arguments.substr(5));
    if (!path || equals_ignoring_case(path->mailbox, "postmaster"))
        return say(501, "5.1.7", "Bad sender address syntax");
    const Parameters found = read_parameters(command.verb, *path, settings_, extended());
    if (found.refusal)
        return say(*found.refusal);
    Answer answer = say(250, "2.1.0", "Sender ok");
    answer.effect = [this, opened = Transaction{path->mailbox, {}, found.utf8, found.binary}] {
        end_transaction();
        transaction_ = opened;
    };
    return answer;
}

// RFC 5321 4.1.1.3
Answer Session::rcpt(const Command& command) {
    if (!transaction_)
        return say(503, "5.5.1", "MAIL first");
    const std::string_view arguments = command.arguments();
    if (!starts_with_ignoring_case(arguments, "TO:"))
        return say(501, "5.5.4", "Syntax: RCPT TO:<address>");
    const auto path = parse_path(arguments.substr(3));
    if (!path || path->mailbox.empty())
        return say(501, "5.1.3", "Bad recipient address syntax");
    if (const Parameters found = read_parameters(command.verb, *path, settings_, extended()); found.refusal)
        return say(*found.refusal);
    // RFC 5321 4.5.3.1.10
    if (transaction_->recipients.size() >= settings_.max_recipients)
        return say(452, "4.5.3", "Too many recipients");
    Answer answer = say(250, "2.1.5", "Recipient ok");
    if (const auto ordered = settings_.recipient_replies.find(path->mailbox);
        ordered != settings_.recipient_replies.end())
        answer.reply = ordered->second + "\r\n";
    if (answer.reply.starts_with('2'))
        answer.effect = [this, mailbox = path->mailbox] { transaction_->recipients.push_back(mailbox); };
    return answer;
}

Facts Session::known(const Command* command) const {
    Facts facts;
    facts.hello = hello_;
    if (transaction_)
        facts.recipients = transaction_->recipients;
    if (command == nullptr)
        return facts;
    if (command->verb == "EHLO" || command->verb == "HELO" || command->verb == "LHLO")
        facts.hello = command->arguments();
    if (command->verb == "RCPT") {
        facts.recipients.clear();
        if (starts_with_ignoring_case(command->arguments(), "TO:"))
            if (const auto path = parse_path(command->arguments().substr(3)))
                facts.recipients = {path->mailbox};
    }
    return facts;
}

std::optional<Answer> Session::refuse_data() const {
    if (!transaction_)
        return say(503, "5.5.1", "MAIL first");
    if (transaction_->recipients.empty())
        return say(503, "5.5.1", "No valid recipient so far");
    return std::nullopt;
}

// RFC 5321 4.1.1.4 and 3.3
Answer Session::data(const Command&) {
    if (auto refusal = refuse_data())
        return *refusal;
    // RFC 3030 sections 2 and 3
    if (upload_begun())
        return say(503, "5.5.1", "DATA and BDAT do not go together, RSET first");
    if (transaction_->binary)
        return say(503, "5.5.1", "BODY=BINARYMIME needs BDAT");
    Answer answer;
    answer.reply = "354 End data with <CR><LF>.<CR><LF>\r\n";
    answer.then = Answer::Then::upload;
    return answer;
}

// RFC 3030 section 2. The chunk is under way already, so a refusal has to wait for its end.
Answer Session::bdat(const Command& command) {
    if (!settings_.offers("CHUNKING"))
        return not_implemented(command);
    const auto arguments = words(command.arguments());
    const auto size = arguments.empty() ? std::nullopt : parse_octets(arguments[0]);
    const bool last = arguments.size() == 2 && equals_ignoring_case(arguments[1], "LAST");
    if (!size || (arguments.size() > 1 && !last))
        return say(501, "5.5.4", "Syntax: BDAT octets [LAST]");
    std::optional<Answer> refusal = refuse_data();
    if (greeted_ == Greeted::helo)
        refusal = say(503, "5.5.1", "EHLO first");
    else if (!refusal && upload_spoiled())
        refusal = say(503, "5.5.1", "A chunk of this message was lost, RSET first");
    Answer answer = refusal ? *refusal : say(250, "2.0.0", fmt::format("{} octets received", *size));
    answer.ahead = Answer::Ahead{*size, last, refusal.has_value()};
    return answer;
}

Receipt Session::receive(const std::string& text, bool too_large) {
    // RFC 5321 4.2.3
    const bool full = !too_large && !mailbox_.has_room_for(text.size(), settings_.max_stored);

    struct Delivery {
        std::vector<std::string> recipients;
        std::string replies;
    };

    Delivery delivery;
    const std::string good = full ? line(452, "4.3.1", "Insufficient system storage")
                             : too_large
                                 ? line(552, "5.3.4", "Message larger than the maximum size")
                                 : line(250, "2.0.0", fmt::format("Ok, stored as message {}", mailbox_.accepted() + 1));
    if (!settings_.lmtp) {
        delivery.replies = good;
        if (!full && !too_large)
            delivery.recipients = transaction_->recipients;
    } else {
        // RFC 2033 4.2: in the order of the RCPT commands that were accepted.
        for (const std::string& recipient : transaction_->recipients) {
            const auto ordered = settings_.delivery_replies.find(recipient);
            const std::string reply =
                ordered == settings_.delivery_replies.end() || full || too_large ? good : ordered->second + "\r\n";
            delivery.replies += reply;
            if (reply.starts_with('2'))
                delivery.recipients.push_back(recipient);
        }
    }
    if (delivery.recipients.empty())
        return {std::move(delivery.replies), {}};
    auto store = [this, recipients = std::move(delivery.recipients)] {
        Stored message;
        message.content = take_text();
        message.sender = transaction_->sender;
        message.recipients = recipients;
        message.message_id = message_id(message.content);
        return mailbox_.put(std::move(message));
    };
    return {std::move(delivery.replies), std::move(store)};
}

// RFC 5321 4.1.1.4: the buffers are cleared whether the message was taken or not.
void Session::on_upload_over() { end_transaction(); }

Answer Session::rset(const Command&) {
    Answer answer = say(250, "2.0.0", "Ok");
    answer.effect = [this] { end_transaction(); };
    return answer;
}

Answer Session::noop(const Command&) { return say(250, "2.0.0", "Ok"); }

// RFC 5321 3.5.3: whether the address is valid is not told.
Answer Session::vrfy(const Command& command) {
    if (command.arguments().empty())
        return say(501, "5.5.4", "Syntax: VRFY address");
    return say(252, "2.1.5", "Cannot verify, but will take a message and try to deliver it");
}

Answer Session::help(const Command&) {
    return say(214, "2.0.0",
               fmt::format("{} MAIL RCPT DATA{} RSET NOOP VRFY HELP QUIT", settings_.lmtp ? "LHLO" : "EHLO HELO",
                           settings_.offers("CHUNKING") ? " BDAT" : ""));
}

// RFC 3207 section 4. Not offered under TLS (4.2).
Answer Session::starttls(const Command& command) {
    if (!settings_.starttls)
        return not_implemented(command);
    if (is_secured())
        return say(503, "5.5.1", "TLS is up already");
    if (!command.arguments().empty())
        return say(501, "5.5.4", "STARTTLS has no argument");
    Answer answer = say(220, "2.0.0", "Ready to start TLS");
    answer.then = Answer::Then::upgrade;
    return answer;
}

// RFC 3207 4.2
void Session::forget_client() {
    greeted_ = Greeted::no;
    hello_.clear();
    exchange_.reset();
    logged_in_ = false; // RFC 4954 section 4
    end_transaction();
}

std::vector<std::string> Session::offered() const {
    std::vector<std::string> lines = settings_.extensions;
    if (settings_.starttls && !is_secured())
        lines.emplace_back("STARTTLS");
    const bool may_log_in = !settings_.log_in_needs_tls || is_secured();
    if (!settings_.mechanisms.empty() && may_log_in && !settings_.offers("AUTH")) {
        std::string line = "AUTH";
        for (const sasl::Mechanism mechanism : settings_.mechanisms)
            line += fmt::format(" {}", to_string(mechanism));
        lines.push_back(std::move(line));
    }
    return lines;
}

Answer Session::quit(const Command&) {
    Answer answer = say(221, "2.0.0", "Bye");
    answer.then = Answer::Then::close;
    return answer;
}

Answer Session::not_implemented(const Command&) { return say(502, "5.5.1", "Command not implemented"); }

// RFC 2034 section 4: not in the greeting, in 3yz, nor in the replies to EHLO and HELO.
std::string Session::line(int code, std::string_view status, std::string_view text) const {
    const bool with_status = greeted_ == Greeted::ehlo && settings_.offers("ENHANCEDSTATUSCODES");
    return fmt::format("{} {}{}{}\r\n", code, with_status ? status : "", with_status ? " " : "", text);
}

Answer Session::say(int code, std::string_view status, std::string_view text) const {
    Answer answer;
    answer.reply = line(code, status, text);
    return answer;
}

Answer Session::say(const Refusal& refusal) const { return say(refusal.code, refusal.status, refusal.text); }

Extended Session::extended() const { return {greeted_ == Greeted::ehlo, transaction_ && transaction_->utf8}; }

void Session::end_transaction() {
    transaction_.reset();
    forget_upload();
}

} // namespace postfault::protocol::smtp
