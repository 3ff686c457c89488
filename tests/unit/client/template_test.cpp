#include "harness/client/template.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::client;

namespace {

using Words = std::vector<std::string>;

Words split_well(std::string_view line) {
    const auto words = split_command(line);
    INFO(words.problem());
    REQUIRE(words);
    return *words;
}

} // namespace

TEST_CASE("placeholders become their values", "[client][template]") {
    const Values values{{"host", "127.0.0.1"}, {"port", "2525"}};
    CHECK(filled("{host}:{port}", values) == "127.0.0.1:2525");
    CHECK(filled("--to={to}.", values) == "--to=.");
    CHECK(filled("", values) == "");
    CHECK(filled(Words{"a", "{port}{port}", "{{port}}"}, values) == Words{"a", "25252525", "{port}"});
}

TEST_CASE("a value is not looked at again", "[client][template]") {
    CHECK(filled("{message}", {{"message", "/tmp/{port}/{{"}, {"port", "25"}}) == "/tmp/{port}/{{");
}

TEST_CASE("every placeholder that is listed can be used", "[client][template]") {
    for (const Placeholder& placeholder : placeholders()) {
        CAPTURE(placeholder.name);
        CHECK(check_template("x{" + std::string(placeholder.name) + "}y"));
        CHECK_FALSE(placeholder.meaning.empty());
    }
}

TEST_CASE("wrong templates are refused", "[client][template]") {
    CHECK(check_template("{{}} {host}"));
    CHECK(check_template("{hots}").problem() == "unknown placeholder '{hots}' (did you mean 'host'?)");
    CHECK(check_template("{}").problem() == "unknown placeholder '{}'");
    CHECK(check_template("a {host").problem() == "a brace stands alone in '{host'; write {{ or }} for a brace itself");
    CHECK(check_template("a } b").problem() == "a brace stands alone in '} b'; write {{ or }} for a brace itself");
    CHECK_FALSE(check_template("{ho{st}"));
    CHECK_FALSE(check_template("{host}}"));
}

TEST_CASE("a command line is split as a shell would", "[client][template]") {
    CHECK(split_well("") == Words{});
    CHECK(split_well(" \t\n ") == Words{});
    CHECK(split_well("a  b\tc\nd") == Words{"a", "b", "c", "d"});
    CHECK(split_well("'a b' \"c d\" e\\ f") == Words{"a b", "c d", "e f"});
    CHECK(split_well("'' \"\"") == Words{"", ""});
    CHECK(split_well("a'b'\"c\"d") == Words{"abcd"});
    CHECK(split_well(R"('a\b' "a\b" a\b)") == Words{R"(a\b)", R"(a\b)", "ab"});
    CHECK(split_well(R"("\"\\\$\`" '"' "'")") == Words{"\"\\$`", "\"", "'"});
    CHECK(split_well("a \\\n b\\\nc \"d\\\ne\"") == Words{"a", "bc", "de"});
    CHECK(split_well("a\\") == Words{"a\\"});
    CHECK(split_well("$HOME *.eml ~ | ; #x") == Words{"$HOME", "*.eml", "~", "|", ";", "#x"});
}

TEST_CASE("an open quote is refused", "[client][template]") {
    CHECK(split_command("a 'b").problem() == "a quote ' is left open in 'a 'b'");
    CHECK(split_command("a \"b\\\"").problem() == "a quote \" is left open in 'a \"b\\\"'");
}
