#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/yaml.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// What the readers of the parts of a scenario file share; inside of this folder only.
namespace postfault::scenario {

// One scenario, and what its file says for all of them.
class Levels {
public:
    Levels(const YamlReader& body, const YamlReader& file) : levels_{body, file} {}

    const YamlReader& body() const { return levels_.front(); }

    // Nearest first.
    const std::array<YamlReader, 2>& all() const { return levels_; }

    // The scenario's own, else the file's.
    std::optional<YamlReader> find(std::string_view key) const;

private:
    std::array<YamlReader, 2> levels_;
};

// Reports the keys that the tables do not know, and those that are not supported yet.
void expect_keys_of(const YamlReader& node, Object object);

// The items, none of them if there are too many. Faults, actions of one, steps, references: nobody writes a hundred.
std::vector<YamlReader> bounded_items(const YamlReader& node);

// The number of one of the server's addresses, from 1; reports one that it does not have.
std::optional<std::uint32_t> read_address(const YamlReader& node, const ServerSpec& server);

// Whether the client sends something; else it reads.
bool uploads(const Scenario& scenario);

} // namespace postfault::scenario
