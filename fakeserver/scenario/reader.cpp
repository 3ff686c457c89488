#include "fakeserver/scenario/reader.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/matrix.hpp"
#include "fakeserver/scenario/reader_support.hpp"
#include "fakeserver/scenario/scenario_reader.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"
#include "fakeserver/scenario/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace postfault::scenario {

namespace {

constexpr std::size_t most_scenarios = 10'000;
constexpr std::size_t longest_name = 120; // names are IDs in reports and on command lines

// What is wrong in one member of a family is mostly wrong in all; the rest of ten thousand would only take time.
constexpr std::uint64_t enough_wrong_members = 100;

class FileReader {
public:
    FileReader(const YamlReader& file, std::string family) : file_(file), family_(std::move(family)) {}

    std::vector<Scenario> read() {
        if (!file_.expect_map("{proto: smtp, scenarios: {NAME: {…}}}"))
            return {};
        expect_keys_of(file_, Object::file);
        const YamlReader list = file_.at("scenarios");
        if (!list.expect_map("{NAME: {fault: …, expect: …}}"))
            return {};
        const auto pairs = list.pairs();
        if (pairs.empty())
            list.error("there are no scenarios");
        for (const YamlReader::Pair& pair : pairs) {
            if (file_.is_exhausted() || is_full_)
                break;
            read_family_member(pair);
        }
        return std::move(scenarios_);
    }

private:
    void read_family_member(const YamlReader::Pair& pair) {
        if (!check_name(pair))
            return;
        const YamlReader body = pair.value.owned_by(pair.name);
        if (!body.expect_map("{fault: {at: EHLO, do: stall}, expect: {result: temp}}"))
            return;
        expect_keys_of(body, Object::scenario);
        const std::size_t remarks = file_.diagnostics().count();
        const Matrix matrix = read_matrix(body);
        if (scenarios_.size() + matrix.size() > most_scenarios) {
            is_full_ = true;
            pair.key.error(fmt::format("the file makes more than {} scenarios with its matrix values", most_scenarios));
            return;
        }
        std::set<std::string, std::less<>> used;
        for (std::uint64_t index = 0; index < matrix.size() && !file_.is_exhausted(); ++index) {
            if (index >= enough_wrong_members && file_.diagnostics().count() != remarks)
                break;
            const YamlVariables variables = matrix.variables(index);
            const YamlReader own = body.with(variables);
            const YamlReader shared = file_.with(variables);
            Scenario scenario;
            scenario.name = pair.name + matrix.label(index);
            scenario.id = family_ + "::" + scenario.name;
            scenario.position = pair.key.position();
            read_scenario(own, shared, scenario);
            used.insert(variables.used.begin(), variables.used.end());
            if (!names_.insert(scenario.name).second)
                pair.key.error(fmt::format("two scenarios are named '{}'", shown(scenario.name)));
            scenarios_.push_back(std::move(scenario));
        }
        // After an error some values were not read, and would be called unused without a reason.
        if (file_.diagnostics().count() == remarks)
            matrix.report_unused(used);
    }

    Matrix read_matrix(const YamlReader& body) const {
        if (const auto own = body.find("matrix"))
            return Matrix(*own);
        if (const auto shared = file_.find("matrix"))
            return Matrix(*shared);
        return {};
    }

    static bool check_name(const YamlReader::Pair& pair) {
        const std::string& name = pair.name;
        const bool has_control =
            std::any_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
        std::string problem;
        if (trimmed(name).empty() || trimmed(name).size() != name.size())
            problem = "a scenario's name is not empty and has no blanks at its ends";
        else if (has_control)
            problem = fmt::format("a scenario's name has no control characters, got '{}'", shown(name));
        else if (name.find("::") != std::string::npos)
            problem =
                fmt::format("a scenario's name has no '::', which stands between file and name; got '{}'", shown(name));
        else if (name.find("${") != std::string::npos)
            problem =
                fmt::format("a scenario's name has no '${{': matrix values are appended to it; got '{}'", shown(name));
        else if (name.size() > longest_name)
            problem = fmt::format("a scenario's name has at most {} octets, got '{}'", longest_name, shown(name));
        if (!problem.empty())
            pair.key.error(problem);
        return problem.empty();
    }

    const YamlReader& file_;
    std::string family_;
    std::vector<Scenario> scenarios_;
    std::set<std::string> names_;
    bool is_full_ = false;
};

} // namespace

std::vector<Scenario> read_scenarios(std::string_view text, const std::string& name, const std::string& file,
                                     Diagnostics& diagnostics) {
    const auto root = load_yaml(text, file, diagnostics);
    if (!root)
        return {};
    return FileReader(*root, name).read();
}

} // namespace postfault::scenario
