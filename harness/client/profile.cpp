#include "harness/client/profile.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/scenario/yaml.hpp"
#include "harness/client/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>
#include <utility>

namespace postfault::client {

namespace {

using scenario::Operation;
using scenario::ResultWord;
using scenario::YamlReader;

constexpr std::array operations{Operation::send, Operation::post, Operation::read};
constexpr std::array result_words{ResultWord::ok, ResultWord::temp, ResultWord::perm, ResultWord::uncertain,
                                  ResultWord::failure};

template <class Value, std::size_t size>
Result<Value> one_of(std::string_view text, const std::array<Value, size>& values, std::string_view what) {
    std::vector<std::string_view> names;
    for (const Value value : values) {
        if (to_string(value) == text)
            return value;
        names.push_back(to_string(value));
    }
    return Result<Value>::failed(
        fmt::format("expected {}: {}; got '{}'{}", what, fmt::join(names, ", "), text, did_you_mean(text, names)));
}

Result<ResultWord> parse_result(std::string_view text) { return one_of(text, result_words, "a result"); }

Result<std::string> parse_regex(std::string_view text) {
    try {
        const std::regex pattern{std::string(text)};
        if (pattern.mark_count() < 1)
            return Result<std::string>::failed("the expression needs a group (…) around the result word");
    } catch (const std::regex_error& error) {
        return Result<std::string>::failed(fmt::format("this is no regular expression: {}", error.what()));
    }
    return std::string(text);
}

std::string read_template(const YamlReader& node) { return node.read(check_template).value_or(""); }

// A command line as one text, or its words as a list.
std::vector<std::string> read_words(const YamlReader& node) {
    std::vector<std::string> words;
    if (node.is_list()) {
        for (const YamlReader& item : node.items())
            words.push_back(read_template(item));
        return words;
    }
    const auto line = node.read(split_command);
    for (const std::string& word : line.value_or(words)) {
        const auto checked = check_template(word);
        if (!checked)
            node.error(checked.problem());
        words.push_back(word);
    }
    return words;
}

std::map<std::string, std::string> read_texts(const YamlReader& node) {
    std::map<std::string, std::string> texts;
    if (node.expect_map("NAME: text"))
        for (const auto& pair : node.pairs())
            texts[pair.name] = read_template(pair.value);
    return texts;
}

OperationProfile read_operation(const YamlReader& node) {
    OperationProfile operation;
    if (!node.expect_map("{command: …}"))
        return operation;
    node.expect_keys({"command", "recipient", "next", "wait", "stdin", "delivered"});
    const YamlReader command = node.at("command");
    operation.command = read_words(command);
    if (operation.command.empty())
        command.error("a profile needs a command to run");
    if (const auto words = node.find("recipient"))
        operation.recipient = read_words(*words);
    if (const auto words = node.find("next"))
        operation.next = read_words(*words);
    if (const auto words = node.find("wait"))
        operation.wait = read_words(*words);
    if (const auto file = node.find("stdin"))
        operation.stdin_file = read_template(*file);
    if (const auto file = node.find("delivered"))
        operation.delivered = read_template(*file);
    return operation;
}

void read_results(const YamlReader& node, Profile& profile) {
    if (!node.expect_map("{0: ok, 75: temp, other: failure}"))
        return;
    for (const auto& pair : node.pairs()) {
        const auto word = pair.value.read(parse_result);
        if (pair.name == "other") {
            profile.other_result = word.value_or(ResultWord::failure);
            continue;
        }
        int status = -1;
        const char* end = pair.name.data() + pair.name.size();
        const auto [stop, error] = std::from_chars(pair.name.data(), end, status);
        if (error != std::errc{} || stop != end || status < 0 || status > 255)
            pair.key.error(fmt::format("expected an exit status 0..255 or 'other', got '{}'", pair.name));
        else if (word)
            profile.results[status] = *word;
    }
}

void read_limit(const YamlReader& node, Profile& profile) {
    const std::string text = node.text("settable, unknown or a duration").value_or("unknown");
    if (text == "settable") {
        profile.limit = Profile::Limit::settable;
    } else if (text == "unknown") {
        profile.limit = Profile::Limit::unknown;
    } else if (const auto duration = node.read(parse_duration)) {
        profile.limit = Profile::Limit::fixed;
        profile.fixed_limit = *duration;
    }
}

} // namespace

std::vector<std::string> Profile::result_words() const {
    std::vector<std::string> words{std::string(to_string(other_result))};
    for (const auto& [status, word] : results)
        words.emplace_back(to_string(word));
    if (!returned.empty())
        words = {"ok", "temp", "perm", "uncertain"};
    else if (results.count(0) == 0)
        words.emplace_back("ok");
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

Profile read_profile(std::string_view text, const std::string& name, const std::string& file,
                     Diagnostics& diagnostics) {
    Profile profile;
    profile.name = name;
    const auto loaded = scenario::load_yaml(text, file, diagnostics);
    if (!loaded || !loaded->expect_map("{about: …, operations: {send: {command: …}}}"))
        return profile;
    const YamlReader& root = *loaded;
    root.expect_keys(
        {"about", "package", "limit", "ok_means", "returned", "results", "environment", "files", "operations"});
    profile.about = root.at("about").text().value_or("");
    if (const auto package = root.find("package"))
        profile.package = package->text().value_or("");
    if (const auto limit = root.find("limit"))
        read_limit(*limit, profile);
    if (const auto meaning = root.find("ok_means")) {
        const std::string word = meaning->text().value_or("delivered");
        profile.ok_means_queued = word == "queued";
        if (word != "queued" && word != "delivered")
            meaning->error(fmt::format("expected delivered or queued, got '{}'", word));
    }
    if (const auto returned = root.find("returned"))
        profile.returned = returned->read(parse_regex).value_or("");
    if (const auto results = root.find("results"))
        read_results(*results, profile);
    if (const auto environment = root.find("environment"))
        profile.environment = read_texts(*environment);
    if (const auto files = root.find("files"))
        profile.files = read_texts(*files);
    const YamlReader offered = root.at("operations");
    if (offered.expect_map("{send: {command: …}}"))
        for (const auto& pair : offered.pairs()) {
            const auto operation = one_of(std::string_view(pair.name), operations, "an operation");
            if (!operation)
                pair.key.error(operation.problem());
            else
                profile.operations[*operation] = read_operation(pair.value);
        }
    return profile;
}

Profile profile_of_command(std::vector<std::string> command, Operation operation) {
    Profile profile;
    profile.name = command.empty() ? "" : command.front().substr(command.front().rfind('/') + 1);
    const bool sets_limit = std::any_of(command.begin(), command.end(), [](const std::string& word) {
        return word.find("{timeout") != std::string::npos;
    });
    profile.limit = sets_limit ? Profile::Limit::settable : Profile::Limit::unknown;
    OperationProfile& only = profile.operations[operation];
    const auto names_output = [](const std::string& word) { return word.find("{output}") != std::string::npos; };
    if (std::any_of(command.begin(), command.end(), names_output))
        only.delivered = "{output}";
    only.command = std::move(command);
    only.recipient = {"{to}"};
    return profile;
}

} // namespace postfault::client
