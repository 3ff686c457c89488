#pragma once

#include "fakeserver/fault/choice.hpp"
#include "fakeserver/protocol/facts.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::suite {

// The scenarios of one server that its clients choose from by what they say: each has a word of its own, made from its
// name, that stands in the name of EHLO, in a recipient, in a message-id, or in the name of a newsgroup.
class Menu {
public:
    struct Entry {
        std::string word; // `stall-after-ehlo`
        const scenario::Scenario* scenario = nullptr;
        std::vector<std::string_view>
            means; // `EHLO`, `recipient`, `message-id`, `newsgroup`; empty = it cannot be chosen
        std::string why_not;
    };

    // The scenarios are of one protocol, or SMTP and its like, and outlive the menu.
    explicit Menu(const std::vector<const scenario::Scenario*>& scenarios);

    const std::vector<Entry>& entries() const { return entries_; }

    // What these facts choose, if anything: a word is a whole name, its local part, or a piece of that between dots and
    // plus signs. The connections of one client are counted for each scenario, and from 1 again when none has come for
    // longer than `memory`.
    std::optional<fault::Choice> choose(const protocol::Facts& facts, const std::string& client, Instant now);

    static constexpr Duration memory = std::chrono::minutes{1};
    static constexpr std::size_t most_clients = 10'000; // remembered

private:
    struct Count {
        std::uint32_t connections = 0;
        Instant last;
    };

    const Entry* find(std::string_view name) const;

    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> by_word_;
    std::map<std::pair<std::string, std::size_t>, Count> counts_;
};

// `Stall after EHLO [how=fin]` becomes `stall-after-ehlo-how-fin`; at most 40 octets.
std::string as_word(std::string_view name);

} // namespace postfault::suite
