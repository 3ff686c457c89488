#include "fakeserver/scenario/scenario.hpp"

#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

template <class Value>
std::string_view word_of(std::span<const WordRow<Value>> rows, Value value) {
    for (const WordRow<Value>& row : rows)
        if (row.value == value)
            return row.word;
    return {};
}

} // namespace

bool Selector::matches(std::uint32_t number) const {
    return number >= first && (!last || number <= *last) && (number - first) % std::max(step, 1U) == 0;
}

std::string_view to_string(Protocol protocol) { return row_of(protocol).name; }

std::string_view to_string(Operation operation) { return row_of(operation).name; }

std::string_view to_string(ResultWord word) { return word_of(result_rows(), word); }

std::string_view to_string(CloseKind kind) { return word_of(close_rows(), kind); }

std::string_view to_string(StoredWord word) { return word_of(stored_rows(), word); }

std::string_view to_string(ReceivedWord word) { return word_of(received_rows(), word); }

std::string_view to_string(Encoding encoding) { return word_of(encoding_rows(), encoding); }

std::string_view to_string(LineEnds line_ends) { return word_of(line_ends_rows(), line_ends); }

std::string_view to_string(LogIn method) { return row_of(method).word; }

std::vector<Operation> operations_of(const Scenario& scenario) {
    std::vector<Operation> operations;
    for (const Step& step : scenario.steps)
        if (step.operation)
            operations.insert(operations.end(), step.count, *step.operation);
    return operations;
}

std::size_t operations_of_first_step(const Scenario& scenario) {
    return scenario.steps.empty() ? 1 : scenario.steps.front().count;
}

std::string_view to_string(Tls tls) { return word_of(tls_rows(), tls); }

std::string to_string(const Selector& selector) {
    if (selector.last == selector.first)
        return fmt::format("{}", selector.first);
    if (selector.last)
        return fmt::format("{}..{}", selector.first, *selector.last);
    if (selector.step == 1)
        return fmt::format("{}+", selector.first);
    return fmt::format("{}+{}", selector.first, selector.step);
}

std::string to_string(const TimeRange& range) {
    return fmt::format("{}..{}", range.from ? to_string(*range.from) : "", range.to ? to_string(*range.to) : "");
}

std::string to_string(const CountRange& range) {
    if (!range.to)
        return fmt::format("{}+", range.from);
    if (*range.to == range.from)
        return fmt::format("{}", range.from);
    return fmt::format("{}..{}", range.from, *range.to);
}

std::string to_string(const std::vector<ResultWord>& words) {
    std::string text;
    for (const ResultWord word : words) {
        if (!text.empty())
            text += " or ";
        text += to_string(word);
    }
    return text;
}

std::string describe(const Fault& fault) {
    std::string text = to_string(fault.at);
    if (fault.address)
        text += fmt::format(" on address {}", *fault.address);
    const auto add = [&](std::string_view key, const std::string& glob) {
        if (!glob.empty())
            text += fmt::format(" if {} {}", key, glob);
    };
    add("hello", fault.only_if.hello);
    add("recipient", fault.only_if.recipient);
    add("message-id", fault.only_if.message_id);
    text += ":";
    for (std::size_t i = 0; i < fault.actions.size(); ++i)
        text += (i == 0 ? " " : ", ") + to_string(fault.actions[i]);
    return text;
}

} // namespace postfault::scenario
