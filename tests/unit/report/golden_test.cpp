// Stored run records and the verdicts that people get to read for them. tests/golden/NAME.yaml holds the scenario,
// NAME.record.json what was recorded, NAME.verdict.txt the text. Set POSTFAULT_APPROVE=1 to accept what is written now;
// the change then shows up in the diff.

#include "fakeserver/scenario/reader.hpp"
#include "harness/judge/judge.hpp"
#include "harness/report/terminal.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace postfault;

namespace {

const std::filesystem::path folder = source_dir() / "tests" / "golden";

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> names() {
    std::vector<std::string> found;
    const std::string ending = ".record.json";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > ending.size() && name.substr(name.size() - ending.size()) == ending)
            found.push_back(name.substr(0, name.size() - ending.size()));
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::string verdict_text(const std::string& name) {
    Diagnostics diagnostics;
    const std::string file = name + ".yaml";
    const auto scenarios = scenario::read_scenarios(contents(folder / file), "golden/" + name, file, diagnostics);
    for (const auto& diagnostic : diagnostics.sorted())
        UNSCOPED_INFO(to_string(diagnostic));
    REQUIRE_FALSE(diagnostics.has_errors());
    REQUIRE(scenarios.size() == 1);
    const auto record = judge::record_from_json(nlohmann::json::parse(contents(folder / (name + ".record.json"))));
    const report::RunResult run{
        scenarios.front(), record,
        judge::settle(judge::judge(scenarios.front(), record), scenarios.front(), record.client)};
    return report::progress_line(run) + "\n" + report::details(run);
}

} // namespace

TEST_CASE("stored records keep their verdicts", "[report][golden]") {
    const auto all = names();
    REQUIRE(all.size() >= 6);
    for (const std::string& name : all) {
        const auto path = folder / (name + ".verdict.txt");
        const std::string text = verdict_text(name);
        if (std::getenv("POSTFAULT_APPROVE") != nullptr)
            std::ofstream(path, std::ios::binary) << text;
        INFO("in " << path << "; POSTFAULT_APPROVE=1 accepts the new text");
        CHECK(text == contents(path));
    }
}
