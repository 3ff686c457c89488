#include "fakeserver/scenario/scenario_reader.hpp"

#include "fakeserver/scenario/expectation_reader.hpp"
#include "fakeserver/scenario/fault_reader.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/reader_support.hpp"
#include "fakeserver/scenario/setup_reader.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace postfault::scenario {

namespace {

class ScenarioReader {
public:
    ScenarioReader(const Levels& levels, Scenario& scenario) : levels_(levels), scenario_(scenario) {}

    void read() {
        read_prose();
        const auto proto = levels_.find("proto");
        if (!proto) {
            levels_.body().error("'proto' is missing, here and at file level");
            return;
        }
        const auto protocol = proto->read(parse_protocol, "a protocol");
        if (!protocol)
            return; // every other word depends on it
        scenario_.protocol = *protocol;
        if (!read_operation())
            return;
        read_setup(levels_, scenario_);
        read_xfail();
        const bool is_healthy = read_faults(levels_, scenario_);
        read_expectation(levels_, is_healthy, scenario_);
    }

private:
    void read_prose() {
        if (const auto why = levels_.find("why"))
            scenario_.why = why->text().value_or("");
        if (const auto refs = levels_.find("refs"))
            for (const YamlReader& item : bounded_items(*refs))
                if (auto text = item.text())
                    scenario_.refs.push_back(std::move(*text));
    }

    bool read_operation() {
        const auto stated = levels_.find("operation");
        const auto steps = levels_.find("steps");
        std::optional<Operation> operation;
        if (stated) {
            operation = stated->read(parse_operation, "an operation");
            if (!operation || !check_operation(*stated, *operation))
                return false;
        }
        if (steps && !read_steps(*steps, operation))
            return false;
        if (!operation)
            operation = usual_operation(scenario_.protocol);
        if (!operation) {
            levels_.body().error(
                fmt::format("'operation' is missing, here and at file level: {}", operations_of_protocol()));
            return false;
        }
        scenario_.operation = *operation;
        if (!steps)
            scenario_.steps = {Step{*operation, {}}};
        return true;
    }

    bool check_operation(const YamlReader& node, Operation operation) const {
        const OperationRow& row = row_of(operation);
        if (row.protocol == scenario_.protocol)
            return true;
        node.error(fmt::format("'{}' is an operation of {}, not of {}; expected {}", row.name, to_string(row.protocol),
                               to_string(scenario_.protocol), operations_of_protocol()));
        return false;
    }

    std::string operations_of_protocol() const {
        std::vector<std::string_view> names;
        for (const OperationRow& row : operation_rows())
            if (row.protocol == scenario_.protocol)
                names.push_back(row.name);
        return listed(names);
    }

    bool read_steps(const YamlReader& node, std::optional<Operation>& operation) {
        if (!node.is_list()) {
            node.error("expected a list of steps such as [send, wait 2T, send]");
            return false;
        }
        for (const YamlReader& item : bounded_items(node)) {
            const auto step = item.read(parse_step, "a step");
            if (!step || (step->operation && !check_operation(item, *step->operation)))
                return false;
            if (scenario_.steps.empty() && !step->operation) {
                item.error("the first step is an operation: the faults act on it");
                return false;
            }
            if (scenario_.steps.empty() && operation && *operation != *step->operation) {
                item.error(
                    fmt::format("the first step is the scenario's operation, which is '{}'", to_string(*operation)));
                return false;
            }
            if (scenario_.steps.empty())
                operation = step->operation;
            if (step->operation && *step->operation != *operation) {
                item.error(fmt::format("one client process does one kind of operation, which is '{}' here",
                                       to_string(*operation)));
                return false;
            }
            scenario_.steps.push_back(*step);
        }
        if (scenario_.steps.empty())
            node.error("a scenario has at least one step");
        return !scenario_.steps.empty();
    }

    void read_xfail() {
        const auto node = levels_.find("xfail");
        if (!node)
            return;
        for (const YamlReader& item : bounded_items(*node)) {
            if (!item.expect_map("{client: NAME, why: TEXT}"))
                continue;
            expect_keys_of(item, Object::xfail);
            ExpectedFailure failure;
            if (const auto client = item.find("client"))
                failure.client = client->text("a client's name").value_or("");
            const YamlReader why = item.at("why");
            failure.why = why.text("a reason").value_or("");
            scenario_.xfail.push_back(std::move(failure));
        }
    }

    const Levels& levels_;
    Scenario& scenario_;
};

} // namespace

void read_scenario(const YamlReader& body, const YamlReader& file, Scenario& scenario) {
    const Levels levels(body, file);
    ScenarioReader(levels, scenario).read();
}

} // namespace postfault::scenario
