#include "fakeserver/scenario/matrix.hpp"

#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

constexpr std::uint64_t most_combinations = std::uint64_t{1} << 32;

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
    });
}

std::optional<std::string> read_plain(const YamlReader& node) {
    auto text = node.text("a word");
    if (text && text->find("${") != std::string::npos) {
        node.error("a matrix value is taken as it is, without '${'");
        return std::nullopt;
    }
    return text;
}

} // namespace

Matrix::Matrix(const YamlReader& node) : node_(node) {
    if (!node.expect_map("{how: [fin, reset]}"))
        return;
    for (const YamlReader::Pair& pair : node.pairs())
        read_axis(pair);
}

std::uint64_t Matrix::size() const {
    std::uint64_t product = 1;
    for (const Axis& axis : axes_)
        product = std::min<std::uint64_t>(product * axis.values.size(), most_combinations);
    return product;
}

YamlVariables Matrix::variables(std::uint64_t index) const {
    YamlVariables variables;
    for (std::size_t axis = 0; axis < axes_.size(); ++axis)
        for (const auto& [name, node] : value(axis, index).settings)
            variables.values.emplace(name, node);
    return variables;
}

std::string Matrix::label(std::uint64_t index) const {
    std::string text;
    for (std::size_t axis = 0; axis < axes_.size(); ++axis)
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", axes_[axis].name, value(axis, index).label);
    return text.empty() ? text : " [" + text + "]";
}

void Matrix::report_unused(const std::set<std::string, std::less<>>& used) const {
    for (const Axis& axis : axes_) {
        std::set<std::string> reported;
        for (const Value& value : axis.values)
            for (const auto& [name, node] : value.settings) {
                const bool only_names = name == axis.name + ".name";
                if (only_names || used.contains(name) || !reported.insert(name).second)
                    continue;
                const YamlReader& place = name == axis.name ? axis.key : node;
                place.error(fmt::format("'${{{}}}' is never used, so its values make no difference", name));
            }
    }
}

SourcePosition Matrix::position() const { return node_ ? node_->position() : SourcePosition{}; }

void Matrix::read_axis(const YamlReader::Pair& pair) {
    if (!is_name(pair.name)) {
        pair.key.error(fmt::format("a matrix key is made of letters, digits, '_' and '-', got '{}'", shown(pair.name)));
        return;
    }
    if (!pair.value.is_list()) {
        pair.value.error("expected a list of values such as [fin, reset]");
        return;
    }
    Axis axis{pair.name, pair.key, {}};
    std::set<std::string> labels;
    for (const YamlReader& item : pair.value.items()) {
        auto value = read_value(pair.name, item);
        if (!value)
            continue;
        if (!labels.insert(value->label).second)
            item.error(fmt::format("the value '{}' is there twice", value->label));
        else
            axis.values.push_back(std::move(*value));
    }
    if (pair.value.items().empty())
        pair.value.error("a matrix key needs at least one value");
    if (!axis.values.empty())
        axes_.push_back(std::move(axis));
}

std::optional<Matrix::Value> Matrix::read_value(const std::string& axis, const YamlReader& node) const {
    if (!node.is_map()) {
        const auto text = read_plain(node);
        if (!text)
            return std::nullopt;
        return Value{shown(*text), {{axis, node}}};
    }
    Value value;
    for (const YamlReader::Pair& pair : node.pairs()) {
        const auto text = read_plain(pair.value);
        if (!text)
            return std::nullopt;
        if (!is_name(pair.name)) {
            pair.key.error(
                fmt::format("a matrix key is made of letters, digits, '_' and '-', got '{}'", shown(pair.name)));
            return std::nullopt;
        }
        if (value.settings.empty() || pair.name == "name")
            value.label = shown(*text);
        value.settings.emplace_back(axis + "." + pair.name, pair.value);
    }
    if (value.settings.empty()) {
        node.error("a row needs at least one value");
        return std::nullopt;
    }
    return value;
}

const Matrix::Value& Matrix::value(std::size_t axis, std::uint64_t index) const {
    // The last key changes fastest.
    for (std::size_t later = axes_.size() - 1; later > axis; --later)
        index /= axes_[later].values.size();
    return axes_[axis].values[index % axes_[axis].values.size()];
}

} // namespace postfault::scenario
