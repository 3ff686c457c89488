#include "fakeserver/base/base64.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/smtp/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Logging in (RFC 4954), and what is shown of it.
namespace postfault::protocol::smtp {

// RFC 4954 section 4
Answer Session::auth(const Command& command) {
    if (settings_.mechanisms.empty())
        return not_implemented(command);
    if (greeted_ != Greeted::ehlo)
        return say(503, "5.5.1", "EHLO first");
    if (logged_in_ || transaction_)
        return say(503, "5.5.1", logged_in_ ? "Already authenticated" : "Not during a mail transaction");
    if (settings_.log_in_needs_tls && !is_secured())
        return say(530, "5.7.0", "Must issue a STARTTLS command first"); // RFC 3207 section 4
    const auto arguments = words(command.arguments());
    if (arguments.empty() || arguments.size() > 2)
        return say(501, "5.5.4", "Syntax: AUTH mechanism [initial-response]");
    const auto mechanism = sasl::mechanism_from(arguments[0]);
    const auto& offered = settings_.mechanisms;
    if (!mechanism || std::find(offered.begin(), offered.end(), *mechanism) == offered.end())
        return say(504, "5.5.4", "Unrecognized authentication type");
    std::optional<std::string> initial;
    if (arguments.size() == 2) {
        // A single equals sign is an initial response without an octet.
        initial = arguments[1] == "=" ? std::string{} : from_base64(arguments[1]);
        if (!initial)
            return say(501, "5.5.2", "Cannot decode the initial response");
    }
    sasl::Exchange exchange(*mechanism, settings_.account, fmt::format("{}.{}", mailbox_.next_nonce(), hello_.size()));
    const sasl::Exchange::Result result = exchange.begin(initial);
    return answer_log_in(exchange, result);
}

Answer Session::respond(const Command& command) {
    if (command.line.text == "*")
        return say(501, "5.7.0", "Authentication cancelled");
    const auto response = from_base64(command.line.text);
    if (!response)
        return say(501, "5.5.2", "Cannot decode the response");
    // After a challenge that a fault has sent there is none that could be answered rightly.
    if (!exchange_)
        return say(535, "5.7.8", "Authentication credentials invalid");
    sasl::Exchange exchange = *exchange_;
    const sasl::Exchange::Result result = exchange.answer(*response);
    return answer_log_in(exchange, result);
}

Answer Session::answer_log_in(const sasl::Exchange& exchange, const sasl::Exchange::Result& result) {
    using Kind = sasl::Exchange::Result::Kind;
    Answer answer;
    switch (result.kind) {
    case Kind::challenge:
        answer.reply = fmt::format("334 {}\r\n", to_base64(result.challenge));
        answer.effect = [this, exchange] { exchange_ = exchange; };
        break;
    case Kind::accepted:
        answer = say(235, "2.7.0", "Authentication successful");
        answer.effect = [this] {
            logged_in_ = true;
            exchange_.reset();
        };
        break;
    case Kind::refused:
        answer = say(535, "5.7.8", "Authentication credentials invalid");
        answer.effect = [this] { exchange_.reset(); };
        break;
    case Kind::malformed:
        answer = say(501, "5.5.2", "Malformed response");
        answer.effect = [this] { exchange_.reset(); };
        break;
    }
    return answer;
}

bool Session::goes_on(const Command& command, std::string_view reply) const {
    return command.verb == "AUTH" && reply.starts_with("334");
}

// Whether it was asked for or not, nobody is told what a client logs in with.
std::string Session::shown(const Command& command) const {
    if (command.verb != "AUTH")
        return command.line.text;
    if (command.continues)
        return command.line.text == "*" ? "*" : "***";
    const auto arguments = words(command.arguments());
    return fmt::format("AUTH{}{}{}", arguments.empty() ? "" : " ",
                       arguments.empty() ? std::string_view{} : arguments[0], arguments.size() > 1 ? " ***" : "");
}

} // namespace postfault::protocol::smtp
