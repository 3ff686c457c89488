#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/reader.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace postfault;
using namespace postfault::scenario;
using namespace std::string_literals;

namespace {

struct Read {
    std::vector<Scenario> scenarios;
    Diagnostics diagnostics;
    std::string errors;
};

Read read(std::string_view text) {
    Read result;
    result.scenarios = read_scenarios(text, "smtp/family", "family.yaml", result.diagnostics);
    for (const Diagnostic& diagnostic : result.diagnostics.sorted())
        result.errors += to_string(diagnostic) + "\n";
    return result;
}

std::vector<Scenario> read_well(std::string_view text) {
    Read result = read(text);
    REQUIRE(result.errors == "");
    return std::move(result.scenarios);
}

std::vector<std::string> ids_of(const std::vector<Scenario>& scenarios) {
    std::vector<std::string> ids;
    for (const Scenario& scenario : scenarios)
        ids.push_back(scenario.id);
    return ids;
}

using Ids = std::vector<std::string>;

constexpr std::string_view design_example = R"(# yaml-language-server: $schema=../scenario.schema.json
proto: smtp
operation: send
scenarios:
  stall after EHLO:
    why: a client must bound its wait for every reply
    refs: [RFC 5321 4.5.3.2, KB Q254795]
    fault: {at: EHLO, do: stall}
    expect: {result: temp, gives_up: 0.8T..1.5T}

  slow but legal EHLO reply:              # the twin: giving up too early is a defect too
    fault: {at: EHLO, do: delay 0.8T}
    expect: {result: ok, stored: once}

  lost acknowledgement:
    matrix: {how: [stall, fin, reset]}
    fault: {conn: 1, at: accepted, do: "${how}"}
    expect: {stored: at most once}

  recovers from two bad connections:
    faults:
      - {conn: 1, at: connect, do: refuse}
      - {conn: 2, at: greeting, do: [reply 421 4.3.2 try later, fin]}
    expect: {result: ok, connects: 3, stored: once}
)";

} // namespace

TEST_CASE("the example of the design is read in the file's order", "[scenario][reader]") {
    const auto all = read_well(design_example);
    CHECK(ids_of(all) ==
          Ids{"smtp/family::stall after EHLO", "smtp/family::slow but legal EHLO reply",
              "smtp/family::lost acknowledgement [how=stall]", "smtp/family::lost acknowledgement [how=fin]",
              "smtp/family::lost acknowledgement [how=reset]", "smtp/family::recovers from two bad connections"});
    const Scenario& first = all[0];
    CHECK(first.name == "stall after EHLO");
    CHECK(first.position == SourcePosition{"family.yaml", 5, 3});
    CHECK(first.protocol == Protocol::smtp);
    CHECK(first.operation == Operation::send);
    CHECK(first.why == "a client must bound its wait for every reply");
    CHECK(first.refs == std::vector<std::string>{"RFC 5321 4.5.3.2", "KB Q254795"});
    REQUIRE(first.faults.size() == 1);
    CHECK(to_string(first.faults[0].at) == "EHLO");
    CHECK(first.faults[0].actions == std::vector<Action>{Stall{}});
    CHECK(first.faults[0].position == SourcePosition{"family.yaml", 8, 12});
    CHECK_FALSE(first.faults[0].conn);
    CHECK(first.faults[0].probability == 1);
    CHECK(first.expect.result == std::vector<ResultWord>{ResultWord::temp});
    CHECK(to_string(*first.expect.gives_up) == "0.8T..1.5T");
    REQUIRE(first.steps.size() == 1);
    CHECK(first.steps[0].operation == Operation::send);

    CHECK(all[3].faults[0].actions == std::vector<Action>{Fin{}});
    CHECK(all[3].faults[0].conn == Selector{1, 1, 1});
    CHECK(all[3].expect.stored == StoredWord::at_most_once);

    const Scenario& last = all[5];
    REQUIRE(last.faults.size() == 2);
    CHECK(last.faults[1].actions == std::vector<Action>{Reply{421, "4.3.2 try later"}, Fin{}});
    CHECK(last.expect.connects == CountRange{3, 3});
}

