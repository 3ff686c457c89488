#include "fakeserver/scenario/schema.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/scenario/reference.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::scenario {

namespace {

using Json = nlohmann::ordered_json; // the file's keys in the order of the tables

// ---- patterns ----
//
// What base/units.cpp and the parse_* readers take, as regular expressions that JavaScript and Python read alike.
// Ranges and everything else that only arithmetic can tell are left to the linter. A test holds the two together.

constexpr std::string_view quantity = R"((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))";

std::string time_pattern() { return fmt::format("(?:T|{} *(?:us|ms|s|min|h|T))", quantity); }

std::string size_pattern() { return fmt::format("{} *(?:B|KiB|MiB|GiB|kB|MB|GB)?", quantity); }

// parse_escapes
constexpr std::string_view letters = R"((?:[^\\]|\\[rnt\\"/]|\\x[0-9A-Fa-f]{2})+)";
constexpr std::string_view letters_but_slash = R"((?:[^\\/]|\\[rnt\\"/]|\\x[0-9A-Fa-f]{2}))";

constexpr std::string_view count = "[1-9][0-9]*";
constexpr std::string_view percent = "(?:100|[1-9]?[0-9])%";

// A matrix value may stand for anything, so a text that holds one is left to the linter.
constexpr std::string_view variable = R"(\$\{)";

std::string whole(std::string_view pattern) { return fmt::format("^ *(?:{}) *$|{}", pattern, variable); }

std::string one_of(const std::vector<std::string>& patterns) { return fmt::format("{}", fmt::join(patterns, "|")); }

std::vector<std::string> all_verbs() {
    std::vector<std::string> verbs;
    for (const ProtocolRow& row : protocol_rows())
        for (const std::string_view verb : row.verbs)
            if (std::find(verbs.begin(), verbs.end(), verb) == verbs.end())
                verbs.emplace_back(verb);
    return verbs;
}

std::vector<std::string> alert_names() {
    std::vector<std::string> names;
    for (const postfault::Alert& alert : alerts())
        names.emplace_back(alert.name);
    return names;
}

template <class Value>
std::vector<std::string> words_of(std::span<const WordRow<Value>> rows) {
    std::vector<std::string> words;
    for (const WordRow<Value>& row : rows)
        words.emplace_back(row.word);
    return words;
}

struct Token {
    std::string_view name;
    std::string pattern;
};

// Replaces the tokens of a form by their patterns; everything else stands for itself.
std::string pattern_of(std::string_view form, const std::vector<Token>& tokens) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    std::string pattern;
    for (std::size_t at = 0; at < form.size();) {
        std::size_t end = at;
        while (end < form.size() && is_letter(form[end]))
            ++end;
        const std::string_view word = form.substr(at, std::max<std::size_t>(end - at, 1));
        at += word.size();
        const auto token =
            std::find_if(tokens.begin(), tokens.end(), [&](const Token& some) { return some.name == word; });
        if (token != tokens.end())
            pattern += token->pattern;
        else if (std::string_view("+.*?()[]{}^$|\\").find(word) != std::string_view::npos)
            pattern += "\\" + std::string(word);
        else
            pattern += word;
    }
    return pattern;
}

std::string point_pattern() {
    std::vector<std::string> verbs = all_verbs();
    verbs.emplace_back("MODE +READER");
    const std::string octets = size_pattern();
    std::vector<std::string> patterns;
    for (const PointRow& row : point_rows())
        if (row.place)
            for (const std::string_view form : forms_of(row.forms)) {
                // An upload has no end to count from, and no lines; what TLS sends has no lines either.
                const bool is_wire = *row.place == Place::tls_reply || *row.place == Place::record;
                const std::string offset = *row.place == Place::body ? fmt::format("(?:{}|{})", octets, percent)
                                           : is_wire ? fmt::format("(?:{}|{}|-{})", octets, percent, count)
                                                     : fmt::format("(?:{0}|{1}|-{2}|line {2})", octets, percent, count);
                patterns.push_back(pattern_of(form, {{"VERB", fmt::format("(?:{})", one_of(verbs))},
                                                     {"OFFSET", offset},
                                                     {"D", time_pattern()},
                                                     {" ", " +"}}));
            }
    return whole(one_of(patterns));
}

