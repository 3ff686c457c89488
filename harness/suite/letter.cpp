#include "harness/suite/letter.hpp"

#include "fakeserver/base/rng.hpp"
#include "harness/suite/yenc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::suite {

namespace {

// Of a yEnc block without a stated size.
constexpr std::uint64_t least_encoded = 512;

constexpr std::string_view impostor = "somebody.else@client.example";

constexpr std::string_view date = "Thu, 01 Jan 2026 00:00:00 +0000";

// Clients send a large message in blocks, and some double dots only within one. So many short lines with a dot in
// front, of several lengths, that some block ends right before one, whatever the size of the blocks and whether it
// counts doubled dots.
constexpr std::uint64_t large = std::uint64_t{64} << 10U;
constexpr std::uint64_t dotted = std::uint64_t{512} << 10U; // more would only cost time
constexpr std::size_t dots_behind_line = 100;

// Adds one to the number of eight digits in front.
void count_up(std::string& line) {
    std::size_t digit = 7;
    while (line[digit] == '9' && digit > 0)
        line[digit--] = '0';
    ++line[digit];
}

std::string body_of(std::uint64_t octets) {
    std::string body = "This message was made to test a client.\r\n"
                       "\r\n"
                       ".\r\n"
                       ".. two dots, and a line that ends in one.\r\n"
                       ".leading dot\r\n"
                       "\r\n";
    // Each line is different, so that a lost block cannot hide. Counted in place: a large message has 200,000 lines,
    // and nothing else goes on while they are made.
    std::string line = "00000000 abcdefghijklmnopqrstuvwxyz 0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n";
    body.reserve(octets + line.size() + 64);
    while (body.size() < octets) {
        count_up(line);
        body += line;
        for (std::size_t dot = 0; octets >= large && body.size() < std::min(octets, dotted) && dot < dots_behind_line;
             ++dot)
            body.append(".abc", 2 + dot % 3).append("\r\n");
    }
    body += "The last line.\r\n";
    return body;
}

std::string message_id(std::string_view kind, const std::string& run, std::size_t number) {
    return fmt::format("<{}-{}.{}@postfault.example>", kind, number + 1, run);
}

Letter article(const std::string& id, const std::string& group, const std::string& subject, const std::string& body) {
    return {id,
            fmt::format("From: Postfault <{}>\r\n"
                        "Newsgroups: {}\r\n"
                        "Subject: {}\r\n"
                        "Date: {}\r\n"
                        "Message-ID: {}\r\n"
                        "\r\n"
                        "This is {} and stays so if its header is changed.\r\n",
                        sender, group, subject, date, id, id) +
                body,
            {}};
}

// The text with other line ends than its CRLF.
std::string with_line_ends(std::string_view text, scenario::LineEnds line_ends) {
    using scenario::LineEnds;
    std::string result;
    result.reserve(text.size());
    bool in_body = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 2, text.size()));
        result += line;
        if (line_ends == LineEnds::lf || (line_ends == LineEnds::mixed && number % 2 == 0))
            result += '\n';
        else if (line_ends == LineEnds::cr && in_body)
            result += '\r';
        else if (line_ends != LineEnds::unfinished || !text.empty())
            result += "\r\n";
        in_body = in_body || line.empty();
    }
    return result;
}

// What a server would obey if the message had ended before it: another message, or article.
std::string smuggled(const scenario::Scenario& scenario, const std::string& id) {
    if (carries_mail(scenario.protocol))
        return fmt::format("MAIL FROM:<{}>\r\n"
                           "RCPT TO:<{}>\r\n"
                           "DATA\r\n"
                           "From: Somebody Else <{}>\r\n"
                           "To: <{}>\r\n"
                           "Subject: Smuggled\r\n"
                           "Message-ID: {}\r\n"
                           "\r\n",
                           impostor, recipient(1), impostor, recipient(1), id);
    return fmt::format("POST\r\n"
                       "From: Somebody Else <{}>\r\n"
                       "Newsgroups: {}\r\n"
                       "Subject: Smuggled\r\n"
                       "Message-ID: {}\r\n"
                       "\r\n",
                       impostor, group_of(scenario), id);
}

