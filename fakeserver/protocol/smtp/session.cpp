#include "fakeserver/protocol/smtp/session.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/message.hpp"
#include "fakeserver/protocol/smtp/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace postfault::protocol::smtp {

namespace {

// RFC 5321 4.5.3.1.4 allows 512 octets. SIZE, 8BITMIME and others add to that for MAIL and RCPT; no sum of them comes
// near.
constexpr std::size_t longest_line = 2048;

// RFC 5321 4.1.1.11: which parameters belong to which command, and the extension that has to be offered for them.
struct Parameter {
    std::string_view verb;
    std::string_view name;
    std::string_view extension;
};

constexpr Parameter parameters[] = {
    {"MAIL", "SIZE", "SIZE"},         // RFC 1870
    {"MAIL", "BODY", "8BITMIME"},     // RFC 6152
    {"MAIL", "SMTPUTF8", "SMTPUTF8"}, // RFC 6531
    {"MAIL", "AUTH", "AUTH"},         // RFC 4954 section 5
    {"MAIL", "RET", "DSN"},           // RFC 3461
    {"MAIL", "ENVID", "DSN"},         {"RCPT", "NOTIFY", "DSN"}, {"RCPT", "ORCPT", "DSN"},
};

bool is_control(char letter) {
    return (static_cast<unsigned char>(letter) < ' ' && letter != '\t') || letter == '\x7f';
}

// RFC 1870 section 3: 1 to 20 digits.
std::optional<std::uint64_t> parse_size_parameter(std::string_view text) {
    if (text.empty() || text.size() > 20 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t size = UINT64_MAX; // 20 digits may be more than that, and are too large in any case
    std::from_chars(text.data(), text.data() + text.size(), size);
    return size;
}

} // namespace

Session::Session(const Settings& settings, Mailbox& mailbox)
    : LineSession({longest_line, settings.size_limit()}), settings_(settings), mailbox_(mailbox) {}

std::string Session::greeting() const { return fmt::format("220 {} ESMTP postfault\r\n", settings_.hostname); }

Answer Session::answer(const Command& command) {
    using Handler = Answer (Session::*)(const Command&);

    struct Verb {
        std::string_view name;
        Handler handler;
        bool takes_arguments;
    };

    static constexpr Verb verbs[] = {
        {"EHLO", &Session::ehlo, true},
        {"HELO", &Session::helo, true},
        {"MAIL", &Session::mail, true},
        {"RCPT", &Session::rcpt, true},
        {"DATA", &Session::data, false},
        {"RSET", &Session::rset, false},
        {"NOOP", &Session::noop, true},
        {"VRFY", &Session::vrfy, true},
        {"HELP", &Session::help, true},
        {"QUIT", &Session::quit, false},
        // Known to RFC 5321 or to widely used extensions, so 502 and not 500 (RFC 5321 4.2.4).
        {"EXPN", &Session::not_implemented, true},
        {"AUTH", &Session::not_implemented, true},
        {"BDAT", &Session::not_implemented, true},
        {"ETRN", &Session::not_implemented, true},
        {"STARTTLS", &Session::not_implemented, true},
        {"TURN", &Session::not_implemented, true},
    };
    if (command.line.too_long)
        return say(500, "5.5.2", "Line too long");
    // RFC 5321 2.3.8: LF alone does not end a line. Saying so at once is kinder than waiting for ever.
    if (command.line.bare_lf)
        return say(500, "5.5.2", "Lines end with CR LF, this one with a bare LF");
    const Verb* const verb =
        std::find_if(std::begin(verbs), std::end(verbs), [&](const Verb& known) { return known.name == command.verb; });
    if (verb == std::end(verbs))
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
        return say(501, "5.5.4", "Syntax: EHLO domain");
    Answer answer;
    answer.reply = fmt::format("250{}{}\r\n", settings_.extensions.empty() ? ' ' : '-', settings_.hostname);
    for (const std::string& extension : settings_.extensions)
        answer.reply += fmt::format("250{}{}\r\n", &extension == &settings_.extensions.back() ? ' ' : '-', extension);
    answer.effect = [this] {
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
    answer.effect = [this] {
        greeted_ = Greeted::helo;
        end_transaction();
    };
    return answer;
}

// RFC 5321 4.1.1.2
Answer Session::mail(const Command& command) {
    if (greeted_ == Greeted::no)
        return say(503, "5.5.1", "EHLO or HELO first");
    if (sender_)
        return say(503, "5.5.1", "A mail transaction is already open");
    const std::string_view arguments = command.arguments();
    if (!starts_with_ignoring_case(arguments, "FROM:"))
        return say(501, "5.5.4", "Syntax: MAIL FROM:<address>");
    const auto path = parse_path(arguments.substr(5));
    if (!path || equals_ignoring_case(path->mailbox, "postmaster"))
        return say(501, "5.1.7", "Bad sender address syntax");
    if (auto refusal = check_parameters(command, *path))
        return *refusal;
    Answer answer = say(250, "2.1.0", "Sender ok");
    answer.effect = [this, mailbox = path->mailbox] {
        end_transaction();
        sender_ = mailbox;
    };
    return answer;
}

// RFC 5321 4.1.1.3
Answer Session::rcpt(const Command& command) {
    if (!sender_)
        return say(503, "5.5.1", "MAIL first");
    const std::string_view arguments = command.arguments();
    if (!starts_with_ignoring_case(arguments, "TO:"))
        return say(501, "5.5.4", "Syntax: RCPT TO:<address>");
    const auto path = parse_path(arguments.substr(3));
    if (!path || path->mailbox.empty())
        return say(501, "5.1.3", "Bad recipient address syntax");
    if (auto refusal = check_parameters(command, *path))
        return *refusal;
    // RFC 5321 4.5.3.1.10
    if (recipients_.size() >= settings_.max_recipients)
        return say(452, "4.5.3", "Too many recipients");
    Answer answer = say(250, "2.1.5", "Recipient ok");
    answer.effect = [this, mailbox = path->mailbox] { recipients_.push_back(mailbox); };
    return answer;
}

// RFC 5321 4.1.1.4 and 3.3
Answer Session::data(const Command&) {
    if (!sender_)
        return say(503, "5.5.1", "MAIL first");
    if (recipients_.empty())
        return say(503, "5.5.1", "No valid recipient so far");
    Answer answer;
    answer.reply = "354 End data with <CR><LF>.<CR><LF>\r\n";
    answer.then = Answer::Then::upload;
    return answer;
}

Receipt Session::receive(const std::string&, bool too_large) {
    if (too_large)
        return {line(552, "5.3.4", "Message larger than the maximum size"), {}};
    auto store = [this] {
        Stored message;
        message.content = take_text();
        message.sender = *sender_;
        message.recipients = recipients_;
        message.message_id = message_id(message.content);
        return mailbox_.put(std::move(message));
    };
    return {line(250, "2.0.0", fmt::format("Ok, stored as message {}", mailbox_.messages().size() + 1)), store};
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

Answer Session::help(const Command&) { return say(214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT"); }

Answer Session::quit(const Command&) {
    Answer answer = say(221, "2.0.0", "Bye");
    answer.then = Answer::Then::close;
    return answer;
}

Answer Session::not_implemented(const Command&) { return say(502, "5.5.1", "Command not implemented"); }

std::optional<Answer> Session::check_parameters(const Command& command, const PathArgument& path) const {
    bool utf8 = false;
    std::vector<std::string> seen;
    for (const std::string_view parameter : words(path.parameters)) {
        const std::size_t equals = parameter.find('=');
        const std::string name = to_upper(parameter.substr(0, equals));
        const bool has_value = equals != std::string_view::npos;
        const std::string_view value = has_value ? parameter.substr(equals + 1) : std::string_view{};

        // RFC 5321 4.1.1.11: 555 if not recognized. After HELO no extension is in use.
        const bool known = greeted_ == Greeted::ehlo &&
                           std::any_of(std::begin(parameters), std::end(parameters), [&](const Parameter& row) {
                               return row.verb == command.verb && row.name == name && settings_.offers(row.extension);
                           });
        if (!known)
            return say(555, "5.5.4", "Parameter not recognized");
        if (std::find(seen.begin(), seen.end(), name) != seen.end())
            return say(501, "5.5.4", fmt::format("{} stated twice", name));
        seen.push_back(name);
        if (has_value == (name == "SMTPUTF8") || (has_value && value.empty()))
            return say(501, "5.5.4", fmt::format("Bad value of {}", name));

        if (name == "SIZE") {
            const auto size = parse_size_parameter(value);
            if (!size)
                return say(501, "5.5.4", "Syntax: SIZE=octets");
            if (*size > settings_.size_limit())
                return say(552, "5.3.4", "Message size exceeds the maximum size");
        } else if (name == "BODY") {
            if (!equals_ignoring_case(value, "7BIT") && !equals_ignoring_case(value, "8BITMIME"))
                return say(501, "5.5.4", "BODY is 7BIT or 8BITMIME");
        } else if (name == "SMTPUTF8")
            utf8 = true;
    }
    // RFC 6531 3.5. For RCPT the MAIL command has decided; we are not so strict as to remember.
    if (path.has_non_ascii && !utf8 && !(command.verb == "RCPT" && settings_.offers("SMTPUTF8")))
        return say(553, "5.6.7", "Non-ASCII addresses need SMTPUTF8");
    return std::nullopt;
}

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

void Session::end_transaction() {
    sender_.reset();
    recipients_.clear();
}

} // namespace postfault::protocol::smtp