std::string action_pattern() {
    std::vector<std::string> patterns;
    for (const ActionRow& row : action_rows()) {
        if (!row.supported)
            continue;
        for (const std::string_view form : forms_of(row.forms)) {
            std::vector<Token> tokens{{"N", " *" + size_pattern() + " *"},
                                      {"D", " *" + time_pattern()},
                                      {"CODE", "[1-9][0-9]{2}"},
                                      {"TEXT", std::string(letters)},
                                      {"LINE", std::string(letters)},
                                      {"WORD", std::string(letters)},
                                      {"NAME", fmt::format("(?:{})", one_of(alert_names()))},
                                      {"KIND", fmt::format("(?:{})", one_of(words_of(cert_rows())))},
                                      {"A", fmt::format("{}+", letters_but_slash)},
                                      {"B", fmt::format("{}*", letters_but_slash)}};
            if (form.find("@N") != std::string_view::npos)
                tokens.front().pattern = "(?:0|" + std::string(count) + ")";
            if (form.find("LINE") == std::string_view::npos && form.find("WORD") == std::string_view::npos &&
                form.find("CODE") == std::string_view::npos)
                tokens.push_back({" ", " +"});
            patterns.push_back(pattern_of(form, tokens));
        }
        // `reply 250 ` with an empty text
        if (row.name == "reply")
            patterns.emplace_back("reply [1-9][0-9]{2} ");
    }
    return whole(one_of(patterns));
}

std::string time_range_pattern() {
    const std::string time = time_pattern();
    return whole(fmt::format(R"(any|{0} *\.\.(?: *{0})?|\.\. *{0})", time));
}

template <class Value>
std::string words_pattern(std::span<const WordRow<Value>> rows) {
    std::vector<std::string> words;
    for (const WordRow<Value>& row : rows)
        if (row.meaning.find("not supported") == std::string_view::npos)
            words.emplace_back(row.word);
    return one_of(words);
}

// ---- pieces of a schema ----

Json ref(std::string_view name) { return {{"$ref", fmt::format("#/definitions/{}", name)}}; }

// A text in YAML; `why: 5` is one too.
Json any_text() { return {{"type", {"string", "number", "boolean"}}}; }

Json text_like(const std::string& pattern, std::string_view expected) {
    return {{"type", "string"},
            {"pattern", pattern},
            {"patternErrorMessage", fmt::format("expected {}", expected)}}; // editors show it, validators pass over it
}

// A number, with or without quotes, or something that only a text can say.
Json number_like(const std::string& pattern, std::int64_t least, std::optional<std::int64_t> most,
                 std::string_view expected) {
    Json schema = text_like(pattern, expected);
    schema["type"] = {"integer", "string"};
    schema["minimum"] = least;
    if (most)
        schema["maximum"] = *most;
    return schema;
}

Json with_examples(Json schema, const std::vector<std::string>& examples) {
    schema["examples"] = examples;
    return schema;
}

Json one_or_list(const Json& item) {
    return {{"anyOf", Json::array({item, {{"type", "array"}, {"items", item}, {"minItems", 1}, {"maxItems", 100}}})}};
}

Json enumeration(const std::vector<std::string>& words) {
    return {{"anyOf", Json::array({Json{{"type", "string"}, {"enum", words}}, ref("variable")})}};
}

template <class Value>
Json enumeration(std::span<const WordRow<Value>> rows, std::initializer_list<const char*> more) {
    std::vector<std::string> words;
    for (const WordRow<Value>& row : rows)
        words.emplace_back(row.word);
    words.insert(words.end(), more.begin(), more.end());
    return enumeration(words);
}

