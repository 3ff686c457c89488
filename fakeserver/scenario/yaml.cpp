#include "fakeserver/scenario/yaml.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/single_document.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>

#include <algorithm>
#include <exception>

namespace postfault::scenario {

struct YamlReader::File {
    std::string text;
    std::string name;
    Diagnostics* diagnostics = nullptr;
    std::vector<std::size_t> lines; // where each begins
    YamlLimits limits;
    std::size_t octets_read = 0;
    bool is_exhausted = false;

    SourcePosition position(const YAML::Mark& mark) const {
        if (mark.is_null() || mark.line < 0)
            return {name, 0, 0};
        return {name, mark.line + 1, mark.column + 1};
    }

    std::string_view behind(const YAML::Mark& mark) const {
        return std::string_view(text).substr(std::min(text.size(), static_cast<std::size_t>(std::max(mark.pos, 0))));
    }

    SourcePosition position_of_octet(std::size_t octet) const {
        const auto next = std::upper_bound(lines.begin(), lines.end(), octet);
        const auto line = static_cast<std::size_t>(next - lines.begin());
        return {name, static_cast<int>(line), static_cast<int>(octet - lines[line - 1]) + 1};
    }
};

// A scalar with its variables replaced, and where each piece came from.
struct YamlReader::Expanded {
    struct Piece {
        std::size_t begin = 0;             // in text
        const YamlReader* value = nullptr; // none = the scalar's own text, from `source` on
        std::size_t source = 0;
    };

    std::string text;
    std::vector<Piece> pieces;
    std::string problem;
    std::size_t problem_at = 0; // in the scalar as written
};

namespace {

constexpr std::size_t longest_message = 400;
constexpr std::size_t longest_expansion = std::size_t{64} << 10;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// The first octet that is not UTF-8 (RFC 3629 section 4), or npos.
std::size_t find_bad_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto byte = [&](std::size_t index) {
            return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
        };
        const unsigned lead = byte(at);
        std::size_t more = 0;
        unsigned least = 0x80;
        unsigned most = 0xbf;
        if (lead >= 0xc2 && lead <= 0xdf)
            more = 1;
        else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            least = lead == 0xe0 ? 0xa0 : 0x80;
            most = lead == 0xed ? 0x9f : 0xbf;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            least = lead == 0xf0 ? 0x90 : 0x80;
            most = lead == 0xf4 ? 0x8f : 0xbf;
        } else if (lead >= 0x80)
            return at;
        for (std::size_t index = 1; index <= more; ++index) {
            if (byte(at + index) < least || byte(at + index) > most)
                return at;
            least = 0x80;
            most = 0xbf;
        }
        at += more + 1;
    }
    return std::string_view::npos;
}

enum class Walked { fine, too_deep, too_many };

// Visits everything as a reader could, aliases included, so that a small file cannot unfold into a large one.
Walked walk(const YAML::Node& node, std::size_t depth, std::size_t& nodes_left, YAML::Mark& place) {
    place = node.Mark();
    if (nodes_left == 0)
        return Walked::too_many;
    --nodes_left;
    if (depth == 0)
        return Walked::too_deep;
    if (!node.IsMap() && !node.IsSequence())
        return Walked::fine;
    const bool is_map = node.IsMap();
    for (const auto& entry : node) {
        if (is_map)
            if (const Walked key = walk(entry.first, depth - 1, nodes_left, place); key != Walked::fine)
                return key;
        if (const Walked value = walk(is_map ? entry.second : entry, depth - 1, nodes_left, place);
            value != Walked::fine)
            return value;
    }
    return Walked::fine;
}

// What is wrong with text that follows the file's document.
std::string what_is_behind(std::string_view text) {
    if (text.starts_with("---"))
        return "a file is one YAML document; is '---' there by mistake?";
    return fmt::format("no valid YAML: '{}' continues nothing that stands before it; is the indentation right?",
                       shown(text.substr(0, text.find_first_of(" \r\n"))));
}

// What follows a node's tag and anchor, `!!str &name`.
std::string_view behind_properties(std::string_view text) {
    while (text.starts_with('!') || text.starts_with('&')) {
        text.remove_prefix(std::min(text.find_first_of(" \t"), text.size()));
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    }
    return text;
}