TEST_CASE("every expectation is read", "[scenario][reader]") {
    const auto all = read_well(R"(
proto: smtp
scenarios:
  everything:
    fault: {at: EHLO, do: stall, nth: 2+, conn: 1..2, p: 5%}
    message: {size: 16MiB, recipients: 100}
    server: {capabilities: [SIZE 1000, 8BITMIME], tls: none, buffer: 8KiB}
    steps: [send, wait 2T, send]
    xfail: [{client: curl, why: known}, {why: for all}]
    expect:
      result: [temp, uncertain]
      exit: 4
      gives_up: 0.8T..
      ends: ..10s
      close: [quit, fin]
      connects: 1+
      backoff: 2s..
      stored: once
      never: [AUTH, MAIL]
      rss: ..32MiB
      log: /timed? out/
)");
    REQUIRE(all.size() == 1);
    const Scenario& one = all[0];
    const Expectation& expect = one.expect;
    CHECK(to_string(expect.result) == "temp or uncertain");
    CHECK(expect.exit == 4);
    CHECK(to_string(*expect.gives_up) == "0.8T..");
    CHECK(to_string(*expect.ends) == "..10s");
    CHECK(expect.close == std::vector<CloseKind>{CloseKind::quit, CloseKind::fin});
    CHECK(to_string(*expect.connects) == "1+");
    CHECK(to_string(*expect.backoff) == "2s..");
    CHECK(expect.stored == StoredWord::once);
    CHECK(expect.never == std::vector<std::string>{"AUTH", "MAIL"});
    CHECK(expect.rss == std::uint64_t{32} << 20);
    CHECK(expect.log->regex == "timed? out");
    CHECK(one.faults[0].probability == 0.05);
    CHECK(to_string(*one.faults[0].nth) == "2+");
    CHECK(to_string(*one.faults[0].conn) == "1..2");
    CHECK(one.message.size == std::uint64_t{16} << 20);
    CHECK(one.message.recipients == 100);
    CHECK(one.server.buffer == 8192U);
    CHECK(one.server.capabilities == std::vector<std::string>{"SIZE 1000", "8BITMIME"});
    REQUIRE(one.steps.size() == 3);
    CHECK_FALSE(one.steps[1].operation);
    CHECK(to_string(one.steps[1].wait) == "2T");
    REQUIRE(one.xfail.size() == 2);
    CHECK(one.xfail[0].client == "curl");
    CHECK(one.xfail[1].client == "");
    CHECK(one.xfail[1].why == "for all");
}

TEST_CASE("the client's file may have other line ends, and false ends of the message", "[scenario][reader]") {
    const auto all = read_well(R"(
proto: smtp
fault: none
expect: {result: ok}
scenarios:
  usual: {}
  lines: {message: {line_ends: unfinished}}
  ends: {matrix: {end: [CRLF.CRLF, LF.CR]}, message: {smuggle: "${end}"}}
)");
    REQUIRE(all.size() == 4);
    CHECK(all[0].message.line_ends == LineEnds::crlf);
    CHECK(all[0].message.smuggle.empty());
    CHECK(all[1].message.line_ends == LineEnds::unfinished);
    CHECK(to_string(all[1].message.line_ends) == "unfinished");
    CHECK(all[2].message.smuggle == "\r\n.\r\n");
    CHECK(all[3].message.smuggle == "\n.\r");
}