template <class Value>
Json alternatives(std::span<const WordRow<Value>> rows) {
    const std::string word = words_pattern(rows);
    std::vector<std::string> examples;
    for (const WordRow<Value>& row : rows)
        if (row.meaning.find("not supported") == std::string_view::npos)
            examples.emplace_back(row.word);
    Json text = text_like(whole(fmt::format("any|(?:{0})(?: +or +(?:{0}))*", word)),
                          fmt::format("{}, or several with ' or ' between them", fmt::join(examples, ", ")));
    return one_or_list(with_examples(std::move(text), examples));
}

// The keys of a table, in its order. Every supported key needs a schema, and a key without a row is a mistake.
Json object(Object which, const std::vector<std::pair<std::string_view, Json>>& values,
            const std::vector<std::string>& required = {}) {
    Json properties = Json::object();
    for (const KeyRow& row : key_rows(which)) {
        if (!row.supported)
            continue;
        const auto value =
            std::find_if(values.begin(), values.end(), [&](const auto& pair) { return pair.first == row.name; });
        POSTFAULT_CHECK(value != values.end(), "every key of the tables has a schema");
        Json property = value->second;
        const std::string description = fmt::format("{} ({})", row.meaning, row.forms);
        // In draft-07 everything beside a $ref is passed over.
        if (property.contains("$ref"))
            property = {{"allOf", Json::array({property})}};
        property["description"] = description;
        properties[std::string(row.name)] = std::move(property);
    }
    Json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty())
        schema["required"] = required;
    return schema;
}

// ---- the maps of a file ----

Json size_schema() { return number_like(whole(size_pattern()), 0, {}, "a size such as 512, 64KiB or 16MiB"); }

Json selector_schema() {
    return with_examples(number_like(whole(fmt::format(R"({0}(?:\.\.{0}|\+(?:{0})?)?)", count)), 1, 4294967295,
                                     "a number or a range such as 3, 1..2, 3+ or 3+2"),
                         {"1", "1..2", "2+", "3+2"});
}

Json point_schema() {
    std::vector<std::string> examples{"connect", "greeting"};
    for (const std::string& verb : all_verbs())
        examples.push_back(verb);
    for (const char* more : {"EHLO reply@10", "EHLO done", "body@64KiB", "dot", "accepted", "idle 0.5T"})
        examples.emplace_back(more);
    return with_examples(text_like(point_pattern(), "a point such as connect, EHLO, EHLO reply@10, DATA done, "
                                                    "body@64KiB, dot, accepted or idle 0.5T"),
                         examples);
}

Json action_schema() {
    std::vector<std::string> examples;
    for (const ActionRow& row : action_rows())
        if (row.supported)
            examples.emplace_back(row.example);
    return with_examples(text_like(action_pattern(), "an action such as stall, delay 0.8T, reply 451 4.3.0 later, fin"),
                         examples);
}

Json operation_schema() {
    std::vector<std::string> names;
    for (const OperationRow& row : operation_rows())
        names.emplace_back(row.name);
    return enumeration(names);
}

Json protocol_schema() {
    std::vector<std::string> names;
    for (const ProtocolRow& row : protocol_rows())
        names.emplace_back(row.name);
    return enumeration(names);
}

Json step_schema() {
    std::vector<std::string> patterns;
    for (const OperationRow& row : operation_rows())
        patterns.push_back(fmt::format("{}(?: +x(?:1000|[1-9][0-9]{{0,2}}))?", row.name));
    patterns.push_back("wait +" + time_pattern());
    return with_examples(text_like(whole(one_of(patterns)), "an operation, or a pause such as 'wait 2T'"),
                         {"send", "post", "read", "send x100", "wait 2T"});
}

Json counted(std::int64_t most) {
    return number_like(whole(std::string(count)), 1, most, fmt::format("a number from 1 to {}", most));
}

