#include "fakeserver/base/file.hpp"
#include "fakeserver/scenario/explain.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/reader.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

using namespace postfault;
using namespace postfault::scenario;

namespace {

std::vector<Scenario> read_well(const std::string& text, const std::string& name) {
    Diagnostics diagnostics;
    std::vector<Scenario> scenarios = read_scenarios(text, name, name + ".yaml", diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.sorted())
        FAIL_CHECK(to_string(diagnostic));
    return scenarios;
}

std::string explained(const std::string& body) {
    const auto scenarios = read_well("proto: smtp\nscenarios:\n  x: " + body + "\n", "smtp/x");
    REQUIRE(scenarios.size() == 1);
    return explain(scenarios.front());
}

// Typical scenarios of the corpus.
constexpr std::pair<const char*, const char*> typical[] = {
    {"smtp/ehlo", "stall after EHLO"},
    {"smtp/ehlo", "endless EHLO reply"},
    {"smtp/ehlo", "end within the EHLO reply [at=EHLO reply@6, how=reset]"},
    {"smtp/quit", "server keeps the connection after 221"},
    {"smtp/close-after-timeout", "overloaded server"},
    {"nntp/read", "slow but legal article"},
    {"nntp/read", "article without its terminator [place=-3]"},
    {"nntp/post", "article refused"},
    {"nntp/close-after-timeout", "server stops reading the article"},
};

} // namespace

TEST_CASE("scenarios of the corpus in plain sentences", "[scenario][explain][golden]") {
    std::string text;
    for (const auto& [family, name] : typical) {
        const auto content = read_file((source_dir() / "scenarios" / (family + std::string(".yaml"))).string());
        REQUIRE(content);
        const auto scenarios = read_well(*content, family);
        const auto found = std::find_if(scenarios.begin(), scenarios.end(),
                                        [wanted = name](const Scenario& scenario) { return scenario.name == wanted; });
        CAPTURE(family, name);
        REQUIRE(found != scenarios.end());
        text += (text.empty() ? "" : "\n") + explain(*found);
    }
    const std::string path = source_dir() / "tests/unit/scenario/explained.txt";
    if (std::getenv("POSTFAULT_APPROVE") != nullptr)
        std::ofstream(path, std::ios::binary) << text;
    INFO("in " << path << "; POSTFAULT_APPROVE=1 accepts the new text");
    const auto stored = read_file(path);
    REQUIRE(stored);
    CHECK(text == *stored);
}

TEST_CASE("the first sentence that a reader looks for", "[scenario][explain]") {
    CHECK(explained("{fault: {at: EHLO, do: stall}, expect: {result: temp, gives_up: 0.8T..1.5T}}") ==
          "smtp/x::x\n"
          "The client is asked to send a message (SMTP).\n"
          "On every connection, when EHLO has come, the server says nothing more.\n"
          "The client must give up between 0.8 and 1.5 times its limit, and say that it failed for now.\n");
    CHECK(explained("{fault: none, expect: {stored: once}}") ==
          "smtp/x::x\n"
          "The client is asked to send a message (SMTP).\n"
          "Nothing goes wrong: the server does all that it should.\n"
          "The server must have stored the message exactly once.\n");
}

TEST_CASE("what is unusual about the message and the server is said", "[scenario][explain]") {
    CHECK(explained("{fault: none, server: {buffer: 8KiB}, expect: {stored: once}}") ==
          "smtp/x::x\n"
          "The client is asked to send a message (SMTP).\n"
          "The server keeps 8KiB of what comes, and reads no more until its replies are taken. Nothing goes wrong: the "
          "server does all that it should.\n"
          "The server must have stored the message exactly once.\n");
    CHECK(explained("{fault: none, message: {line_ends: lf, smuggle: LF.CRLF}, expect: {stored: once}}") ==
          "smtp/x::x\n"
          "The client is asked to send a message (SMTP). Its file has LF alone for line ends. Its text holds LF.CRLF, "
          "and behind it what would be another message if that were the end.\n"
          "Nothing goes wrong: the server does all that it should.\n"
          "The server must have stored the message exactly once.\n");
}

TEST_CASE("addresses are named by their order", "[scenario][explain]") {
    const std::string server = "server: {addresses: 2}, ";
    CHECK(explained("{" + server +
                    "fault: {address: 1, at: connect, do: refuse, conn: 1}, "
                    "expect: {addresses: [1, 2]}}") ==
          "smtp/x::x\n"
          "The client is asked to send a message (SMTP).\n"
          "The server has 2 addresses. On the 1st connection, if it is to the 1st address, when the client connects, "
          "the server refuses the connection.\n"
          "The client must try the 1st and then the 2nd address of the server in this order, and no other.\n");
    CHECK_THAT(explained("{" + server + "fault: none, expect: {addresses: 1}}"),
               Catch::Contains("The client must try the 1st address of the server, and no other."));
}

TEST_CASE("everything that can be asked is said", "[scenario][explain]") {
    const std::string text = explained(
        "{faults: [{at: RCPT, do: [delay 1s, \"reply 451 4.3.0 \\\"later\\\"\", fin], conn: 1..2, nth: 3+2, p: 5%}, "
        "{at: connect, do: refuse, conn: 3, optional: true}], steps: [send, wait 2T, send], message: {size: 1KiB, "
        "recipients: 5}, "
        "server: {capabilities: [SIZE 5, DSN]}, xfail: {client: curl, why: its limit is fixed}, "
        "why: because, expect: {result: temp or perm, exit: 4, gives_up: ..5s, ends: 1s.., close: [quit, fin], "
        "connects: 1..4, backoff: 2s..9s, stored: at most once, never: [AUTH, VRFY], rss: 32MiB, log: /x/}}");
    CHECK(
        text ==
        "smtp/x::x\n"
        "Why: because.\n"
        "The client is asked to send a message, wait for 2 times the client's limit and then send another message to "
        "5 recipients (SMTP). Each message has 1KiB.\n"
        "The server offers SIZE 5 and DSN. On the 1st to the 2nd connection, when RCPT has come (the 3rd time, the 5th "
        "and so on, counted on each connection), the server with a probability of 5% waits for 1s and then goes on as "
        "it "
        "should, answers \"451 4.3.0 \\\"later\\\"\" and then ends the connection in good order (FIN). On the 3rd "
        "connection, when the client connects, the server refuses the connection. A client that never comes to this is "
        "right, too. From the second operation on the "
        "server is healthy, and they must work.\n"
        "The client must give up within 5s, say that it failed for now or that it failed for good, end its "
        "connection with QUIT or FIN without QUIT, open 1 to 4 connections, connect again between 2s and 9s, never "
        "send AUTH or VRFY, end its process not before 1s from its start, exit with status 4, use at most 32MiB of "
        "memory, and print something that matches /x/. The server may have stored the message once, and not more "
        "often.\n"
        "The client 'curl' is known to fail here: its limit is fixed.\n");
}

TEST_CASE("every action has a sentence at each of its places", "[scenario][explain]") {
    Scenario scenario;
    scenario.steps = {{Operation::send, {}}};
    for (const ActionRow& row : action_rows()) {
        if (!row.supported)
            continue;
        scenario.faults.assign(1, {});
        scenario.faults[0].at = {Point::Kind::received, "EHLO", {}};
        scenario.faults[0].actions = {*parse_action(row.example)};
        CAPTURE(row.example);
        const std::string text = explain(scenario);
        CHECK(text.find("the server .") == std::string::npos);
        CHECK(text.find("On every connection, when EHLO has come, the server ") != std::string::npos);
    }
}
