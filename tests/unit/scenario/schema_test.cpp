#include "fakeserver/base/file.hpp"
#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/reference.hpp"
#include "fakeserver/scenario/schema.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "tests/support/source_dir.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <regex>

using namespace postfault;
using namespace postfault::scenario;

namespace {

const nlohmann::json& schema() {
    static const nlohmann::json parsed = nlohmann::json::parse(schema_text());
    return parsed;
}

const nlohmann::json& at(const char* pointer) { return schema().at(nlohmann::json::json_pointer(pointer)); }

// A pattern of the schema, as an editor would use it.
class Pattern {
public:
    explicit Pattern(const char* pointer) : regex_(at(pointer).get<std::string>()) {}

    bool takes(const std::string& text) const { return std::regex_search(text, regex_); }

private:
    std::regex regex_;
};

// A few letters are put in, and the end may be missing.
std::string damaged(std::string text, Rng& rng) {
    for (std::uint64_t change = rng.below(3); change > 0; --change)
        text.insert(rng.below(text.size() + 1), 1, "/\\ @5s0T%-+.xB"[rng.below(14)]);
    if (rng.chance(0.3))
        text.resize(rng.below(text.size() + 1));
    return text;
}

// Whatever the reader takes, the schema takes too.
template <class Parse>
void expect_no_stricter(const Pattern& pattern, const std::vector<std::string>& seeds, Parse parse) {
    Rng rng(2026);
    std::size_t taken = 0;
    for (int round = 0; round < 5000; ++round) {
        const std::string text = damaged(seeds[rng.below(seeds.size())], rng);
        if (!parse(text))
            continue;
        CAPTURE(text);
        REQUIRE(pattern.takes(text));
        ++taken;
    }
    CHECK(taken > 500);
}

constexpr const char* point_pattern = "/definitions/point/pattern";
constexpr const char* action_pattern = "/definitions/actions/anyOf/0/pattern";

} // namespace

TEST_CASE("the schema in the tree is the one that the program prints", "[scenario][schema]") {
    const std::string path = source_dir() / "scenarios/scenario.schema.json";
    if (std::getenv("POSTFAULT_APPROVE") != nullptr)
        std::ofstream(path, std::ios::binary) << schema_text();
    const auto stored = read_file(path);
    INFO("in " << path << "; POSTFAULT_APPROVE=1 accepts the new text");
    REQUIRE(stored);
    CHECK(*stored == schema_text());
}

TEST_CASE("every supported key is in the schema with its meaning, and no other", "[scenario][schema]") {
    const auto expect_keys = [](Object object, const nlohmann::json& map) {
        CHECK(map.at("additionalProperties") == false);
        std::size_t count = 0;
        for (const KeyRow& row : key_rows(object)) {
            CAPTURE(row.name);
            const auto found = map.at("properties").find(std::string(row.name));
            REQUIRE((found != map.at("properties").end()) == row.supported);
            if (!row.supported)
                continue;
            CHECK(found->at("description").get<std::string>().find(std::string(row.meaning)) == 0);
            ++count;
        }
        CHECK(map.at("properties").size() == count);
    };
    expect_keys(Object::file, schema());
    expect_keys(Object::scenario, at("/definitions/scenario"));
    expect_keys(Object::fault, at("/definitions/fault_map"));
    expect_keys(Object::condition, at("/definitions/fault_map/properties/if"));
    expect_keys(Object::expect, at("/definitions/expect_map"));
    expect_keys(Object::message, at("/properties/message"));
    expect_keys(Object::articles, at("/properties/articles/anyOf/1"));
    expect_keys(Object::server, at("/properties/server"));
    expect_keys(Object::xfail, at("/properties/xfail/anyOf/0"));
}

TEST_CASE("an editor offers what can be written", "[scenario][schema]") {
    const Pattern points(point_pattern);
    const Pattern actions(action_pattern);
    for (const auto& example : at("/definitions/point/examples"))
        CHECK(points.takes(example.get<std::string>()));
    for (const ActionRow& row : action_rows()) {
        CAPTURE(row.example);
        CHECK(actions.takes(std::string(row.example)) == row.supported);
    }
    for (const ProtocolRow& row : protocol_rows())
        for (const std::string_view verb : row.verbs)
            for (const char* rest :
                 {"", " done", " reply@5", " reply@64KiB", " reply@50%", " reply@-3", " reply@line 4"})
                CHECK(points.takes(std::string(verb) + rest));
}

