#include "harness/client/profile.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/scenario/yaml.hpp"
#include "harness/client/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <regex>
#include <utility>

namespace postfault::client {

namespace {

using scenario::Operation;
using scenario::ResultWord;
using scenario::YamlReader;

constexpr std::array operations{Operation::send,  Operation::post,    Operation::read,
                                Operation::relay, Operation::deliver, Operation::feed};
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

constexpr std::string_view login_word = "{login}";
constexpr std::string_view resolve_word = "{resolve}";
constexpr std::string_view tls_word = "{tls}";
constexpr std::array tls_words{scenario::Tls::none, scenario::Tls::starttls, scenario::Tls::implicit};

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

std::vector<std::string> read_command(const YamlReader& node) {
    std::vector<std::string> command = read_words(node);
    // What could not be read has been reported already.
    const bool is_blank = node.is_list() || (node.is_text() && trimmed(node.text().value_or("")).empty());
    if (is_blank && (command.empty() || command.front().empty()))
        node.error("a profile needs a command to run");
    return command;
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && name.find('=') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

// A name that stays below the folder it is put into.
bool is_relative_path(std::string_view name) {
    if (name.empty() || name.front() == '/' || name.back() == '/')
        return false;
    const auto parts = split(name, '/');
    return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

template <class IsName>
std::map<std::string, std::string> read_texts(const YamlReader& node, IsName is_name, std::string_view expected) {
    std::map<std::string, std::string> texts;
    if (!node.expect_map("{NAME: text}"))
        return texts;
    for (const auto& pair : node.pairs()) {
        if (!is_name(pair.name))
            pair.key.error(fmt::format("expected {}, got '{}'", expected, pair.name));
        texts[pair.name] = read_template(pair.value);
    }
    return texts;
}

bool has_word(const std::vector<std::string>& words, std::string_view wanted) {
    return std::find(words.begin(), words.end(), wanted) != words.end();
}

// Words that are never used would make a client look as if it could do what they ask for.
std::vector<std::string> read_optional_words(const YamlReader& node, const std::vector<std::string>& command,
                                             std::string_view key, std::string_view word, std::string_view example) {
    std::vector<std::string> words = read_words(node);
    if (words.empty())
        node.error(fmt::format("expected words such as '{}'", example));
    else if (!has_word(command, word))
        node.error(fmt::format("'{}' takes the place of the word '{}' of 'command', which has none", key, word));
    return words;
}

std::map<scenario::Tls, std::vector<std::string>> read_tls(const YamlReader& node,
                                                           const std::vector<std::string>& command) {
    std::map<scenario::Tls, std::vector<std::string>> tls;
    if (!node.expect_map("{none: WORDS, starttls: WORDS, implicit: WORDS}"))
        return tls;
    for (const auto& pair : node.pairs()) {
        const auto way = one_of(std::string_view(pair.name), tls_words, "a way to offer TLS");
        if (!way)
            pair.key.error(way.problem());
        else
            tls[*way] = read_words(pair.value);
    }
    if (!has_word(command, tls_word))
        node.error("'tls' takes the place of the word '{tls}' of 'command', which has none");
    return tls;
}

OperationProfile read_operation(const YamlReader& node) {
    OperationProfile operation;
    if (!node.expect_map("{command: …}"))
        return operation;
    node.expect_keys({"command", "recipient", "login", "tls", "resolve", "next", "wait", "stdin", "delivered"});
    operation.command = read_command(node.at("command"));
    if (const auto words = node.find("recipient"))
        operation.recipient = read_words(*words);
    if (const auto words = node.find("login"))
        operation.login =
            read_optional_words(*words, operation.command, "login", login_word, "--user {user} --password {password}");
    else if (has_word(operation.command, login_word))
        node.at("command").error("'{login}' needs the words that it stands for, as 'login:' beside 'command:'");
    if (const auto words = node.find("resolve"))
        operation.resolve =
            read_optional_words(*words, operation.command, "resolve", resolve_word, "--resolve {host}={addresses}");
    else if (has_word(operation.command, resolve_word))
        node.at("command").error("'{resolve}' needs the words that it stands for, as 'resolve:' beside 'command:'");
    if (const auto ways = node.find("tls"))
        operation.tls = read_tls(*ways, operation.command);
    else if (has_word(operation.command, tls_word))
        node.at("command").error("'{tls}' needs the words that it stands for, as 'tls:' beside 'command:'");
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

// Without leading zeros, so that a status has one spelling and is seen to be given twice.
std::optional<int> parse_status(std::string_view text) {
    int status = -1;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    const bool is_number = error == std::errc{} && stop == text.data() + text.size();
    if (!is_number || status < 0 || status > 255 || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    return status;
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
        const auto status = parse_status(pair.name);
        if (!status)
            pair.key.error(fmt::format("expected an exit status 0..255 or 'other', got '{}'{}", pair.name,
                                       did_you_mean(pair.name, {"other"})));
        else if (word)
            profile.results[*status] = *word;
    }
}

Result<Duration> parse_limit(std::string_view text) {
    const bool is_number = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (!is_number)
        return Result<Duration>::failed(fmt::format("expected settable, unknown or a duration such as 10s; got '{}'{}",
                                                    text, did_you_mean(text, {"settable", "unknown"})));
    auto duration = parse_duration(text);
    if (duration && *duration == Duration{0})
        return Result<Duration>::failed("a limit of no time at all lets no client work");
    return duration;
}

void read_limit(const YamlReader& node, Profile& profile) {
    const std::string text = node.text("settable, unknown or a duration").value_or("unknown");
    if (text == "settable") {
        profile.limit = Profile::Limit::settable;
    } else if (text == "unknown") {
        profile.limit = Profile::Limit::unknown;
    } else if (const auto duration = node.read(parse_limit)) {
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

std::string Profile::why_not(const scenario::Scenario& scenario) const {
    const auto found = operations.find(scenario.operation);
    if (found == operations.end())
        return fmt::format("the profile of {} has no operation '{}'", name, to_string(scenario.operation));
    if (!scenario.server.auth.empty() && !found->second.login)
        return fmt::format("the server wants a log-in, and the profile of {} says no 'login' for '{}'", name,
                           to_string(scenario.operation));
    const scenario::Tls tls = scenario.server.tls;
    if (tls != scenario::Tls::none && found->second.tls.count(tls) == 0)
        return fmt::format("the server speaks TLS ({0}), and the profile of {1} says no 'tls: {{{0}: …}}' for '{2}'",
                           to_string(tls), name, to_string(scenario.operation));
    if (scenario.server.addresses > 1 && !found->second.resolve)
        return fmt::format("the server has several addresses, and the profile of {} says no 'resolve' for '{}'", name,
                           to_string(scenario.operation));
    return {};
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
            meaning->error(fmt::format("expected delivered or queued, got '{}'{}", word,
                                       did_you_mean(word, {"delivered", "queued"})));
    }
    if (const auto returned = root.find("returned"))
        profile.returned = returned->read(parse_regex).value_or("");
    if (const auto results = root.find("results"))
        read_results(*results, profile);
    if (const auto environment = root.find("environment"))
        profile.environment = read_texts(*environment, is_variable_name, "a variable's name");
    if (const auto files = root.find("files"))
        profile.files = read_texts(*files, is_relative_path, "a file below the client's home");
    const YamlReader offered = root.at("operations");
    if (offered.expect_map("{send: {command: …}}")) {
        const auto pairs = offered.pairs();
        if (pairs.empty())
            offered.error("a profile offers at least one operation");
        for (const auto& pair : pairs) {
            const auto operation = one_of(std::string_view(pair.name), operations, "an operation");
            if (!operation)
                pair.key.error(operation.problem());
            else
                profile.operations[*operation] = read_operation(pair.value);
        }
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
    // A command that is given by hand logs in by itself, if it names what to log in with.
    const auto logs_in = [](const std::string& word) {
        return word.find("{user}") != std::string::npos || word.find("{password}") != std::string::npos;
    };
    if (std::any_of(command.begin(), command.end(), logs_in))
        only.login.emplace();
    // Likewise, whom it trusts tells that it speaks TLS; which way, the scenarios that it is asked must know.
    const auto trusts = [](const std::string& word) { return word.find("{ca_file}") != std::string::npos; };
    if (std::any_of(command.begin(), command.end(), trusts))
        only.tls = {{scenario::Tls::starttls, {}}, {scenario::Tls::implicit, {}}};
    const auto finds_all = [](const std::string& word) { return word.find("{addresses}") != std::string::npos; };
    if (std::any_of(command.begin(), command.end(), finds_all))
        only.resolve.emplace();
    only.command = std::move(command);
    only.recipient = {"{to}"};
    return profile;
}

} // namespace postfault::client
