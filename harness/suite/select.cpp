#include "harness/suite/select.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace postfault::suite {

namespace {

std::vector<std::string> tokens_of(std::string_view expression) {
    std::vector<std::string> tokens;
    bool in_word = false;
    for (const char letter : expression) {
        if (letter == '(' || letter == ')') {
            tokens.emplace_back(1, letter);
            in_word = false;
        } else if (letter == ' ' || letter == '\t') {
            in_word = false;
        } else if (in_word) {
            tokens.back() += letter;
        } else {
            tokens.emplace_back(1, letter);
            in_word = true;
        }
    }
    return tokens;
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
    return to_upper(text).find(to_upper(word)) != std::string::npos;
}

// expression = term {"or" term}; term = factor {"and" factor}; factor = "not" factor | "(" expression ")" | word
class Parser {
public:
    explicit Parser(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

    std::optional<NamePredicate> parse() {
        auto whole = expression(0);
        if (whole && at_ < tokens_.size())
            problem_ = fmt::format("'{}' was not expected", tokens_[at_]);
        return problem_.empty() ? whole : std::nullopt;
    }

    const std::string& problem() const { return problem_; }

private:
    static constexpr int deepest = 100;

    bool take(std::string_view token) {
        if (at_ >= tokens_.size() || tokens_[at_] != token)
            return false;
        ++at_;
        return true;
    }

    std::optional<NamePredicate> fail(std::string problem) {
        if (problem_.empty())
            problem_ = std::move(problem);
        return std::nullopt;
    }

    std::optional<NamePredicate> expression(int depth) {
        // Side by side and not nested: an expression may have thousands of words.
        std::vector<NamePredicate> any;
        do {
            auto next = term(depth);
            if (!next)
                return std::nullopt;
            any.push_back(*std::move(next));
        } while (take("or"));
        return NamePredicate([any = std::move(any)](std::string_view id) {
            return std::any_of(any.begin(), any.end(), [id](const NamePredicate& matches) { return matches(id); });
        });
    }

    std::optional<NamePredicate> term(int depth) {
        std::vector<NamePredicate> all;
        do {
            auto next = factor(depth);
            if (!next)
                return std::nullopt;
            all.push_back(*std::move(next));
        } while (take("and"));
        return NamePredicate([all = std::move(all)](std::string_view id) {
            return std::all_of(all.begin(), all.end(), [id](const NamePredicate& matches) { return matches(id); });
        });
    }

    std::optional<NamePredicate> factor(int depth) {
        if (depth > deepest)
            return fail("the expression is nested too deeply");
        if (take("not")) {
            auto inner = factor(depth + 1);
            if (!inner)
                return std::nullopt;
            return NamePredicate([a = *inner](std::string_view id) { return !a(id); });
        }
        if (take("(")) {
            auto inner = expression(depth + 1);
            if (inner && !take(")"))
                return fail("a ')' is missing");
            return inner;
        }
        if (at_ >= tokens_.size())
            return fail("the expression ends where a word was expected");
        const std::string word = tokens_[at_++];
        if (word == ")" || word == "and" || word == "or")
            return fail(fmt::format("'{}' stands where a word was expected", word));
        return NamePredicate([word](std::string_view id) { return contains_ignoring_case(id, word); });
    }

    std::vector<std::string> tokens_;
    std::size_t at_ = 0;
    std::string problem_;
};

std::optional<std::size_t> parse_count(std::string_view text) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    return error == std::errc{} && end == text.data() + text.size() && count > 0 ? std::optional(count) : std::nullopt;
}

} // namespace

Result<NamePredicate> parse_name_expression(std::string_view expression) {
    Parser parser(tokens_of(expression));
    if (auto predicate = parser.parse())
        return *std::move(predicate);
    return Result<NamePredicate>::failed(fmt::format("-k '{}': {}", expression, parser.problem()));
}

Result<Shard> parse_shard(std::string_view text) {
    const auto parts = split(text, '/');
    if (parts.size() == 2) {
        const auto number = parse_count(parts[0]);
        const auto of = parse_count(parts[1]);
        if (number && of && *number <= *of)
            return Shard{*number, *of};
    }
    return Result<Shard>::failed(fmt::format("--shard: expected I/N such as 2/4, got '{}'", text));
}

std::vector<scenario::Scenario> in_shard(std::vector<scenario::Scenario> scenarios, const Shard& shard) {
    std::vector<scenario::Scenario> mine;
    for (std::size_t i = shard.number - 1; i < scenarios.size(); i += shard.of)
        mine.push_back(std::move(scenarios[i]));
    return mine;
}

} // namespace postfault::suite
