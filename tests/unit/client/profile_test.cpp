#include "fakeserver/base/file.hpp"
#include "harness/client/profile.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace postfault;
using namespace postfault::client;
using namespace std::chrono_literals;
using scenario::Operation;
using scenario::ResultWord;
using Words = std::vector<std::string>;

namespace {

Profile read_well(std::string_view text) {
    Diagnostics diagnostics;
    Profile profile = read_profile(text, "mailer", "mailer.yaml", diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.sorted())
        FAIL_CHECK(to_string(diagnostic));
    return profile;
}

// The first lines of a file: `# error LINE:COLUMN: TEXT`.
std::string expected_errors(const std::string& text, const std::string& file) {
    constexpr std::string_view mark = "# error ";
    std::istringstream lines(text);
    std::string all;
    for (std::string line; std::getline(lines, line) && line.starts_with(mark);)
        all += file + ":" + line.substr(mark.size()) + "\n";
    return all;
}

} // namespace

TEST_CASE("every key of a profile is read", "[client][profile]") {
    const Profile profile = read_well(R"(
about: a mailer
package: mailer-utils
limit: 10s
ok_means: queued
returned: "^done (ok|temp):"
results: {0: ok, 75: temp, other: perm}
environment: {LANG: C, RC: "{home}/rc"}
files: {.config/mailer: "server {host}"}
operations:
  send:
    command: mailer -s {host}:{port} 'two words' {recipients}
    recipient: --to {to}
    next: [--then, "{message}"]
    wait: --wait {wait}
    stdin: "{message}"
  read:
    command: [reader, "a b"]
    delivered: "{output}"
)");
    CHECK(profile.name == "mailer");
    CHECK(profile.about == "a mailer");
    CHECK(profile.package == "mailer-utils");
    CHECK(profile.limit == Profile::Limit::fixed);
    CHECK(profile.fixed_limit == 10s);
    CHECK(profile.ok_means_queued);
    CHECK(profile.returned == "^done (ok|temp):");
    CHECK(profile.results == std::map<int, ResultWord>{{0, ResultWord::ok}, {75, ResultWord::temp}});
    CHECK(profile.other_result == ResultWord::perm);
    CHECK(profile.environment.at("RC") == "{home}/rc");
    CHECK(profile.files.at(".config/mailer") == "server {host}");
    CHECK(profile.offers(Operation::send));
    CHECK_FALSE(profile.offers(Operation::post));
    const OperationProfile& send = profile.operations.at(Operation::send);
    CHECK(send.command == Words{"mailer", "-s", "{host}:{port}", "two words", "{recipients}"});
    CHECK(send.recipient == Words{"--to", "{to}"});
    CHECK(send.next == Words{"--then", "{message}"});
    CHECK(send.wait == Words{"--wait", "{wait}"});
    CHECK(send.stdin_file == "{message}");
    CHECK(profile.operations.at(Operation::read).command == Words{"reader", "a b"});
    CHECK(profile.operations.at(Operation::read).delivered == "{output}");
}

TEST_CASE("what a client cannot do is a reason and no failure", "[client][profile]") {
    const Profile profile = read_well(R"(
about: a client
operations:
  post: {command: "poster {login}", login: "-u {user} -p {password}"}
  read: {command: reader}
)");
    CHECK(profile.operations.at(Operation::post).login == Words{"-u", "{user}", "-p", "{password}"});
    CHECK_FALSE(profile.operations.at(Operation::read).login);
    scenario::Scenario scenario;
    scenario.operation = Operation::feed;
    CHECK(profile.why_not(scenario) == "the profile of mailer has no operation 'feed'");
    scenario.operation = Operation::read;
    CHECK(profile.why_not(scenario) == "");
    scenario.server.auth = {scenario::LogIn::user};
    CHECK(profile.why_not(scenario) ==
          "the server wants a log-in, and the profile of mailer says no 'login' for 'read'");
    scenario.operation = Operation::post;
    CHECK(profile.why_not(scenario) == "");
    scenario.server.addresses = 2;
    CHECK(profile.why_not(scenario) ==
          "the server has several addresses, and the profile of mailer says no 'resolve' for 'post'");
    const Profile told = read_well(
        "about: x\noperations: {post: {command: \"p {resolve} {host}\", resolve: \"-r {host}={addresses}\"}}\n");
    CHECK(told.operations.at(Operation::post).resolve == Words{"-r", "{host}={addresses}"});
    scenario.server.auth.clear();
    CHECK(told.why_not(scenario) == "");
}

