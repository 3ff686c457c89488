#include "fakeserver/scenario/reader_support.hpp"

#include "fakeserver/scenario/parse_words.hpp"

#include <fmt/format.h>

namespace postfault::scenario {

namespace {

constexpr std::size_t most_items = 100;

} // namespace

std::optional<YamlReader> Levels::find(std::string_view key) const {
    auto own = levels_.front().find(key);
    return own ? own : levels_.back().find(key);
}

void expect_keys_of(const YamlReader& node, Object object) {
    node.expect_keys(key_names(object));
    for (const KeyRow& row : key_rows(object))
        if (!row.supported)
            if (const auto value = node.find(row.name))
                value->error(fmt::format("'{}' is not supported yet", row.name));
}

std::vector<YamlReader> bounded_items(const YamlReader& node) {
    std::vector<YamlReader> items = node.items();
    if (items.size() <= most_items)
        return items;
    node.error(fmt::format("a list has at most {} items here", most_items));
    return {};
}

std::optional<std::uint32_t> read_address(const YamlReader& node, const ServerSpec& server) {
    const auto address = node.read(parse_address, "a number");
    if (!address)
        return std::nullopt;
    const std::uint32_t count = server.addresses;
    if (count == 1)
        node.error("the server has one address; say for example 'server: {addresses: 2}'");
    else if (*address > count)
        node.error(fmt::format("the server has {} addresses, so there is no address {}", count, *address));
    return *address;
}

bool uploads(const Scenario& scenario) { return row_of(scenario.operation).uploads; }

} // namespace postfault::scenario