std::string too_deep(const YamlLimits& limits) { return fmt::format("nested deeper than {} levels", limits.depth); }

} // namespace

bool YamlReader::expect_map(std::string_view example) const {
    if (is_map())
        return true;
    error(fmt::format("expected a map such as {}, got {}", example, kind()));
    return false;
}

void YamlReader::expect_keys(const std::vector<std::string_view>& known) const {
    for (const Pair& pair : pairs()) {
        if (std::find(known.begin(), known.end(), pair.name) != known.end())
            continue;
        const bool knows_at = std::find(known.begin(), known.end(), "at") != known.end();
        std::string hint = did_you_mean(pair.name, known);
        if (pair.name == "on" && knows_at)
            hint = ": use 'at' (YAML 1.1 reads a bare 'on' as true)";
        else if (pair.name == "<<")
            hint = ": merge keys are not supported; say common things once at file level";
        else if (hint.empty())
            hint = fmt::format("; known are {}", fmt::join(known, ", "));
        pair.key.error(fmt::format("unknown key '{}'{}", shown(pair.name), hint));
    }
}

std::optional<YamlReader> YamlReader::find(std::string_view key) const {
    if (!is_map())
        return std::nullopt;
    for (const auto& entry : node_)
        if (entry.first.IsScalar() && entry.first.Scalar() == key)
            return child(entry.second, entry.first.Mark(), std::string(key));
    return std::nullopt;
}

YamlReader YamlReader::at(std::string_view key) const {
    if (const auto found = find(key))
        return *found;
    if (is_map())
        error(fmt::format("'{}' is missing", key));
    YamlReader missing = *this;
    missing.exists_ = false;
    return missing;
}

std::vector<YamlReader::Pair> YamlReader::pairs() const {
    std::vector<Pair> found;
    if (!is_map())
        return found;
    std::map<std::string, int, std::less<>> seen;
    for (const auto& entry : node_) {
        YamlReader key = *this;
        key.node_.reset(entry.first);
        key.key_ = entry.first.Mark();
        if (!entry.first.IsScalar()) {
            key.error(fmt::format("a key is a word, got {}", key.kind()));
            continue;
        }
        const std::string& name = entry.first.Scalar();
        const auto [first, is_new] = seen.emplace(name, key.position().line);
        if (!is_new) {
            key.error(fmt::format("the key '{}' is given twice, first in line {}", shown(name), first->second));
            continue;
        }
        found.push_back({name, key, child(entry.second, entry.first.Mark(), shown(name))});
    }
    return found;
}

std::vector<YamlReader> YamlReader::items() const {
    if (!is_list())
        return {*this};
    std::vector<YamlReader> found;
    for (const auto& item : node_) {
        found.push_back(child(item, node_.Mark(), ""));
        found.back().path_ = fmt::format("{}[{}]", path_, found.size());
    }
    return found;
}

std::optional<std::string> YamlReader::text(std::string_view expected) const {
    if (!exists_ || file_->is_exhausted)
        return std::nullopt;
    if (!node_.IsScalar()) {
        error(fmt::format("expected {}, got {}", expected, kind()));
        return std::nullopt;
    }
    Expanded result = expanded();
    // The constant part stands for what a reader does with a value, however short that is.
    file_->octets_read += result.text.size() + 64;
    if (file_->octets_read > file_->limits.octets_read) {
        file_->is_exhausted = true;
        file_->diagnostics->error({file_->name, 0, 0},
                                  "the file unfolds into too much text: use fewer matrix values or shorter texts");
        return std::nullopt;
    }
    if (!result.problem.empty()) {
        YamlReader raw = *this;
        raw.variables_ = nullptr;
        raw.error(result.problem, result.problem_at);
        return std::nullopt;
    }
    return std::move(result.text);
}

void YamlReader::error(const std::string& problem, std::size_t offset) const {
    if (!exists_)
        return;
    std::string text = escaped_controls(problem, longest_message);
    if (owner_ && !path_.empty())
        text += fmt::format(" (in '{}', {})", *owner_, path_);
    else if (owner_)
        text += fmt::format(" (in '{}')", *owner_);
    else if (!path_.empty())
        text += fmt::format(" (in {})", path_);
    file_->diagnostics->error(position(offset), std::move(text));
}

