#include "fakeserver/scenario/expectation_reader.hpp"

#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

class ExpectationReader {
public:
    ExpectationReader(const Levels& levels, bool is_healthy, Scenario& scenario)
        : levels_(levels), scenario_(scenario), is_healthy_(is_healthy) {}

    // A scenario's `expect` replaces single keys of the file's.
    void read() {
        for (const YamlReader& level : levels_.all()) {
            const auto node = level.find("expect");
            if (!node)
                continue;
            if (!node->expect_map("{result: temp}"))
                return;
            expect_keys_of(*node, Object::expect);
            expected_.push_back(*node);
        }
        Expectation& expect = scenario_.expect;
        const auto number = [](std::string_view text) { return parse_number(text, 0, 255); };
        if (const auto node = expected("result"))
            expect.result = read_words<ResultWord>(*node, parse_results);
        if (const auto node = expected("exit"))
            if (const auto status = node->read(number, "an exit status"))
                expect.exit = static_cast<int>(*status);
        if (const auto node = expected("gives_up"))
            expect.gives_up = node->read(parse_time_range, "a range of time");
        if (const auto node = expected("ends"))
            expect.ends = node->read(parse_time_range, "a range of time");
        if (const auto node = expected("close"))
            expect.close = read_words<CloseKind>(*node, parse_closes);
        if (const auto node = expected("connects"))
            expect.connects = node->read(parse_count_range, "a number or a range");
        if (const auto node = expected("addresses"))
            read_tried_addresses(*node);
        if (const auto node = expected("backoff"))
            expect.backoff = node->read(parse_time_range, "a range of time");
        if (const auto node = expected("stored"))
            expect.stored = node->read(parse_stored);
        if (const auto node = expected("received"))
            expect.received = node->read(parse_received);
        if (const auto node = expected("never"))
            for (const YamlReader& item : bounded_items(*node))
                if (auto verb = item.read(
                        [this](std::string_view text) { return parse_verb(text, scenario_.protocol); }, "a command"))
                    expect.never.push_back(std::move(*verb));
        if (const auto node = expected("rss"))
            expect.rss = node->read(parse_most_octets, "a size");
        if (const auto node = expected("log"))
            expect.log = node->read(parse_log_pattern, "a pattern");
        check();
    }

private:
    void read_tried_addresses(const YamlReader& node) {
        auto& tried = scenario_.expect.addresses;
        if (node.is_list() && node.items().empty())
            node.error("the list is empty; say 'any' to ask for nothing");
        for (const YamlReader& item : bounded_items(node)) {
            const auto address = read_address(item, scenario_.server);
            if (!address)
                continue;
            if (std::find(tried.begin(), tried.end(), *address) != tried.end())
                item.error(fmt::format("'{}' is there twice", *address));
            else
                tried.push_back(*address);
        }
    }

    // The key's value, nearest first; `any` asks for nothing.
    std::optional<YamlReader> expected(std::string_view key) const {
        for (const YamlReader& level : expected_)
            if (auto node = level.find(key)) {
                if (node->is_text() && node->text() == "any")
                    return std::nullopt;
                return node;
            }
        return std::nullopt;
    }

    template <class Word, class Parse>
    std::vector<Word> read_words(const YamlReader& node, Parse parse) const {
        std::vector<Word> words;
        if (node.is_list() && node.items().empty())
            node.error("the list is empty; say 'any' to ask for nothing");
        for (const YamlReader& item : bounded_items(node))
            if (const auto some = item.read(parse, "a word"))
                for (const Word word : *some) {
                    if (std::find(words.begin(), words.end(), word) == words.end())
                        words.push_back(word);
                    else
                        item.error(fmt::format("'{}' is there twice", to_string(word)));
                }
        return words;
    }

    // What could never be seen, or is never asked, is an error: such a check would test nothing.
    void check() const {
        const auto rows = key_rows(Object::expect);
        if (std::none_of(rows.begin(), rows.end(), [this](const KeyRow& row) { return expected(row.name); })) {
            levels_.body().error(
                "nothing is expected, so nothing is checked; say for example 'expect: {result: temp}'");
            return;
        }
        if (const auto node = expected("stored"); node && !uploads(scenario_))
            node->error(fmt::format("the operation '{}' stores nothing; say 'received', or 'stored: any'",
                                    to_string(scenario_.operation)));
        if (const auto node = expected("received"); node && uploads(scenario_))
            node->error(fmt::format("the operation '{}' receives nothing; say 'stored', or 'received: any'",
                                    to_string(scenario_.operation)));
        const auto& closes = scenario_.expect.close;
        if (const auto node = expected("close");
            node && scenario_.server.tls == Tls::none &&
            std::find(closes.begin(), closes.end(), CloseKind::notify) != closes.end())
            node->error("'notify' is about TLS, which the server does not speak here; say 'server: {tls: starttls}' or "
                        "'server: {tls: implicit}'");
        if (const auto node = expected("gives_up"); node && is_healthy_)
            node->error("without a fault there is nothing to give up; say 'gives_up: any'");
        const auto& connects = scenario_.expect.connects;
        if (const auto node = expected("backoff"); node && connects && connects->to && *connects->to < 2)
            node->error("with less than two connections there is no time between them");
        const bool never_connects =
            std::any_of(scenario_.faults.begin(), scenario_.faults.end(), [](const Fault& fault) {
                const bool is_always = !fault.conn && !fault.address && fault.probability >= 1;
                const bool is_dead =
                    !fault.actions.empty() && (std::holds_alternative<Refuse>(fault.actions.front()) ||
                                               std::holds_alternative<Blackhole>(fault.actions.front()));
                return is_always && is_dead;
            });
        if (const auto node = expected("close"); node && never_connects && scenario_.steps.size() == 1)
            node->error("no connection ever comes about, so none is closed; say 'close: any'");
        if (const auto node = expected("connects"); node && connects && connects->to)
            for (const Fault& fault : scenario_.faults)
                if (fault.conn && fault.conn->first > *connects->to)
                    node->error(fmt::format("a fault waits for connection {}, which never comes", fault.conn->first));
    }

    const Levels& levels_;
    Scenario& scenario_;
    bool is_healthy_;
    std::vector<YamlReader> expected_; // nearest first
};

} // namespace

void read_expectation(const Levels& levels, bool is_healthy, Scenario& scenario) {
    ExpectationReader(levels, is_healthy, scenario).read();
}

} // namespace postfault::scenario
