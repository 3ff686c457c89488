#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

// Operations after the first step.
namespace postfault::judge {

// After the first step the server is healthy again.
void Checker::check_next() {
    const auto& operations = facts_.operations();
    if (operations.size() == asked_.size())
        return;
    if (!record_.abilities.steps_in_one_process)
        found_.not_observable.push_back(
            {"next", "each operation had a process of its own, so what one leaves behind for the next was not seen"});
    for (std::size_t index = asked_.size(); index < operations.size(); ++index)
        if (!check_next(operations[index]))
            return; // what comes after it follows from it
}

bool Checker::check_next(const OperationFacts& operation) {
    const auto say = [&](const std::string& text) {
        found_.broken.push_back({"next", fmt::format("{}: {}", facts_.name(operation), text)});
        return false;
    };
    if (operation.returned == nullptr) {
        if (hung_ || crashed_)
            return false;
        return say(operation.client == nullptr ? "was never started, as the client had ended"
                                               : "the client ended without doing it");
    }
    if (!operation.said_ok())
        return say(facts_.what_it_said(operation) + " from a healthy server");
    if (!row_of(operation.kind).uploads) {
        const bool delivered =
            std::any_of(record_.delivered.begin(), record_.delivered.end(),
                        [&](const DeliveredCopy& copy) { return copy.step == operation.index && copy.present; });
        if (record_.abilities.delivery_visible && !delivered && !damaged_)
            return say("delivered nothing");
        return true;
    }
    if (facts_.stored(operation.index).empty() && !lost_ && !record_.abilities.ok_means_queued)
        return say("its message was never stored");
    return true;
}

} // namespace postfault::judge