Json condition_map() {
    const Json glob = text_like(fmt::format("^[!-~]{{1,200}}$|{}", variable), "a pattern such as slow*@*");
    Json map = object(Object::condition, {{"recipient", glob}, {"message-id", glob}, {"hello", glob}});
    map["minProperties"] = 1;
    return map;
}

Json flag() { return {{"anyOf", Json::array({Json{{"type", "boolean"}}, ref("variable")})}}; }

Json fault_map() {
    return object(Object::fault,
                  {{"at", ref("point")},
                   {"do", ref("actions")},
                   {"conn", ref("selector")},
                   {"nth", ref("selector")},
                   {"address", counted(most_addresses)},
                   {"p", text_like(whole(fmt::format("{}%", quantity)), "a probability such as 5%")},
                   {"optional", flag()},
                   {"if", condition_map()}},
                  {"at", "do"});
}

Json expect_map() {
    const Json range = ref("time_range");
    std::vector<std::string> verbs = all_verbs();
    verbs.emplace_back("any");
    return object(
        Object::expect,
        {{"result", alternatives(result_rows())},
         {"exit", number_like(whole("any|0|" + std::string(count)), 0, 255, "an exit status from 0 to 255")},
         {"gives_up", range},
         {"ends", range},
         {"close", alternatives(close_rows())},
         {"connects", number_like(whole(fmt::format(R"(any|(?:0|{0})(?:\.\.(?:0|{0})|\+)?)", count)), 0, 4294967295,
                                  "a number or a range such as 3, 1..2 or 1+")},
         {"addresses", Json{{"anyOf", Json::array({one_or_list(counted(most_addresses)), enumeration({"any"})})}}},
         {"backoff", range},
         {"stored", enumeration(stored_rows(), {"any"})},
         {"received", enumeration(received_rows(), {"any"})},
         {"never",
          Json{{"anyOf", Json::array({enumeration(verbs),
                                      {{"type", "array"}, {"items", enumeration(verbs)}, {"maxItems", 100}}})}}},
         {"rss", number_like(whole("any|(?:\\.\\.)?" + size_pattern()), 1, {}, "a size such as ..32MiB")},
         {"log", text_like(fmt::format("^/[\\s\\S]+/$|^any$|{}", variable), "a pattern such as /timed out/")}});
}

