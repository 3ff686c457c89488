#pragma once

#include "fakeserver/scenario/yaml.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace postfault::scenario {

// `matrix: {how: [fin, reset], row: [{at: EHLO, res: temp}]}`: every combination of values, the first key changing
// slowest.
// ${how} stands for a value, ${row.at} for one of a row.
class Matrix {
public:
    // The one combination of nothing.
    Matrix() = default;

    // Problems are reported; what could not be read is left out.
    explicit Matrix(const YamlReader& node);

    // How many combinations, at most 2^32.
    std::uint64_t size() const;

    YamlVariables variables(std::uint64_t index) const;

    // ` [how=fin, row=EHLO]`, or nothing.
    std::string label(std::uint64_t index) const;

    // Reports every name that is not among `used`.
    void report_unused(const std::set<std::string, std::less<>>& used) const;

    SourcePosition position() const;

private:
    struct Value {
        std::string label;
        std::vector<std::pair<std::string, YamlReader>> settings; // variable and its value
    };

    struct Axis {
        std::string name;
        YamlReader key;
        std::vector<Value> values;
    };

    void read_axis(const YamlReader::Pair& pair);
    std::optional<Value> read_value(const std::string& axis, const YamlReader& node) const;
    const Value& value(std::size_t axis, std::uint64_t index) const;

    std::optional<YamlReader> node_;
    std::vector<Axis> axes_;
};

} // namespace postfault::scenario