TEST_CASE("a short profile means what most clients do", "[client][profile]") {
    const Profile profile = read_well("about: x\noperations: {post: {command: poster}}\n");
    CHECK(profile.limit == Profile::Limit::unknown);
    CHECK_FALSE(profile.ok_means_queued);
    CHECK(profile.returned == "");
    CHECK(profile.results.empty());
    CHECK(profile.other_result == ResultWord::failure);
    CHECK(profile.result_words() == Words{"failure", "ok"});
}

TEST_CASE("the words that a client can tell apart", "[client][profile]") {
    Profile profile;
    profile.results = {{0, ResultWord::uncertain}, {75, ResultWord::temp}, {76, ResultWord::temp}};
    CHECK(profile.result_words() == Words{"failure", "temp", "uncertain"});
    profile.returned = "^(ok)";
    CHECK(profile.result_words() == Words{"ok", "perm", "temp", "uncertain"});
}

TEST_CASE("every wrong profile gets exactly the errors that it states", "[client][profile]") {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "tests/unit/client/wrong"))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    REQUIRE(paths.size() >= 4);
    for (const auto& path : paths) {
        const auto text = read_file(path.string());
        REQUIRE(text);
        const std::string file = path.filename().string();
        CAPTURE(file);
        Diagnostics diagnostics;
        (void)read_profile(*text, "wrong", file, diagnostics);
        std::string found;
        for (const Diagnostic& diagnostic : diagnostics.sorted())
            found += to_string(diagnostic) + "\n";
        CHECK(diagnostics.has_errors());
        CHECK(found == expected_errors(*text, file));
    }
}

TEST_CASE("the profiles that come with postfault are right", "[client][profile]") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "client_under_test/profiles")) {
        if (entry.path().extension() != ".yaml")
            continue;
        CAPTURE(entry.path().filename().string());
        const Profile profile = read_well(*read_file(entry.path().string()));
        CHECK_FALSE(profile.about.empty());
        CHECK_FALSE(profile.operations.empty());
        ++count;
    }
    CHECK(count > 0);
}

TEST_CASE("a command line alone is a profile too", "[client][profile]") {
    const Profile profile = profile_of_command({"/usr/bin/mailer", "--limit={timeout_s}", "{host}"}, Operation::send);
    CHECK(profile.name == "mailer");
    CHECK(profile.limit == Profile::Limit::settable);
    REQUIRE(profile.operations.size() == 1);
    const OperationProfile& send = profile.operations.at(Operation::send);
    CHECK(send.command == Words{"/usr/bin/mailer", "--limit={timeout_s}", "{host}"});
    CHECK(send.recipient == Words{"{to}"});
    CHECK(send.next.empty());
    CHECK(send.delivered == "");
    CHECK(profile.result_words() == Words{"failure", "ok"});

    const Profile reader = profile_of_command({"reader", "-o", "{output}"}, Operation::read);
    CHECK(reader.limit == Profile::Limit::unknown);
    CHECK(reader.operations.at(Operation::read).delivered == "{output}");
    CHECK(profile_of_command({}, Operation::read).name == "");
    CHECK_FALSE(reader.operations.at(Operation::read).login);
    CHECK(profile_of_command({"reader", "--as={user}"}, Operation::read).operations.at(Operation::read).login);
    CHECK_FALSE(reader.operations.at(Operation::read).resolve);
    CHECK(profile_of_command({"reader", "-r", "{addresses}"}, Operation::read).operations.at(Operation::read).resolve);
}
