#include "harness/suite/corpus.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <stdlib.h> // mkdtemp

using namespace postfault;
using namespace postfault::suite;

namespace fs = std::filesystem;

namespace {

// A folder of scenario files, removed with everything in it.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "postfault-corpus-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    std::string path(const std::string& name = "") const {
        return name.empty() ? path_.string() : (path_ / name).string();
    }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
    }

private:
    fs::path path_;
};

constexpr const char* two_scenarios = R"(proto: smtp
expect: {result: temp}
scenarios:
  plain: {fault: {at: EHLO, do: stall}}
  many:
    matrix: {how: [fin, reset]}
    fault: {at: EHLO, do: "${how}"}
  many more: {fault: none}
)";

struct Loaded {
    std::vector<std::string> ids;
    std::size_t files = 0;
    std::string errors; // without the folder
};

Loaded load(const Folder& folder, const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names)
        paths.push_back(folder.path(name));
    Diagnostics diagnostics;
    const Corpus corpus = load_corpus(paths, diagnostics);
    Loaded loaded;
    loaded.files = corpus.files;
    for (const auto& scenario : corpus.scenarios)
        loaded.ids.push_back(scenario.id);
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
        std::string line = to_string(diagnostic);
        if (line.find(folder.path() + "/") == 0)
            line.erase(0, folder.path().size() + 1);
        loaded.errors += line + "\n";
    }
    return loaded;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("a folder gives all its scenario files in order", "[suite][corpus]") {
    const Folder folder;
    folder.write("scenarios/smtp/b.yaml", two_scenarios);
    folder.write("scenarios/smtp/a.yml", "proto: smtp\nscenarios: {x: {fault: none, expect: {result: ok}}}\n");
    folder.write("scenarios/notes.txt", "not a scenario");
    const Loaded loaded = load(folder, {"scenarios"});
    CHECK(loaded.errors == "");
    CHECK(loaded.files == 2);
    CHECK(loaded.ids ==
          Ids{"smtp/a::x", "smtp/b::plain", "smtp/b::many [how=fin]", "smtp/b::many [how=reset]", "smtp/b::many more"});
}

TEST_CASE("FILE::NAME is one scenario, or all of its matrix", "[suite][corpus]") {
    const Folder folder;
    folder.write("a.yaml", two_scenarios);
    CHECK(load(folder, {"a.yaml::plain"}).ids == Ids{"a::plain"});
    CHECK(load(folder, {"a.yaml::many"}).ids == Ids{"a::many [how=fin]", "a::many [how=reset]"});
    CHECK(load(folder, {"a.yaml::many [how=reset]"}).ids == Ids{"a::many [how=reset]"});
    CHECK(load(folder, {"a.yaml::many more"}).ids == Ids{"a::many more"});
    CHECK(load(folder, {"a.yaml::plian"}).errors == "a.yaml: there is no scenario 'plian' (did you mean 'plain'?)\n");
    CHECK(load(folder, {"a.yaml::"}).errors == "a.yaml::: the name of a scenario is missing after '::'\n");
}

TEST_CASE("a name after a folder is refused and not passed over", "[suite][corpus]") {
    const Folder folder;
    folder.write("smtp/a.yaml", two_scenarios);
    const Loaded loaded = load(folder, {"smtp::plain"});
    CHECK(loaded.ids.empty());
    CHECK(loaded.errors ==
          "smtp::plain: a scenario is named in its file, and this is a folder; '-k' selects in all of them\n");
}

TEST_CASE("what is named twice is there once", "[suite][corpus]") {
    const Folder folder;
    folder.write("smtp/a.yaml", two_scenarios);
    const Loaded loaded = load(folder, {"smtp/a.yaml::plain", "smtp", "smtp/../smtp/a.yaml", "smtp/a.yaml"});
    CHECK(loaded.files == 1);
    CHECK(loaded.ids == Ids{"a::plain", "a::many [how=fin]", "a::many [how=reset]", "a::many more"});
}

TEST_CASE("equal names in two files are two scenarios", "[suite][corpus]") {
    const Folder folder;
    folder.write("one/a.yaml", two_scenarios);
    folder.write("two/a.yaml", two_scenarios);
    CHECK(load(folder, {"one", "two"}).ids.size() == 8);
}

TEST_CASE("what cannot be read is an error", "[suite][corpus]") {
    const Folder folder;
    fs::create_directories(folder.path("empty"));
    folder.write("huge.yaml", std::string((1U << 20U) + 100, '#'));
    CHECK(load(folder, {"nothing.yaml"}).errors == "nothing.yaml: No such file or directory\n");
    CHECK(load(folder, {"nothing.yaml::x"}).errors == "nothing.yaml: No such file or directory\n");
    CHECK(load(folder, {"empty"}).errors == "empty: no scenario file (*.yaml) in this folder\n");
    CHECK(load(folder, {"huge.yaml"}).errors.find("at most 1048576 octets are read") != std::string::npos);
}

TEST_CASE("a family is the path below the folder of scenarios", "[suite][corpus]") {
    CHECK(family_of("/a/scenarios/smtp/silence.yaml") == "smtp/silence");
    CHECK(family_of("/a/scenarios/silence.yaml") == "silence");
    CHECK(family_of("/scenarios/old/scenarios/nntp/x.yml") == "nntp/x");
    CHECK(family_of("/a/b/mine.yaml") == "mine");
    CHECK(family_of("/a/scenarios/../b/mine.yaml") == "mine");
    CHECK(family_of("/a/scenarios/v1.2/x.y.yaml") == "v1.2/x.y");
}
