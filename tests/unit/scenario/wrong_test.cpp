#include "fakeserver/scenario/reader.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace postfault;
using namespace postfault::scenario;

namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
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

TEST_CASE("every wrong file gets exactly the errors that it states", "[scenario][wrong]") {
    const std::filesystem::path folder = source_dir() / "tests/unit/scenario/wrong";
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    REQUIRE(paths.size() > 20);
    for (const auto& path : paths) {
        const std::string file = path.filename().string();
        const std::string text = content_of(path);
        Diagnostics diagnostics;
        read_scenarios(text, "smtp/wrong", file, diagnostics);
        std::string found;
        for (const Diagnostic& diagnostic : diagnostics.sorted())
            found += to_string(diagnostic) + "\n";
        CAPTURE(file);
        CHECK(diagnostics.has_errors());
        CHECK(found == expected_errors(text, file));
    }
}
