#include "harness/suite/select.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::suite;

namespace {

bool matches(std::string_view expression, std::string_view id) {
    const auto predicate = parse_name_expression(expression);
    INFO(expression << ": " << predicate.problem());
    REQUIRE(predicate);
    return (*predicate)(id);
}

std::string names_of(const std::vector<scenario::Scenario>& scenarios) {
    std::string names;
    for (const auto& scenario : scenarios)
        names += scenario.name;
    return names;
}

} // namespace

TEST_CASE("a name expression selects as pytest's -k does", "[suite][select]") {
    constexpr std::string_view id = "smtp/silence::stall after EHLO [how=fin]";
    CHECK(matches("stall", id));
    CHECK(matches("STALL", id));
    CHECK(matches("::stall", id));
    CHECK_FALSE(matches("drip", id));
    CHECK(matches("stall and ehlo", id));
    CHECK_FALSE(matches("stall and mail", id));
    CHECK(matches("mail or ehlo", id));
    CHECK_FALSE(matches("not stall", id));
    CHECK(matches("not not stall", id));
    CHECK(matches("not mail and stall", id));
    CHECK(matches("mail and drip or stall", id));
    CHECK_FALSE(matches("mail and (drip or stall)", id));
    CHECK(matches("not(mail or drip)", id));
    CHECK(matches("\tstall  and\t[how=fin]", id));
}

TEST_CASE("a wrong name expression says what is wrong", "[suite][select]") {
    const auto problem = [](std::string_view text) { return parse_name_expression(text).problem(); };
    CHECK(problem("") == "-k '': the expression ends where a word was expected");
    CHECK(problem("a and") == "-k 'a and': the expression ends where a word was expected");
    CHECK(problem("not") == "-k 'not': the expression ends where a word was expected");
    CHECK(problem("or a") == "-k 'or a': 'or' stands where a word was expected");
    CHECK(problem("a and or b") == "-k 'a and or b': 'or' stands where a word was expected");
    CHECK(problem("a b") == "-k 'a b': 'b' was not expected");
    CHECK(problem("(a") == "-k '(a': a ')' is missing");
    CHECK(problem("a)") == "-k 'a)': ')' was not expected");
    CHECK(problem("()") == "-k '()': ')' stands where a word was expected");
    CHECK(problem(std::string(5000, '(')).find("nested too deeply") != std::string::npos);
}

TEST_CASE("an expression may be long", "[suite][select]") {
    std::string many = "x0";
    for (int i = 1; i < 20'000; ++i)
        many += (i % 2 == 0 ? " or x" : " and x") + std::to_string(i);
    CHECK_FALSE(matches(many, "smtp"));
    CHECK(matches(many + " or smtp", "smtp"));
}

TEST_CASE("a shard is I/N", "[suite][select]") {
    CHECK(parse_shard("2/4")->number == 2);
    CHECK(parse_shard("2/4")->of == 4);
    CHECK(parse_shard("1/1"));
    for (const std::string_view wrong : {"", "2", "0/4", "5/4", "1/0", "-1/4", "+1/4", "1/4/2", "a/b", "1 / 4", "1/"}) {
        CAPTURE(wrong);
        CHECK(parse_shard(wrong).problem() == "--shard: expected I/N such as 2/4, got '" + std::string(wrong) + "'");
    }
}

TEST_CASE("the shards hold every scenario once", "[suite][select]") {
    std::vector<scenario::Scenario> all;
    for (const char letter : std::string_view("abcdefg")) {
        all.emplace_back();
        all.back().name = letter;
    }
    CHECK(names_of(in_shard(all, {1, 3})) == "adg");
    CHECK(names_of(in_shard(all, {2, 3})) == "be");
    CHECK(names_of(in_shard(all, {3, 3})) == "cf");
    CHECK(names_of(in_shard(all, {9, 9})) == "");
    CHECK(names_of(in_shard(all, {1, 1})) == "abcdefg");
}