TEST_CASE("the patterns refuse what is plainly wrong", "[scenario][schema]") {
    const Pattern points(point_pattern);
    for (const char* text :
         {"", "ehlo", "EHLOO", "EHLO don", "EHLO reply@x", "EHLO reply@-0", "body", "body@-3", "body@line 4", "BODY@5",
          "dot done", "connect done", "tls", "tls client-hello reply@line 4", "EHLO record@line 4", "idle", "idle 5"}) {
        CAPTURE(text);
        CHECK_FALSE(points.takes(text));
    }
    const Pattern actions(action_pattern);
    for (const char* text :
         {"",           "stal",          "stall 5", "fin now",  "delay",      "drip 1B",       "drip 1X/200ms",
          "drip 1B/5",  "throttle 2KiB", "split",   "reply 20", "reply 1000", "reply 250 \\q", "edit - ",
          "edit s/a/b", "edit s//b/",    "inject",  "flip 3",   "flip @03",   "flood 5 words", "cut off",
          "alert x",    "cert bad",      "STALL"}) {
        CAPTURE(text);
        CHECK_FALSE(actions.takes(text));
    }
    const Pattern ranges("/definitions/time_range/pattern");
    for (const char* text : {"", "..", "2T", "5", "0.8T..5", "1s..2", "soon"}) {
        CAPTURE(text);
        CHECK_FALSE(ranges.takes(text));
    }
}

TEST_CASE("a matrix value may stand anywhere", "[scenario][schema]") {
    CHECK(Pattern(point_pattern).takes("${at}"));
    CHECK(Pattern(action_pattern).takes("reply ${code} x"));
    CHECK(Pattern("/definitions/time_range/pattern").takes("..${t}"));
}

TEST_CASE("the schema is nowhere stricter than the reader", "[scenario][schema][property]") {
    expect_no_stricter(Pattern(point_pattern),
                       {"connect", "tls client-hello", "tls client-hello reply@5", "tls done", "EHLO record@-1",
                        "greeting done", "EHLO", "EHLO reply@512", "MAIL reply@50%", "DATA reply@-3",
                        "EHLO reply@line 4", "body@64KiB", "body@50%", "accepted reply@5", "  RCPT  done ", "idle 0.5T",
                        "idle 250ms"},
                       [](const std::string& text) { return bool(parse_point(text, Protocol::smtp)); });
    std::vector<std::string> examples;
    for (const ActionRow& row : action_rows())
        for (const std::string_view form : forms_of(row.forms))
            examples.emplace_back(form.find_first_of("NDK") == std::string_view::npos ? form : row.example);
    for (const ActionRow& row : action_rows())
        examples.emplace_back(row.example);
    expect_no_stricter(Pattern(action_pattern), examples,
                       [](const std::string& text) { return bool(parse_action(text)); });
    expect_no_stricter(Pattern("/definitions/time_range/pattern"),
                       {"0.8T..1.5T", "..2T", "5s..", "250ms .. 2min", "T..2T"},
                       [](const std::string& text) { return bool(parse_time_range(text)); });
    expect_no_stricter(Pattern("/definitions/selector/pattern"), {"3", "1..2", "3+", "3+2", "15"},
                       [](const std::string& text) { return bool(parse_selector(text)); });
    expect_no_stricter(Pattern("/definitions/size/pattern"), {"512", "64KiB", "1.5 MiB", "5 MB", "0"},
                       [](const std::string& text) { return bool(parse_size(text)); });
    expect_no_stricter(Pattern("/definitions/expect_map/properties/result/anyOf/0/pattern"),
                       {"temp", "ok or temp", "perm or uncertain", "failure"},
                       [](const std::string& text) { return bool(parse_results(text)); });
    expect_no_stricter(Pattern("/definitions/expect_map/properties/connects/pattern"), {"3", "1..2", "1+", "0"},
                       [](const std::string& text) { return bool(parse_count_range(text)); });
    expect_no_stricter(Pattern("/definitions/expect_map/properties/rss/pattern"), {"32MiB", "..32MiB", "1GiB"},
                       [](const std::string& text) { return bool(parse_most_octets(text)); });
    expect_no_stricter(Pattern("/definitions/fault_map/properties/p/pattern"), {"5%", "0.5%", "100%"},
                       [](const std::string& text) { return bool(parse_probability(text)); });
    expect_no_stricter(Pattern("/properties/steps/items/pattern"), {"send", "post", "read", "wait 2T", "wait 5s"},
                       [](const std::string& text) { return bool(parse_step(text)); });
}