// As the scenario wants the client's file to be.
Letter as_asked(Letter letter, const scenario::Scenario& scenario, const std::string& run, std::size_t step) {
    const scenario::MessageSpec& message = scenario.message;
    if (message.smuggle.empty()) {
        if (message.line_ends != scenario::LineEnds::crlf)
            letter.text = with_line_ends(letter.text, message.line_ends);
        return letter;
    }
    letter.smuggled_id = message_id("smuggled", run, step);
    // The line before the false end is ended by it.
    letter.text = with_line_ends(letter.text + "What follows is text.\r\n", message.line_ends);
    letter.text.erase(letter.text.find_last_not_of("\r\n") + 1);
    letter.text += message.smuggle;
    letter.text += with_line_ends(
        smuggled(scenario, letter.smuggled_id) + "So is this.\r\nAnd this is the last line.\r\n", message.line_ends);
    return letter;
}

} // namespace

const char* const sender = "sender@client.example";
const char* const newsgroup = "misc.test";
const char* const user = "tester@client.example";
const char* const password = "open-sesame-42";

std::string group_of(const scenario::Scenario& scenario) {
    return scenario.news.groups.empty() ? newsgroup : scenario.news.groups.front().name;
}

std::string recipient(std::uint32_t number) { return fmt::format("recipient{}@server.example", number); }

Letter mail(const scenario::Scenario& scenario, const std::string& run, std::size_t step) {
    const std::string id = message_id("mail", run, step);
    Letter letter{id,
                  fmt::format("From: Postfault <{}>\r\n"
                              "To: <{}>\r\n"
                              "Subject: Message {}\r\n"
                              "Date: {}\r\n"
                              "Message-ID: {}\r\n"
                              "\r\n",
                              sender, recipient(1), step + 1, date, id) +
                      body_of(scenario.message.size),
                  {}};
    return as_asked(std::move(letter), scenario, run, step);
}

Letter news(const scenario::Scenario& scenario, const std::string& run, std::size_t step) {
    return as_asked(article(message_id("post", run, step), group_of(scenario), fmt::format("Article {}", step + 1),
                            body_of(scenario.message.size)),
                    scenario, run, step);
}

std::size_t wire_octets(std::string_view text) {
    std::size_t octets = text.size();
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        octets += at == 0 || text[at - 1] != '\r' ? 1 : 0;
    for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
        octets += at + 1 == text.size() || text[at + 1] != '\n' ? 1 : 0;
    return octets + (text.empty() || text.ends_with('\n') || text.ends_with('\r') ? 0 : 2);
}

std::vector<Letter> spool(const scenario::Scenario& scenario, const std::string& run, std::uint64_t seed) {
    const scenario::NewsSpec& news = scenario.news;
    std::uint32_t count = news.articles;
    if (!news.groups.empty() && news.groups.front().articles)
        count = 0;
    for (const scenario::GroupSpec& group : news.groups)
        count += group.articles.value_or(0);
    std::vector<Letter> articles;
    const std::string first_group = group_of(scenario);
    for (std::uint32_t number = 1; number <= count; ++number) {
        const std::string id = message_id("spool", run, number - 1);
        if (news.encoding == scenario::Encoding::text) {
            articles.push_back(article(id, first_group, fmt::format("Spooled article {}", number), body_of(news.size)));
            continue;
        }
        const std::string name = fmt::format("article-{}.bin", number);
        Rng rng = Rng(seed).fork(name);
        const std::string octets = rng.bytes(std::max(news.size, least_encoded));
        articles.push_back(article(id, first_group, fmt::format("\"{}\" yEnc (1/1)", name), as_yenc(octets, name)));
    }
    return articles;
}

} // namespace postfault::suite