TEST_CASE("news has posts and reads", "[scenario][reader]") {
    const auto all = read_well(R"(
proto: nntp
operation: read
articles: {count: 5, size: 64KiB}
expect: {received: never}
scenarios:
  a: {fault: {at: BODY reply@50%, do: fin}}
  b: {fault: {at: MODE READER, do: stall}, articles: 7}
  c: {operation: post, fault: {at: accepted, do: fin}, expect: {received: any, stored: at most once}}
  d: {steps: [post, wait 1s, post x3], operation: post, fault: none, expect: {received: any, result: ok}}
)");
    REQUIRE(all.size() == 4);
    CHECK(all[0].protocol == Protocol::nntp);
    CHECK(all[0].news.articles == 5);
    CHECK(all[0].news.size == 65536);
    CHECK(all[0].expect.received == ReceivedWord::never);
    CHECK(all[1].news.articles == 7);
    CHECK(all[1].news.size == 0);
    CHECK(all[1].faults[0].at.subject == "MODE");
    CHECK(all[2].operation == Operation::post);
    CHECK_FALSE(all[2].expect.received);
    CHECK(all[3].faults.empty());
    CHECK(all[3].steps.size() == 3);
    CHECK(all[3].steps[2].count == 3);
    CHECK(operations_of(all[3]).size() == 4);
    CHECK(operations_of_first_step(all[3]) == 1);
}

TEST_CASE("what the file says holds until a scenario says otherwise", "[scenario][reader]") {
    const auto all = read_well(R"(
proto: smtp
why: shared
fault: {at: EHLO, do: stall}
expect: {result: temp, gives_up: ..2T}
message: {size: 1KiB}
matrix: {how: [stall, fin]}
scenarios:
  same: {matrix: {}}
  other fault: {fault: {at: MAIL, do: "${how}"}, why: own}
  other faults: {matrix: {}, faults: [{at: MAIL, do: fin}, {at: RCPT, do: fin}], expect: {result: perm}}
  healthy twin: {matrix: {}, fault: none, expect: {result: ok, gives_up: any}}
)");
    REQUIRE(all.size() == 5);
    CHECK(all[0].why == "shared");
    CHECK(to_string(all[0].faults[0].at) == "EHLO");
    CHECK(all[0].message.size == 1024);
    CHECK(all[1].name == "other fault [how=stall]");
    CHECK(all[2].name == "other fault [how=fin]");
    CHECK(all[2].why == "own");
    CHECK(all[3].faults.size() == 2);
    CHECK(to_string(all[3].expect.result) == "perm");
    CHECK(to_string(*all[3].expect.gives_up) == "..2T");
    CHECK(all[4].faults.empty());
    CHECK_FALSE(all[4].expect.gives_up);
}

TEST_CASE("a matrix makes every combination, the first key changing slowest", "[scenario][matrix]") {
    const auto all = read_well(R"(
proto: smtp
scenarios:
  drop:
    matrix: {how: [fin, reset], at: [EHLO, MAIL, greeting]}
    why: "${how} at ${at}"
    fault: {at: "${at}", do: ["delay 1s", "${how}"]}
    expect: {result: temp}
)");
    CHECK(ids_of(all) == Ids{"smtp/family::drop [how=fin, at=EHLO]", "smtp/family::drop [how=fin, at=MAIL]",
                             "smtp/family::drop [how=fin, at=greeting]", "smtp/family::drop [how=reset, at=EHLO]",
                             "smtp/family::drop [how=reset, at=MAIL]", "smtp/family::drop [how=reset, at=greeting]"});
    CHECK(all[5].why == "reset at greeting");
    CHECK(all[5].faults[0].actions[1] == Action{Reset{}});
    CHECK(all[5].name == "drop [how=reset, at=greeting]");
}

TEST_CASE("a matrix row sets several variables and may have a name", "[scenario][matrix]") {
    const auto all = read_well(R"(
proto: smtp
scenarios:
  row:
    matrix: {row: [{at: EHLO, res: temp}, {at: MAIL, res: perm, name: sender refused}]}
    fault: {at: "${row.at}", do: reply 550 no}
    expect: {result: "${row.res}"}
)");
    CHECK(ids_of(all) == Ids{"smtp/family::row [row=EHLO]", "smtp/family::row [row=sender refused]"});
    CHECK(to_string(all[1].faults[0].at) == "MAIL");
    CHECK(to_string(all[1].expect.result) == "perm");
}

