#include "harness/suite/letter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace postfault;
using namespace postfault::suite;

namespace {

bool has_bare_line_ends(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if ((text[at] == '\n' && (at == 0 || text[at - 1] != '\r')) ||
            (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')))
            return true;
    return false;
}

std::size_t longest_line(const std::string& text) {
    std::size_t longest = 0;
    for (std::size_t start = 0, end = 0; (end = text.find("\r\n", start)) != std::string::npos; start = end + 2)
        longest = std::max(longest, end - start);
    return longest;
}

std::string body_of(const Letter& letter) { return letter.text.substr(letter.text.find("\r\n\r\n") + 4); }

} // namespace

TEST_CASE("a letter can be sent as it is", "[suite][letter]") {
    scenario::Scenario scenario;
    scenario.message.size = 100'000;
    for (const Letter& letter : {mail(scenario, "r1", 0), news(scenario, "r1", 0)}) {
        CAPTURE(letter.message_id);
        CHECK(letter.message_id.front() == '<');
        CHECK(letter.message_id.back() == '>');
        CHECK(letter.text.find("\r\nMessage-ID: " + letter.message_id + "\r\n") != std::string::npos);
        CHECK_FALSE(has_bare_line_ends(letter.text));
        CHECK(letter.text.substr(letter.text.size() - 2) == "\r\n");
        CHECK(longest_line(letter.text) <= 998); // RFC 5322 2.1.1
        CHECK(body_of(letter).size() >= 100'000);
        CHECK(body_of(letter).size() < 100'200);
        CHECK(body_of(letter).find("\r\n.\r\n") != std::string::npos);
        CHECK(body_of(letter).find("\r\n.leading dot\r\n") != std::string::npos);
    }
    CHECK(mail(scenario, "r1", 0).text.find("To: <recipient1@server.example>\r\n") != std::string::npos);
    CHECK(news(scenario, "r1", 0).text.find("Newsgroups: misc.test\r\n") != std::string::npos);
}

TEST_CASE("the client's file has the line ends that are asked for", "[suite][letter]") {
    using scenario::LineEnds;
    scenario::Scenario scenario;
    const Letter usual = mail(scenario, "r1", 0);
    const auto with = [&](LineEnds line_ends) {
        scenario.message.line_ends = line_ends;
        return mail(scenario, "r1", 0).text;
    };
    const std::size_t lines = usual.text.size() - with(LineEnds::lf).size();
    CHECK(lines > 10);
    CHECK(with(LineEnds::lf).find('\r') == std::string::npos);
    CHECK(with(LineEnds::lf).find("\n.\n.. two dots") != std::string::npos);
    CHECK(usual.text.size() - with(LineEnds::mixed).size() == lines / 2);
    CHECK(with(LineEnds::unfinished) + "\r\n" == usual.text);
    const std::string cr = with(LineEnds::cr);
    CHECK(cr.find("\r\n\r\nThis message was made to test a client.\r\r.\r.. two dots") != std::string::npos);
    CHECK(cr.ends_with("The last line.\r"));
    for (const LineEnds line_ends : {LineEnds::crlf, LineEnds::lf, LineEnds::mixed, LineEnds::cr, LineEnds::unfinished})
        CHECK(wire_octets(with(line_ends)) == usual.text.size());
    CHECK(wire_octets("") == 0);
}

TEST_CASE("a false end of the message is followed by what would be another one", "[suite][letter]") {
    scenario::Scenario scenario;
    scenario.message.smuggle = "\n.\r\n";
    const Letter letter = mail(scenario, "r1", 0);
    CHECK(letter.smuggled_id == "<smuggled-1.r1@postfault.example>");
    CHECK(letter.text.find("What follows is text.\n.\r\nMAIL FROM:<") != std::string::npos);
    CHECK(letter.text.find("\r\nDATA\r\n") != std::string::npos);
    CHECK(letter.text.find("\r\nMessage-ID: " + letter.smuggled_id + "\r\n\r\n") != std::string::npos);
    CHECK(letter.text.ends_with("\r\nAnd this is the last line.\r\n"));
    CHECK(longest_line(letter.text) <= 998);
    CHECK(mail(scenario::Scenario{}, "r1", 0).smuggled_id.empty());
    scenario.protocol = scenario::Protocol::nntp;
    scenario.message.line_ends = scenario::LineEnds::lf;
    const Letter article = news(scenario, "r1", 0);
    CHECK(article.text.find("What follows is text.\n.\r\nPOST\nFrom: ") != std::string::npos);
    CHECK(article.text.find("\nNewsgroups: misc.test\nSubject: Smuggled\n") != std::string::npos);
}

TEST_CASE("without a size a letter is short", "[suite][letter]") {
    CHECK(mail(scenario::Scenario{}, "r", 0).text.size() < 1024);
}

TEST_CASE("every letter has an id of its own, and the same one each time", "[suite][letter]") {
    scenario::Scenario scenario;
    scenario.news.articles = 5;
    std::set<std::string> ids;
    std::size_t count = 0;
    for (const std::string run : {"r1", "r2"}) {
        for (std::size_t step = 0; step < 3; ++step) {
            ids.insert(mail(scenario, run, step).message_id);
            ids.insert(news(scenario, run, step).message_id);
            count += 2;
        }
        for (const Letter& article : spool(scenario, run)) {
            ids.insert(article.message_id);
            ++count;
        }
    }
    CHECK(ids.size() == count);
    CHECK(mail(scenario, "r1", 2).text == mail(scenario, "r1", 2).text);
}

TEST_CASE("no two lines of a long body are equal, so that a lost block shows", "[suite][letter]") {
    scenario::Scenario scenario;
    scenario.news.size = 50'000;
    scenario.news.articles = 1;
    const std::string body = body_of(spool(scenario, "r").front());
    std::set<std::string> lines;
    std::size_t count = 0;
    for (std::size_t start = body.find("00000001"), end = 0; (end = body.find("\r\n", start)) != std::string::npos;
         start = end + 2) {
        lines.insert(body.substr(start, end - start));
        ++count;
    }
    CHECK(count > 500);
    CHECK(lines.size() == count);
}
