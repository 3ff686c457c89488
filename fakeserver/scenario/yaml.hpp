#pragma once

#include "fakeserver/base/diagnostics.hpp"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// YAML as a person wrote it. yaml-cpp reads the text; what it lets pass is refused here: unknown and repeated keys,
// further documents, NUL, text that is not UTF-8, and files that unfold into far more than they are. Nothing here
// throws because of the text.
namespace postfault::scenario {

struct YamlVariables;

// Bounds of one file. Aliases count each time that they are followed.
struct YamlLimits {
    std::size_t octets = std::size_t{1} << 20;
    std::size_t depth = 32;
    std::size_t nodes = 200'000;
    std::size_t octets_read = std::size_t{64} << 20; // all scalars ever asked for, substitutions included
};

// A node with its place in the file and its path in the reader's words, e.g. `fault.do`; items count from 1. Problems
// go to the file's Diagnostics with both, and reading goes on: a value that cannot be read is an empty optional. A
// missing node (at() of an absent key) has been reported once and stays silent.
class YamlReader {
public:
    struct Pair;

    YamlReader(const YamlReader&) = default;
    YamlReader& operator=(const YamlReader&) = delete; // YAML::Node's would write into the tree

    bool is_map() const { return exists_ && node_.IsMap(); }

    bool is_list() const { return exists_ && node_.IsSequence(); }

    bool is_text() const { return exists_ && node_.IsScalar(); }

    // Reports anything but a map; the example shows what was meant.
    bool expect_map(std::string_view example) const;

    // Of a map: reports unknown and repeated keys.
    void expect_keys(const std::vector<std::string_view>& known) const;

    std::optional<YamlReader> find(std::string_view key) const;

    // As find, and reports a missing key.
    YamlReader at(std::string_view key) const;

    // All entries of a map in the file's order; reports repeated keys and gives the first of them.
    std::vector<Pair> pairs() const;

    // The items of a list; anything else is a list of one.
    std::vector<YamlReader> items() const;

    // The scalar with every ${name} replaced. `expected` names what was wanted: "a duration such as 5s".
    std::optional<std::string> text(std::string_view expected = "a text") const;

    // The text, read by a function that returns a Result<T>; its problem is reported at the place in the text.
    template <class Parse>
    auto read(Parse parse, std::string_view expected = "a text") const
        -> std::optional<std::decay_t<decltype(*parse(std::string_view{}))>> {
        const auto found = text(expected);
        if (!found)
            return std::nullopt;
        const auto result = parse(std::string_view(*found));
        if (!result) {
            error(result.problem(), result.where());
            return std::nullopt;
        }
        return *result;
    }

    // `offset` counts octets of text().
    void error(const std::string& problem, std::size_t offset = 0) const;
    SourcePosition position(std::size_t offset = 0) const;

    // The same node for another reader: what `(in 'owner', path)` of its remarks says, the path starting anew, and the
    // variables that ${name} stands for. Without variables `${` is plain text. They outlive the reader.
    YamlReader owned_by(std::string owner) const;
    YamlReader with(const YamlVariables& variables) const;

    Diagnostics& diagnostics() const;

    // More was asked for than the limits allow; it has been reported.
    bool is_exhausted() const;

private:
    friend std::optional<YamlReader> load_yaml(std::string_view, const std::string&, Diagnostics&, const YamlLimits&);

    struct File;
    struct Expanded;

    YamlReader(std::shared_ptr<File> file, const YAML::Node& node) : file_(std::move(file)), node_(node) {}

    YamlReader child(const YAML::Node& node, const YAML::Mark& key, const std::string& step) const;
    Expanded expanded() const;
    SourcePosition position_in_scalar(std::size_t offset) const;
    std::optional<SourcePosition> position_in_block(const YAML::Mark& mark, std::size_t offset) const;
    std::string kind() const;

    std::shared_ptr<File> file_;
    YAML::Node node_;
    YAML::Mark key_ = YAML::Mark::null_mark(); // stands in where an empty value has no place of its own
    bool exists_ = true;
    std::string path_;
    std::shared_ptr<const std::string> owner_;
    const YamlVariables* variables_ = nullptr;
};

struct YamlReader::Pair {
    std::string name;
    YamlReader key;
    YamlReader value;
};

// What ${name} stands for, and which names were asked for.
struct YamlVariables {
    std::map<std::string, YamlReader, std::less<>> values;
    mutable std::set<std::string, std::less<>> used;
};

// The one document of a file; empty if the text is no YAML or beyond the limits, which is reported once.
std::optional<YamlReader> load_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    const YamlLimits& limits = {});

} // namespace postfault::scenario
