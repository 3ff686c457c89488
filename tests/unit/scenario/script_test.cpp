#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/parse_script.hpp"
#include "fakeserver/scenario/reader.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace postfault;
using namespace postfault::scenario;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

// `OFFSET: PROBLEM` of everything that is wrong.
Lines problems(std::string_view text) {
    Lines found;
    parse_script(text, [&](const std::string& problem, std::size_t offset) {
        found.push_back(fmt::format("{}: {}", offset, problem));
    });
    return found;
}

ParsedScript parsed(std::string_view text) {
    CAPTURE(text);
    REQUIRE(problems(text).empty());
    return parse_script(text, [](const std::string&, std::size_t) {});
}

// `3 EHLO "EHLO *": "250 mx\r\n"`; `upload` and `stores` where it is so.
Lines turns(std::string_view text) {
    Lines found;
    for (const Script::Turn& turn : parsed(text).script.turns)
        found.push_back(fmt::format(R"({} {} "{}"{}{}: "{}")", turn.line, turn.subject, escaped(turn.hears),
                                    turn.uploads ? " upload" : "", turn.stores ? " stores" : "", escaped(turn.says)));
    return found;
}

// `EHLO 1: delay 2s`; the number is the occurrence.
Lines faults(std::string_view text) {
    Lines found;
    for (const Fault& fault : parsed(text).faults) {
        CHECK((!fault.nth || fault.nth->last == fault.nth->first));
        found.push_back((fault.nth ? fmt::format("{}. ", fault.nth->first) : "") + describe(fault));
    }
    return found;
}

std::string positions_in(std::string_view text) {
    Diagnostics diagnostics;
    read_scenarios(text, "smtp/x", "x.yaml", diagnostics);
    std::string found;
    for (const Diagnostic& diagnostic : diagnostics.sorted())
        found += fmt::format("{}:{} ", diagnostic.at.line, diagnostic.at.column);
    return found;
}

} // namespace

TEST_CASE("script: what the server says is one text per turn, the greeting first", "[scenario][script]") {
    CHECK(turns("S: 220-mx\nS: 220 ready\nC: EHLO *\nS: 250 mx\n") ==
          Lines{R"(1 greeting "": "220-mx\r\n220 ready\r\n")", R"(3 EHLO "EHLO *": "250 mx\r\n")"});
    CHECK(turns("C: EHLO *") == Lines{R"(1 greeting "": "")", R"(1 EHLO "EHLO *": "")"});
    CHECK(faults("S: 220 ready\nC: EHLO *\nS: 250 mx").empty());
}

TEST_CASE("script: one blank behind the colon belongs to the form, and blanks at the ends to nobody",
          "[scenario][script]") {
    CHECK(turns("S:220") == Lines{R"(1 greeting "": "220\r\n")"});
    CHECK(turns("  S: 220") == Lines{R"(1 greeting "": "220\r\n")"});
    CHECK(turns("S:   220 \t") == Lines{R"(1 greeting "": "  220\r\n")"});
    CHECK(turns("S: 220<x20>") == Lines{R"(1 greeting "": "220 \r\n")"});
    CHECK(turns("S:\nS:") == Lines{R"(1 greeting "": "\r\n\r\n")"});
    CHECK(turns("S: 2\nC:   EHLO  *  ").back() == R"(2 EHLO "EHLO  *": "")");
}