SourcePosition YamlReader::position(std::size_t offset) const {
    if (node_.IsScalar() && variables_ != nullptr) {
        const Expanded all = expanded();
        const Expanded::Piece* at = nullptr;
        for (const Expanded::Piece& piece : all.pieces)
            if (piece.begin <= offset)
                at = &piece;
        if (at != nullptr && at->value != nullptr)
            return at->value->position(offset - at->begin);
        if (at != nullptr)
            offset = at->source + (offset - at->begin);
    }
    return position_in_scalar(offset);
}

YamlReader YamlReader::owned_by(std::string owner) const {
    YamlReader other = *this;
    other.owner_ = std::make_shared<const std::string>(std::move(owner));
    other.path_.clear();
    return other;
}

YamlReader YamlReader::with(const YamlVariables& variables) const {
    YamlReader other = *this;
    other.variables_ = &variables;
    return other;
}

Diagnostics& YamlReader::diagnostics() const { return *file_->diagnostics; }

bool YamlReader::is_exhausted() const { return file_->is_exhausted; }

YamlReader YamlReader::child(const YAML::Node& node, const YAML::Mark& key, const std::string& step) const {
    YamlReader other = *this;
    other.node_.reset(node); // assignment would write into the tree
    other.key_ = key;
    other.path_ = path_.empty() ? step : path_ + "." + step;
    return other;
}

YamlReader::Expanded YamlReader::expanded() const {
    Expanded result;
    const std::string& source = node_.Scalar();
    if (variables_ == nullptr) {
        result.text = source;
        result.pieces.push_back({});
        return result;
    }
    std::size_t at = 0;
    for (;;) {
        const std::size_t start = source.find("${", at);
        if (start != at || at == source.size())
            result.pieces.push_back({result.text.size(), nullptr, at});
        result.text += source.substr(at, start - at);
        if (start == std::string::npos)
            return result;
        const std::size_t end = source.find('}', start);
        const auto fail = [&](std::string problem) {
            result.problem = std::move(problem);
            result.problem_at = start;
        };
        if (end == std::string::npos) {
            fail("'${' without a '}' behind it");
            return result;
        }
        const std::string_view name = std::string_view(source).substr(start + 2, end - start - 2);
        const auto found = variables_->values.find(name);
        if (found == variables_->values.end()) {
            std::vector<std::string_view> names;
            for (const auto& [known, value] : variables_->values)
                names.push_back(known);
            fail(fmt::format("no matrix entry for '${{{}}}'{}", shown(name), did_you_mean(name, names)));
            return result;
        }
        variables_->used.emplace(name);
        const std::string& value = found->second.node_.Scalar();
        if (result.text.size() + value.size() > longest_expansion) {
            fail("the text gets too long by its matrix values");
            return result;
        }
        result.pieces.push_back({result.text.size(), &found->second, 0});
        result.text += value;
        at = end + 1;
        if (at == source.size())
            return result;
    }
}