TEST_CASE("anchors and aliases are plain YAML", "[scenario][reader]") {
    const auto all = read_well("proto: smtp\nscenarios:\n"
                               "  a: {fault: &f {at: EHLO, do: stall}, expect: &e {result: temp}}\n"
                               "  b: {fault: *f, expect: *e}\n");
    REQUIRE(all.size() == 2);
    CHECK(all[1].faults[0].actions == std::vector<Action>{Stall{}});
}

TEST_CASE("line ends of other systems and a byte order mark do no harm", "[scenario][reader]") {
    std::string text = "\xef\xbb\xbf";
    for (const char letter : design_example)
        text += letter == '\n' ? "\r\n"s : std::string(1, letter);
    CHECK(read_well(text).size() == 6);
}

TEST_CASE("a text that is none is refused with the place", "[scenario][reader]") {
    CHECK(read("proto: smtp\nwhy: a\0b\n"s).errors ==
          "family.yaml:2:7: the file holds a NUL octet; is it a text at all?\n");
    CHECK(read("proto: smtp\nwhy: \xff\n").errors == "family.yaml:2:6: the file is not UTF-8\n");
    CHECK(read("why: \xed\xa0\x80\n").errors == "family.yaml:1:6: the file is not UTF-8\n");
    CHECK(read("why: \xc0\xaf\n").errors == "family.yaml:1:6: the file is not UTF-8\n");
    CHECK(read("why: cut \xe2\x82").errors == "family.yaml:1:10: the file is not UTF-8\n");
    CHECK(read("").errors == "family.yaml:1:1: the file is empty\n");
    CHECK(read("# only a comment\n").errors == "family.yaml:1:1: the file is empty\n");
    CHECK(read(std::string(2 << 20, ' ')).errors ==
          "family.yaml: the file is too large: at most 1048576 octets are read\n");
}