TEST_CASE("script: empty lines and remarks count as lines only", "[scenario][script]") {
    CHECK(turns("# S: 500 not this\n\n  # nor this\nS: 220 #1\n \t\nC: NOOP\n") ==
          Lines{R"(1 greeting "": "220 #1\r\n")", R"(6 NOOP "NOOP": "")"});
}

TEST_CASE("script: <no-crlf> leaves a line open", "[scenario][script]") {
    CHECK(turns("S: 220-a<no-crlf>\nS: b\nS: <no-crlf>") == Lines{R"(1 greeting "": "220-ab\r\n")"});
    // Only at the end, and only so.
    CHECK(turns("S: <no-crlf>x") == Lines{R"(1 greeting "": "<no-crlf>x\r\n")"});
    CHECK(turns("S: x<NO-CRLF>") == Lines{R"(1 greeting "": "x<NO-CRLF>\r\n")"});
}

TEST_CASE("script: octets have names, and everything else in angle brackets is text", "[scenario][script]") {
    CHECK(turns("S: a<CR>b<LF>c<NUL>d<x0d><xFF><xfF>e") == Lines{R"(1 greeting "": "a\rb\nc\x00d\r\xff\xffe\r\n")"});
    CHECK(turns("S: <a@b> <cr> <x0> <x0g> <x00d> <> <") ==
          Lines{R"(1 greeting "": "<a@b> <cr> <x0> <x0g> <x00d> <> <\r\n")"});
    CHECK(turns("S: <<CR>") == Lines{R"(1 greeting "": "<\r\r\n")"});
    CHECK(turns("S: 2\nC: A<x20>B").back() == R"(2 A "A B": "")");
}

TEST_CASE("script: a turn is named by its verb, else by its line", "[scenario][script]") {
    CHECK(turns("S: 2\nC: ehlo *\nC: RC?T x\nC: *\nC: LIST ACTIVE *\nC: X-Y\nC: " + std::string(33, 'a')) ==
          Lines{R"(1 greeting "": "2\r\n")", R"(2 EHLO "ehlo *": "")", R"(3 line 3 "RC?T x": "")",
                R"(4 line 4 "*": "")", R"(5 LIST "LIST ACTIVE *": "")", R"(6 line 6 "X-Y": "")",
                fmt::format(R"(7 line 7 "{}": "")", std::string(33, 'a'))});
}

TEST_CASE("script: an upload is stored if its answer begins with 2, or by -- store", "[scenario][script]") {
    const std::string start = "S: 2\nC: DATA\nS: 354 go\n-- upload\n";
    CHECK(turns(start + "S: 250 taken\n").back() == R"(4 dot "" upload stores: "250 taken\r\n")");
    CHECK(turns(start + "S: 451 later\n").back() == R"(4 dot "" upload: "451 later\r\n")");
    CHECK(turns(start + "S: 451-no\nS: 250 yes\n").back() == R"(4 dot "" upload: "451-no\r\n250 yes\r\n")");
    CHECK(turns(start + "-- store\nS: 451 lies\n").back() == R"(4 dot "" upload stores: "451 lies\r\n")");
    CHECK(turns(start + "-- store\nS: 250 taken\n").back() == R"(4 dot "" upload stores: "250 taken\r\n")");
    CHECK(turns(start).back() == R"(4 dot "" upload: "")");
}

TEST_CASE("script: what happens does so behind what was said last", "[scenario][script]") {
    CHECK(faults("-- delay 2s\nS: 220 a\n-- delay 0.5T\nS: 220 b<no-crlf>\n-- stall") ==
          Lines{"greeting: delay 2s", "greeting reply@7: delay 0.5T", "greeting reply@12: stall"});
    CHECK(faults("S: 2\nC: EHLO *\n-- fin") == Lines{"1. EHLO: fin"});
    CHECK(faults("S: 2\nC: EHLO *\nS: 250\n-- reset") == Lines{"1. EHLO reply@5: reset"});
    CHECK(faults("S: 2\nC: *\n-- reset") == Lines{"1. line 2: reset"});
}

TEST_CASE("script: what happens does so at one occurrence", "[scenario][script]") {
    CHECK(faults("S: 2\nC: RCPT a\nS: 2\nC: RCPT b\n-- delay 1s\nS: 2\nC: RSET\nC: RCPT c\n-- stall") ==
          Lines{"2. RCPT: delay 1s", "3. RCPT: stall"});
    const std::string upload = "C: DATA\nS: 354\n-- upload\n";
    CHECK(faults("S: 2\n" + upload + "-- delay 1s\nS: 250\n" + upload + "-- store\n-- fin") ==
          Lines{"1. dot: delay 1s", "2. accepted: fin"});
    // The first upload is not stored, so the second is the first that is.
    CHECK(faults("S: 2\n" + upload + "S: 451\n" + upload + "S: 250\n-- fin") == Lines{"1. accepted reply@5: fin"});
    CHECK(faults("S: 2\n" + upload + "-- store\nS: 250\n" + upload + "S: 451\n-- fin") == Lines{"2. dot reply@5: fin"});
}

TEST_CASE("script: -- expect close says how, and how soon", "[scenario][script]") {
    const auto closes = [](std::string_view line) { return parsed("S: 2\n-- stall\n" + std::string(line)).close; };
    const auto within = [](std::string_view line) { return parsed("S: 2\n-- stall\n" + std::string(line)).gives_up; };
    CHECK(closes("-- expect close").empty());
    CHECK(!within("-- expect close"));
    CHECK(closes("-- expect close reset") == std::vector{CloseKind::reset});
    CHECK(closes("-- expect close fin within 5s\n# done\n") == std::vector{CloseKind::fin});
    CHECK(within("--  expect  close  fin  within  5s") == TimeRange{std::nullopt, TimeValue{5s, 0}});
    CHECK(within("-- expect close within 1.5T") == TimeRange{std::nullopt, TimeValue{Duration{0}, 1.5}});
    // A time counts from something that has happened, and if nothing has, from there.
    CHECK(faults("S: 2\nC: QUIT\nS: 221\n-- expect close within 1s") == Lines{"1. QUIT reply@5: delay 0s"});
    CHECK(faults("S: 2\nC: QUIT\nS: 221\n-- expect close").empty());
}

TEST_CASE("script: what is wrong is told with its place, and reading goes on", "[scenario][script]") {
    struct Case {
        std::string_view line; // the second one, from octet 7
        Lines problems;
    };

    const auto wrong = GENERATE(values<Case>({
        {"220 ready", {"7: expected a line that begins with 'S:', 'C:', '--' or '#', got '220 ready'"}},
        {"s: 220", {"7: expected a line that begins with 'S:', 'C:', '--' or '#', got 's: 220'"}},
        {"  -stall", {"9: expected a line that begins with 'S:', 'C:', '--' or '#', got '-stall'"}},
        {"C:", {"7: what does the client say? 'C: *' takes any line"}},
        {"C:  ", {"7: what does the client say? 'C: *' takes any line"}},
        {"--", {"7: expected upload, store, stall, fin, reset, delay or expect, got ''"}},
        {"-- stal",
         {"7: expected upload, store, stall, fin, reset, delay or expect, got 'stal' (did you mean 'stall'?)"}},
        {"-- Stall",
         {"7: expected upload, store, stall, fin, reset, delay or expect, got 'Stall' (did you mean 'stall'?)"}},
        {"-- deaf", {"7: expected upload, store, stall, fin, reset, delay or expect, got 'deaf'"}},
        {"-- stall 5s", {"16: '-- stall' stands alone, got '5s'"}},
        {"-- upload all", {"17: '-- upload' stands alone, got 'all'"}},
        {"-- store", {"7: '-- store' comes directly behind '-- upload'"}},
        {"-- upload\nS: 354\n-- store", {"24: '-- store' comes directly behind '-- upload'"}},
        {"-- delay", {"7: how long? Say for example '-- delay 2s'"}},
        {"-- delay 5", {"16: a duration needs a unit: us, ms, s or min; got '5'"}},
        {"-- fin\nS: 220", {"14: this is never said: nothing can follow '-- fin'"}},
        {"-- reset\nC: *", {"16: this is never said: nothing can follow '-- reset'"}},
        {"-- stall\n-- delay 1s", {"16: this never happens: nothing can follow '-- stall'"}},
        {"-- stall\n-- upload", {"16: this never happens: nothing can follow '-- stall'"}},
        {"-- expect",
         {"7: expected '-- expect close', with a kind and a time if need be: '-- expect close reset within 5s'"}},
        {"-- expect open",
         {"7: expected '-- expect close', with a kind and a time if need be: '-- expect close reset within 5s'"}},
        {"-- expect close soon", {"23: expected quit, fin, reset or notify, got 'soon'"}},
        {"-- expect close notify",
         {"23: 'notify' is about TLS, which a script does not speak; expected quit, fin or reset"}},
        {"-- expect close fin in 5s", {"27: expected 'within', got 'in'"}},
        {"-- expect close fin within", {"27: expected a duration such as 250ms or 0.8T, got ''"}},
        {"-- expect close within 5", {"30: a duration needs a unit: us, ms, s or min; got '5'"}},
        {"-- expect close\nS: 220", {"23: '-- expect close' is the last line: nothing comes behind it"}},
        {"C:\n-- reset x\nboo",
         {"7: what does the client say? 'C: *' takes any line", "19: '-- reset' stands alone, got 'x'",
          "21: expected a line that begins with 'S:', 'C:', '--' or '#', got 'boo'"}},
    }));
    CAPTURE(wrong.line);
    CHECK(problems("S: 220\n" + std::string(wrong.line)) == wrong.problems);
}

TEST_CASE("script: one that says nothing is refused, and silence is something", "[scenario][script]") {
    const Lines nothing{"0: the script says nothing; expected lines such as 'S: 220 ready' and 'C: EHLO *'"};
    CHECK(problems("") == nothing);
    CHECK(problems("# later\n") == nothing);
    CHECK(problems("-- stall").empty());
    CHECK(problems("C: *").empty());
}

TEST_CASE("script: a thousand lines and no more", "[scenario][script]") {
    std::string text;
    for (int line = 0; line < 1000; ++line)
        text += "S: 2\n";
    CHECK(problems(text).empty());
    CHECK(problems(text + "# one more") == Lines{"5000: a script has at most 1000 lines"});
}

TEST_CASE("script: a problem points at its line of the file, however the text is written", "[scenario][script]") {
    const std::string head = "proto: smtp\nexpect: {result: temp}\nscenarios:\n  a:\n    script: ";
    CHECK(positions_in(head + "|\n      S: 220\n      boo\n      -- delay 5\n") == "7:7 8:16 ");
    CHECK(positions_in(head + "|\n      boo\n") == "6:7 6:7 ");
    CHECK(positions_in(head + "|-   # as it came\n\n      S: 220\n\n        boo\n") == "9:9 ");
    CHECK(positions_in(head + "|2+\n        S: 220\n        boo\n\n") == "7:9 ");
    CHECK(positions_in(head + "!!str &name |\n      S: 220\n      boo\n") == "7:7 ");
    CHECK(positions_in(head + "|\r\n      S: 220\r\n      boo\r\n") == "7:7 ");
    CHECK(positions_in(head + "|\n      S: \xc3\xa4\n      \xc3\xa4\n") == "7:7 ");
    // Not the file's own lines: there it is where the text begins.
    CHECK(positions_in(head + "\"S: 220\\nboo\"\n") == "5:13 ");
    CHECK(positions_in(head + ">\n      S: 220\n\n      boo\n") == "5:13 ");
    CHECK(positions_in(head + "|\n") == "5:13 ");
}

TEST_CASE("script: a problem in a matrix value points at the value", "[scenario][script]") {
    const std::string head = "proto: smtp\nexpect: {result: temp}\nscenarios:\n  a:\n    matrix: {how: [";
    CHECK(positions_in(head + "5]}\n    script: |\n      S: 220\n      -- delay ${how}\n") == "5:20 ");
    CHECK(positions_in(head + "5s]}\n    script: |\n      S: 220 ${how}\n      boo ${how}\n") == "8:7 ");
}