// yaml-cpp knows where a block scalar's `|` is, and nothing of the lines below it. A literal block has the scalar's
// lines one by one, each behind its indentation.
std::optional<SourcePosition> YamlReader::position_in_block(const YAML::Mark& mark, std::size_t offset) const {
    const std::string_view text = file_->text;
    const std::string_view scalar = node_.Scalar();
    const auto line_at = [](std::string_view from, std::size_t start) {
        return from.substr(start, std::min(from.find('\n', start), from.size()) - start);
    };
    const auto header = static_cast<std::size_t>(mark.line);
    std::string_view opening = line_at(text, file_->lines[header]);
    opening.remove_prefix(std::min(opening.size(), static_cast<std::size_t>(mark.column)));
    if (!behind_properties(opening).starts_with('|') || scalar.empty() || offset > scalar.size())
        return std::nullopt;
    const auto before = static_cast<std::size_t>(
        std::count(scalar.begin(), scalar.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    const std::size_t line = header + 1 + before;
    if (line >= file_->lines.size())
        return std::nullopt;
    const std::size_t start = offset == 0 ? 0 : scalar.rfind('\n', offset - 1) + 1; // npos + 1 is the beginning
    const std::string_view wanted = line_at(scalar, start);
    std::string_view found = line_at(text, file_->lines[line]);
    if (found.ends_with('\r'))
        found.remove_suffix(1);
    if (!found.ends_with(wanted) || found.find_first_not_of(' ') < found.size() - wanted.size())
        return std::nullopt;
    return SourcePosition{file_->name, static_cast<int>(line) + 1,
                          static_cast<int>(found.size() - wanted.size() + offset - start) + 1};
}

// Points into the scalar if it stands there in the file as it was read, else to where it begins: quotes and the
// indentation of a literal block are looked through, escapes and folded lines are not.
SourcePosition YamlReader::position_in_scalar(std::size_t offset) const {
    YAML::Mark mark = node_.Mark();
    const bool is_empty = node_.IsNull();
    if (is_empty || mark.is_null())
        mark = key_;
    SourcePosition place = file_->position(mark);
    if (!node_.IsScalar() || place.line == 0)
        return place;
    const auto line = static_cast<std::size_t>(mark.line);
    if (line >= file_->lines.size())
        return place;
    if (const auto in_block = position_in_block(mark, offset))
        return *in_block;
    if (offset == 0)
        return place;
    const std::string_view text = file_->text;
    const std::string_view before = std::string_view(node_.Scalar()).substr(0, offset);
    std::size_t start = std::min(file_->lines[line] + static_cast<std::size_t>(mark.column), text.size());
    if (start < text.size() && (text[start] == '"' || text[start] == '\''))
        ++start;
    if (before.find('\n') != std::string_view::npos || text.substr(start, before.size()) != before)
        return place;
    place.column = static_cast<int>(start + before.size() - file_->lines[line]) + 1;
    return place;
}

std::string YamlReader::kind() const {
    if (node_.IsMap())
        return "a map";
    if (node_.IsSequence())
        return "a list";
    if (node_.IsScalar())
        return fmt::format("the text '{}'", shown(node_.Scalar()));
    return "nothing";
}

std::optional<YamlReader> load_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    const YamlLimits& limits) {
    auto loaded = std::make_shared<YamlReader::File>();
    loaded->name = file;
    loaded->diagnostics = &diagnostics;
    loaded->limits = limits;
    const auto fail = [&](SourcePosition place, std::string problem) {
        diagnostics.error(std::move(place), std::move(problem));
        return std::optional<YamlReader>{};
    };
    if (text.size() > limits.octets)
        return fail({file, 0, 0}, fmt::format("the file is too large: at most {} octets are read", limits.octets));
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    loaded->text = std::string(text);
    loaded->lines.push_back(0);
    for (std::size_t at = 0; at < text.size(); ++at)
        if (text[at] == '\n')
            loaded->lines.push_back(at + 1);
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        return fail(loaded->position_of_octet(nul), "the file holds a NUL octet; is it a text at all?");
    if (const std::size_t bad = find_bad_utf8(text); bad != std::string_view::npos)
        return fail(loaded->position_of_octet(bad), "the file is not UTF-8");
    try {
        if (const YAML::Mark more = behind_first_document(loaded->text); !more.is_null())
            return fail(loaded->position(more), what_is_behind(loaded->behind(more)));
        const YAML::Node document = YAML::Load(loaded->text);
        if (!document.IsDefined() || document.IsNull())
            return fail({file, 1, 1}, "the file is empty");
        std::size_t nodes_left = limits.nodes;
        YAML::Mark place = YAML::Mark::null_mark();
        const Walked walked = walk(document, limits.depth, nodes_left, place);
        if (walked == Walked::too_deep)
            return fail(loaded->position(place), too_deep(limits));
        if (walked == Walked::too_many)
            return fail(loaded->position(place),
                        fmt::format("the file unfolds into more than {} values; are aliases nested?", limits.nodes));
        return YamlReader(std::move(loaded), document);
    } catch (const YAML::DeepRecursion& problem) {
        return fail(loaded->position(problem.mark), too_deep(limits));
    } catch (const YAML::Exception& problem) {
        return fail(loaded->position(problem.mark), "no valid YAML: " + shown(problem.msg));
    } catch (const std::exception& problem) {
        return fail({file, 0, 0}, "no valid YAML: " + shown(problem.what()));
    }
}

} // namespace postfault::scenario
