#include "fakeserver/base/text.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

// What the client says: result, exit, log.
namespace postfault::judge {

namespace {

using scenario::ResultWord;

// std::regex uses the stack for every character.
constexpr std::size_t longest_log_line = 2000;

bool can_say(const ClientAbilities& abilities, std::string_view word) {
    return std::find(abilities.results.begin(), abilities.results.end(), word) != abilities.results.end();
}

// What a client cannot say is not held against it (DESIGN.md, section 4).
bool satisfies(const std::string& said, ResultWord wanted, const ClientAbilities& abilities) {
    if (said == to_string(wanted))
        return true;
    if (wanted == ResultWord::ok || said == "ok")
        return false;
    if (said == "failure" || wanted == ResultWord::failure)
        return true;
    if (can_say(abilities, to_string(wanted)))
        return false;
    // `uncertain` is never a definite rejection.
    return wanted == ResultWord::uncertain ? said == "temp" : !abilities.results.empty();
}

} // namespace

void Checker::check_result() {
    if (expect_.result.empty())
        return;
    for (const OperationFacts& operation : asked_)
        if (!check_result(operation))
            return; // a hundred operations that go wrong in the same way are one thing to say
}

bool Checker::check_result(const OperationFacts& operation) {
    if (operation.returned == nullptr) {
        if (hung_ || crashed_)
            return false;
        std::string how = "it was never started";
        if (operation.client != nullptr && operation.client->ended && operation.client->ended->exit)
            how = fmt::format("it ended with exit {} and did not say", *operation.client->ended->exit);
        else if (operation.client != nullptr)
            how = "it did not say";
        broken("result", fmt::format("{}{}, expected {}", prefix(operation), how, to_string(expect_.result)));
        return false;
    }
    const std::string& said = operation.returned->result;
    for (const ResultWord wanted : expect_.result)
        if (satisfies(said, wanted, record_.abilities))
            return true;
    broken("result", fmt::format("{}{}, expected {}", prefix(operation), facts_.what_it_said(operation),
                                 to_string(expect_.result)));
    return false;
}

void Checker::check_exit() {
    if (!expect_.exit || hung_ || crashed_)
        return;
    const observe::Observation* client = asked_.front().client;
    if (client == nullptr || !client->ended || client->ended->killed_by_harness) {
        unseen("exit", "the process did not end by itself");
        return;
    }
    const auto& end = *client->ended;
    if (end.exit != expect_.exit)
        broken("exit",
               end.exit ? fmt::format("exit {}, expected {}", *end.exit, *expect_.exit)
                        : fmt::format("ended by signal {}, expected exit {}", end.signal.value_or(0), *expect_.exit));
}

void Checker::check_log() {
    if (!expect_.log || hung_ || crashed_)
        return;
    try {
        const std::regex pattern(expect_.log->regex);
        for (const auto& client : record_.clients)
            for (const auto& line : client.output)
                if (std::regex_search(line.text.substr(0, longest_log_line), pattern))
                    return;
    } catch (const std::regex_error& error) {
        broken("log", fmt::format("/{}/ is no regular expression: {}", expect_.log->regex, error.what()));
        return;
    }
    broken("log", fmt::format("no line of its output has /{}/", expect_.log->regex));
}

} // namespace postfault::judge