Json articles_schema() {
    const Json map =
        object(Object::articles,
               {{"count", counted(100'000)}, {"size", ref("size")}, {"encoding", enumeration(encoding_rows(), {})}});
    return {{"anyOf", Json::array({counted(100'000), map})}};
}

Json groups_schema() {
    const Json name = text_like(whole("[A-Za-z0-9+_.-]{1,100}"), "the name of a newsgroup such as misc.test");
    Json number = number_like(whole("0|" + std::string(count)), 0, 100'000, "a number from 0 to 100000");
    return {{"anyOf", Json::array({one_or_list(name),
                                   Json{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", number}}})}};
}

Json log_in_schema() {
    std::vector<std::string> words;
    for (const LogInRow& row : log_in_rows())
        if (row.supported)
            words.emplace_back(row.word);
    return one_or_list(enumeration(words));
}

Json matrix_schema() {
    const Json name{{"pattern", "^[A-Za-z0-9_-]+$"}};
    Json word = any_text();
    word["not"] = {{"type", "string"}, {"pattern", variable}};
    const Json row{{"type", "object"}, {"minProperties", 1}, {"propertyNames", name}, {"additionalProperties", word}};
    const Json values{
        {"type", "array"}, {"minItems", 1}, {"uniqueItems", true}, {"items", {{"anyOf", Json::array({word, row})}}}};
    return {{"type", "object"}, {"propertyNames", name}, {"additionalProperties", values}};
}

std::vector<std::pair<std::string_view, Json>> scenario_values() {
    const Json fault{
        {"anyOf", Json::array({ref("fault_map"), Json{{"type", "string"}, {"enum", {"none"}}}, ref("variable")})}};
    return {
        {"proto", protocol_schema()},
        {"operation", operation_schema()},
        {"why", any_text()},
        {"refs",
         Json{{"anyOf", Json::array({any_text(), {{"type", "array"}, {"items", any_text()}, {"maxItems", 100}}})}}},
        {"fault", fault},
        {"faults", {{"type", "array"}, {"items", ref("fault_map")}, {"minItems", 1}, {"maxItems", 100}}},
        {"expect", ref("expect_map")},
        {"steps", {{"type", "array"}, {"items", step_schema()}, {"minItems", 1}, {"maxItems", 100}}},
        {"message", object(Object::message, {{"size", ref("size")},
                                             {"recipients", counted(10'000)},
                                             {"line_ends", enumeration(line_ends_rows(), {})},
                                             {"smuggle", enumeration(smuggle_rows(), {})}})},
        {"articles", articles_schema()},
        {"groups", groups_schema()},
        {"script", Json{{"type", "string"}, {"minLength", 1}}},
        {"server",
         object(Object::server,
                {{"capabilities",
                  {{"type", "array"},
                   {"maxItems", 100},
                   {"items",
                    {{"type", {"string", "number", "boolean"}}, {"pattern", "^ *[!-~][ -~]*$"}, {"maxLength", 400}}}}},
                 {"auth", log_in_schema()},
                 {"tls", enumeration(tls_rows(), {})},
                 {"addresses", counted(most_addresses)},
                 {"buffer", ref("size")}})},
        {"xfail", one_or_list(object(Object::xfail, {{"client", any_text()}, {"why", any_text()}}, {"why"}))},
        {"matrix", matrix_schema()}};
}

Json has_fault() { return {{"anyOf", Json::array({Json{{"required", {"fault"}}}, Json{{"required", {"faults"}}}})}}; }

// What a scenario may take from the file stands in one of the two.
Json here_or_in_scenarios(const Json& has_it) {
    const Json everywhere{{"properties", {{"scenarios", {{"additionalProperties", has_it}}}}}};
    return {{"anyOf", Json::array({has_it, everywhere})}};
}

} // namespace

std::string schema_text() {
    const Json not_both{{"not", {{"required", {"fault", "faults"}}}}};
    Json scenario = object(Object::scenario, scenario_values());
    scenario.update(not_both);

    auto values = scenario_values();
    // trimmed() blanks only; names have no '::', no '${' and no control characters.
    const Json name{{"pattern", R"(^(?!.*(?:::|\$\{))[^ \x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^ \x00-\x1f\x7f])?$)"},
                    {"maxLength", 120}};
    values.emplace_back("scenarios", Json{{"type", "object"},
                                          {"minProperties", 1},
                                          {"propertyNames", name},
                                          {"additionalProperties", ref("scenario")}});
    Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", "postfault scenarios"},
                {"description", "What goes wrong in a conversation, and what a correct client does then."}};
    schema.update(object(Object::file, values, {"scenarios"}));
    schema.update(not_both);
    schema["allOf"] = Json::array({here_or_in_scenarios({{"required", {"proto"}}}), here_or_in_scenarios(has_fault()),
                                   here_or_in_scenarios({{"required", {"expect"}}})});
    schema["definitions"] = {
        {"scenario", std::move(scenario)},
        {"fault_map", fault_map()},
        {"expect_map", expect_map()},
        {"point", point_schema()},
        {"actions", one_or_list(action_schema())},
        {"selector", selector_schema()},
        {"time_range", with_examples(text_like(time_range_pattern(), "a range of time such as ..2T or 0.8T..1.5T"),
                                     {"0.8T..1.5T", "..1.5T", "..0.5T", "any"})},
        {"size", size_schema()},
        {"variable", {{"type", "string"}, {"pattern", variable}}},
    };
    return schema.dump(2) + "\n";
}

} // namespace postfault::scenario