TEST_CASE("files that unfold without measure are stopped soon and with one error", "[scenario][reader][robust]") {
    const auto started = std::chrono::steady_clock::now();
    SECTION("long texts times many scenarios") {
        std::string text = "proto: smtp\nwhy: " + std::string(500'000, 'x') + "\nscenarios:\n  m:\n    matrix:\n";
        for (const char* key : {"a", "b", "c"})
            text += "      "s + key + ": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n";
        text += "    fault: none\n    refs: ['${a}${b}${c}']\n    expect: {result: ok}\n";
        CHECK(read(text).errors ==
              "family.yaml: the file unfolds into too much text: use fewer matrix values or shorter texts\n");
    }
    SECTION("a text made of variables") {
        std::string text =
            "proto: smtp\nscenarios:\n  m:\n    matrix: {a: [" + std::string(100'000, 'x') + "]}\n    why: \"";
        for (int count = 0; count < 10'000; ++count)
            text += "${a}";
        text += "\"\n    fault: none\n    expect: {result: ok}\n";
        const auto errors = read(text).errors;
        CHECK(errors == "family.yaml:5:10: the text gets too long by its matrix values (in 'm', why)\n");
    }
    SECTION("ten thousand scenarios are read, and no more") {
        std::string text = "proto: smtp\nscenarios:\n  m:\n    matrix:\n";
        for (const char* key : {"a", "b", "c", "d"})
            text += "      "s + key + ": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n";
        text += "    fault: none\n    why: ${a}${b}${c}${d}\n    expect: {result: ok}\n";
        CHECK(read_well(text).size() == 10'000);
        CHECK(read(text + "  n:\n    matrix: {}\n    fault: none\n    expect: {result: ok}\n").errors ==
              "family.yaml:12:3: the file makes more than 10000 scenarios with its matrix values (in scenarios)\n");
    }
    SECTION("many keys, items and errors") {
        std::string text = "proto: smtp\nscenarios:\n";
        for (int count = 0; count < 20'000; ++count)
            text += "  s" + std::to_string(count) + ": {fualt: none}\n";
        CHECK_FALSE(read(text).errors.empty());
    }
    SECTION("deep in every way") {
        for (const char* opening : {"[", "{a: ", "- ", "? ", "!!x ", "&a ", "'", "\"", "|\n ", "{", "- - ", "[[{"}) {
            std::string text = "proto: ";
            while (text.size() < 200'000)
                text += opening;
            CAPTURE(opening);
            CHECK_FALSE(read(text).errors.empty());
        }
    }
    SECTION("a regular expression of ill will") {
        CHECK_FALSE(read("proto: smtp\nscenarios:\n  a: {fault: none, expect: {log: '/(((a{1000}){1000}){1000})/'}}\n")
                        .errors.empty());
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    CHECK(taken.count() < 20);
}

TEST_CASE("no damage to a file makes the reader throw", "[scenario][reader][property]") {
    const std::uint64_t seed = 31337;
    CAPTURE(seed);
    Rng rng(seed);
    constexpr std::string_view odd_letters = "{}[]:,&*!|>'\"%@`#-? \n\t$x1\xc3";
    for (int round = 0; round < 1500; ++round) {
        std::string text(design_example);
        for (std::uint64_t change = 1 + rng.below(6); change > 0; --change) {
            const std::size_t at = rng.below(text.size());
            if (rng.chance(0.3))
                text.erase(at, 1 + rng.below(20));
            else
                text.insert(at, 1, odd_letters[rng.below(odd_letters.size())]);
        }
        CAPTURE(text);
        REQUIRE_NOTHROW(read(text));
    }
}

TEST_CASE("every remark is one line, whatever was written", "[scenario][reader]") {
    const auto errors = read("proto: \"sm\\ntp\\r\\e\"\nscenarios: {a: {}}\n").errors;
    CHECK(errors == "family.yaml:1:8: expected smtp, nntp or lmtp, got 'sm\\ntp\\r\\x1b' (in proto)\n");
    const auto cut = read("proto: " + std::string(5000, 'x') + "\nscenarios: {a: {}}\n").errors;
    CHECK(cut == "family.yaml:1:8: expected smtp, nntp or lmtp, got '" + std::string(60, 'x') + "…' (in proto)\n");
}

TEST_CASE("a server with several addresses", "[scenario][reader]") {
    const auto all = read_well(R"(
proto: smtp
server: {addresses: 3}
expect: {result: ok}
scenarios:
  one of them: {fault: {address: 2, at: connect, do: refuse}, expect: {addresses: [1, 2]}}
  the first: {fault: none, expect: {addresses: 1}}
  all: {fault: {at: connect, do: refuse}, expect: {addresses: any}}
)");
    REQUIRE(all.size() == 3);
    CHECK(all[0].server.addresses == 3);
    CHECK(all[0].faults[0].address == 2U);
    CHECK(describe(all[0].faults[0]) == "connect on address 2: refuse");
    CHECK(all[0].expect.addresses == std::vector<std::uint32_t>{1, 2});
    CHECK(all[1].expect.addresses == std::vector<std::uint32_t>{1});
    CHECK_FALSE(all[2].faults[0].address);
    CHECK(all[2].expect.addresses.empty());
    CHECK(read_well("proto: smtp\nscenarios: {x: {fault: none, expect: {result: ok}}}\n")[0].server.addresses == 1);
}

TEST_CASE("a connection can be closed where only some addresses refuse", "[scenario][reader]") {
    const std::string text = "proto: smtp\nserver: {addresses: 2}\nscenarios:\n  x: {fault: {at: connect, do: refuse";
    CHECK(read(text + ", address: 1}, expect: {close: quit}}\n").errors == "");
    CHECK_FALSE(read(text + "}, expect: {close: quit}}\n").errors.empty());
}
