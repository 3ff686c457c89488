#include "harness/client/template.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace postfault::client {

namespace {

using Text = Result<std::string>;
using Words = Result<std::vector<std::string>>;

std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    for (const Placeholder& placeholder : placeholders())
        all.push_back(placeholder.name);
    return all;
}

// In double quotes a backslash stands for itself, except before these (POSIX Shell Command Language 2.2.3).
constexpr std::string_view escaped_in_quotes = "$`\"\\\n";

// Calls on_text and on_name in order; the problem of the first brace that is wrong, "" if none is.
template <class OnText, class OnName>
std::string walk(std::string_view text, OnText on_text, OnName on_name) {
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        on_text(text.substr(0, brace));
        if (brace == std::string_view::npos)
            return {};
        text.remove_prefix(brace);
        if (text.substr(0, 2) == "{{" || text.substr(0, 2) == "}}") {
            on_text(text.substr(0, 1));
            text.remove_prefix(2);
            continue;
        }
        const std::size_t end = text.find('}');
        if (text.front() == '}' || end == std::string_view::npos)
            return fmt::format("a brace stands alone in '{}'; write {{{{ or }}}} for a brace itself", text);
        on_name(text.substr(1, end - 1));
        text.remove_prefix(end + 1);
    }
    return {};
}

} // namespace

const std::vector<Placeholder>& placeholders() {
    static const std::vector<Placeholder> all{
        {"host", "address of the server, 127.0.0.1; a name where it has several"},
        {"addresses", "all addresses of the server, 127.0.0.1,127.0.0.2"},
        {"port", "port of the server"},
        {"timeout", "T with its unit, e.g. 2s"},
        {"timeout_s", "T in whole seconds, rounded up"},
        {"timeout_ms", "T in milliseconds"},
        {"hold", "how long to live on after the last operation, so that leaks can be seen"},
        {"wait", "how long to wait between two operations"},
        {"from", "sender's address"},
        {"to", "recipient's address; the first one outside of `recipient:`"},
        {"recipients", "as a word of its own: the words of `recipient:` for each recipient"},
        {"login", "as a word of its own: the words of `login:` where the server wants a log-in, else nothing"},
        {"tls", "as a word of its own: the words of `tls:` for the way in which the server offers TLS"},
        {"resolve",
         "as a word of its own: the words of `resolve:` where the server has several addresses, else nothing"},
        {"user", "the user's name to log in with"},
        {"password", "the password to log in with"},
        {"message", "file with the message or article to send, CRLF line ends"},
        {"group", "newsgroup"},
        {"article", "message-id of the article to read, with angle brackets"},
        {"article_bare", "the same without angle brackets"},
        {"output", "file for the article that was read"},
        {"home", "the client's home directory"},
        {"ca_file", "file (PEM) with the root that stands behind the server's good certificate"},
        {"host_name", "the name in that certificate, localhost; 127.0.0.1 is in it too"},
    };
    return all;
}

Text check_template(std::string_view text) {
    std::string problem;
    const std::string braces = walk(
        text, [](std::string_view) {},
        [&](std::string_view name) {
            const auto known = names();
            if (std::find(known.begin(), known.end(), name) == known.end() && problem.empty())
                problem = fmt::format("unknown placeholder '{{{}}}'{}", name, did_you_mean(name, known));
        });
    if (!problem.empty() || !braces.empty())
        return Text::failed(problem.empty() ? braces : problem);
    return std::string(text);
}

std::string filled(std::string_view text, const Values& values) {
    std::string result;
    walk(
        text, [&](std::string_view plain) { result += plain; },
        [&](std::string_view name) {
            if (const auto found = values.find(name); found != values.end())
                result += found->second;
        });
    return result;
}

std::vector<std::string> filled(const std::vector<std::string>& words, const Values& values) {
    std::vector<std::string> result;
    result.reserve(words.size());
    for (const std::string& word : words)
        result.push_back(filled(word, values));
    return result;
}

Words split_command(std::string_view line) {
    std::vector<std::string> result;
    std::optional<std::string> word;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char letter = line[i];
        const bool last = i + 1 == line.size();
        if (quote == '\'' ? letter == '\'' : quote != '\0' && letter == quote) {
            quote = '\0';
        } else if (quote == '\'') {
            *word += letter;
        } else if (letter == '\\' && !last &&
                   (quote == '\0' || escaped_in_quotes.find(line[i + 1]) != std::string_view::npos)) {
            if (line[++i] != '\n') // a line that goes on
                word = word.value_or("") + line[i];
        } else if (quote == '\0' && (letter == '\'' || letter == '"')) {
            quote = letter;
            word = word.value_or("");
        } else if (quote == '\0' && (letter == ' ' || letter == '\t' || letter == '\n')) {
            if (word)
                result.push_back(*word);
            word.reset();
        } else {
            word = word.value_or("") + letter;
        }
    }
    if (quote != '\0')
        return Words::failed(fmt::format("a quote {} is left open in '{}'", quote, line));
    if (word)
        result.push_back(*word);
    return result;
}

} // namespace postfault::client
