#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/reader.hpp"
#include "fakeserver/scenario/reference.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace postfault;
using namespace postfault::scenario;

namespace {

// `a`, `b`: forms of a table as the page shows them.
std::string as_code(std::string_view forms) {
    std::string text;
    while (!forms.empty()) {
        // Brackets may hold commas of their own.
        std::size_t end = 0;
        for (int depth = 0; end < forms.size(); ++end) {
            if (forms[end] == '[' || forms[end] == '{')
                ++depth;
            else if (forms[end] == ']' || forms[end] == '}')
                --depth;
            else if (depth == 0 && forms.substr(end).starts_with(", "))
                break;
        }
        text += fmt::format("{}`{}`", text.empty() ? "" : ", ", forms.substr(0, end));
        forms.remove_prefix(std::min(end + 2, forms.size()));
    }
    return text;
}

std::string places_of(const ActionRow& row) {
    std::string text;
    bool everywhere = true;
    for (const PointRow& point : point_rows()) {
        if (!point.place)
            continue;
        if (row.where.contains(*point.place))
            text += fmt::format("{}`{}`", text.empty() ? "" : ", ", point.forms.substr(0, point.forms.find(", ")));
        else
            everywhere = false;
    }
    return everywhere ? "everywhere" : text;
}

std::string reference_page() {
    std::ifstream in(source_dir() / "docs/scenario-language.md");
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
}

} // namespace

TEST_CASE("the reference page says what the tables say", "[scenario][reference]") {
    const std::string page = reference_page();
    REQUIRE_FALSE(page.empty());

    std::string missing;
    const auto expect_line = [&](const std::string& line) {
        if (page.find("\n" + line + "\n") == std::string::npos)
            missing += line + "\n";
    };
    for (const PointRow& row : point_rows())
        if (row.place)
            expect_line(fmt::format("| {} | {} |", as_code(row.forms), row.meaning));
    for (const ActionRow& row : action_rows())
        if (row.supported)
            expect_line(fmt::format("| {} | {} | {} |", as_code(row.forms), row.meaning, places_of(row)));
    for (const Object object : {Object::file, Object::fault, Object::condition, Object::expect, Object::message,
                                Object::articles, Object::server, Object::xfail})
        for (const KeyRow& row : key_rows(object))
            if (row.supported)
                expect_line(fmt::format("| `{}` | {} | {} |", row.name, as_code(row.forms), row.meaning));
    for (const auto& row : result_rows())
        expect_line(fmt::format("| `{}` | {} |", row.word, row.meaning));
    for (const auto& row : close_rows())
        expect_line(fmt::format("| `{}` | {} |", row.word, row.meaning));
    for (const auto& row : stored_rows())
        expect_line(fmt::format("| `{}` | {} |", row.word, row.meaning));
    for (const auto& row : received_rows())
        expect_line(fmt::format("| `{}` | {} |", row.word, row.meaning));
    for (const ProtocolRow& row : protocol_rows()) {
        std::vector<std::string> verbs(row.verbs.begin(), row.verbs.end());
        expect_line(fmt::format("| {} | {} |", row.name, joined(verbs, " ")));
    }
    INFO("missing in docs/scenario-language.md:\n" << missing);
    CHECK(missing.empty());
}

TEST_CASE("the tables of the reference page are those that the program prints", "[scenario][reference]") {
    std::string page = reference_page();
    const std::string printed = reference_tables() + "\n";
    std::size_t count = 0;
    for (std::size_t at = 0; at < printed.size(); ++count) {
        const std::string table = printed.substr(at, printed.find("\n\n", at) + 1 - at);
        at += table.size() + 1;
        const std::string title = table.substr(0, table.find('\n') + 1);
        CAPTURE(title);
        const std::size_t begin = page.find("\n" + title) + 1;
        REQUIRE(begin != 0);
        const std::size_t end = page.find("\n\n", begin) + 1;
        if (std::getenv("POSTFAULT_APPROVE") != nullptr)
            page.replace(begin, end - begin, table);
        else
            CHECK(page.substr(begin, end - begin) == table);
    }
    CHECK(count > 10);
    if (std::getenv("POSTFAULT_APPROVE") != nullptr)
        std::ofstream(source_dir() / "docs/scenario-language.md", std::ios::binary) << page;
}

TEST_CASE("the examples of the reference page are right", "[scenario][reference]") {
    const std::string page = reference_page();
    std::size_t count = 0;
    for (std::size_t at = page.find("```yaml\n"); at != std::string::npos; at = page.find("```yaml\n", at)) {
        at += 8;
        std::string example = page.substr(at, page.find("```", at) - at);
        if (example.starts_with("  "))
            example = "proto: smtp\nscenarios:\n" + example; // a part of a file
        CAPTURE(example);
        Diagnostics diagnostics;
        CHECK_FALSE(read_scenarios(example, "docs/example", "example.yaml", diagnostics).empty());
        for (const Diagnostic& diagnostic : diagnostics.sorted())
            FAIL_CHECK(to_string(diagnostic));
        ++count;
    }
    CHECK(count == 6);
}
