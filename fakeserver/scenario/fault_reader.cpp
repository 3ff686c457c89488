#include "fakeserver/scenario/fault_reader.hpp"

#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/scenario/parse_script.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/rules.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::scenario {

namespace {

class FaultReader {
public:
    FaultReader(const Levels& levels, Scenario& scenario) : levels_(levels), scenario_(scenario) {}

    bool read() {
        if (const auto script = levels_.find("script"))
            read_script(*script);
        else
            read_faults();
        return is_healthy_;
    }

private:
    // A script is its own server, and says itself what goes wrong.
    void read_script(const YamlReader& node) {
        for (const std::string_view other : {"fault", "faults", "server", "articles", "groups"})
            if (const auto both = levels_.body().find(other))
                both->error(fmt::format("'script' takes the place of '{}': keep one of them", other));
        if (scenario_.steps.size() > 1)
            node.error("a script plays for every connection, so no later step meets a healthy server; keep one step");
        const auto text = node.text("a script such as 'S: 220 ready'");
        if (!text)
            return;
        ParsedScript parsed = parse_script(*text, [&](const std::string& problem, std::size_t offset) {
            const auto before = text->begin() + static_cast<std::ptrdiff_t>(std::min(offset, text->size()));
            node.error(fmt::format("line {} of the script: {}", std::count(text->begin(), before, '\n') + 1, problem),
                       offset);
        });
        for (Fault& fault : parsed.faults)
            fault.position = node.position();
        scenario_.script = std::move(parsed.script);
        scenario_.faults = std::move(parsed.faults);
        scenario_.expect.close = parsed.close;
        scenario_.expect.gives_up = parsed.gives_up;
        is_healthy_ = scenario_.faults.empty();
    }

    void read_faults() {
        for (const YamlReader& level : levels_.all()) {
            const auto one = level.find("fault");
            const auto many = level.find("faults");
            if (!one && !many)
                continue;
            if (one && many)
                many->error("'fault' and 'faults' say the same: keep one of them");
            else if (one)
                read_one_fault(*one);
            else if (!many->is_list())
                many->error("expected a list of faults such as [{at: EHLO, do: stall}]");
            else if (many->items().empty())
                many->error("the list is empty; say 'fault: none' for a healthy run");
            else
                for (const YamlReader& item : bounded_items(*many))
                    read_fault(item);
            if (one || many->items().size() == 1)
                expect_to_happen(one ? *one : many->items().front());
            return;
        }
        levels_.body().error("'fault' is missing, here and at file level; say 'fault: none' for a healthy run");
    }

    void read_one_fault(const YamlReader& node) {
        if (node.is_list())
            node.error("'fault' is one fault; say 'faults' for a list");
        else if (node.is_text() && node.text() == "none")
            is_healthy_ = true;
        else
            read_fault(node);
    }

    // The only fault there is.
    void expect_to_happen(const YamlReader& node) const {
        if (scenario_.faults.size() != 1 || !scenario_.faults.front().optional)
            return;
        if (const auto optional = node.find("optional"))
            optional->error("without its only fault a scenario tests nothing, so it has to happen");
    }

    void read_fault(const YamlReader& node) {
        if (!node.expect_map("{at: EHLO, do: stall}"))
            return;
        expect_keys_of(node, Object::fault);
        Fault fault;
        fault.position = node.position();

        const YamlReader at = node.at("at");
        const auto point =
            at.read([this](std::string_view text) { return parse_point(text, scenario_.protocol); }, "a point");
        if (point) {
            fault.at = *point;
            if (const std::string problem = point_problem(*point, scenario_.operation); !problem.empty())
                at.error(problem);
            if (const std::string problem = tls_problem(*point, scenario_.server.tls); !problem.empty())
                at.error(problem);
        }

        const YamlReader actions = node.at("do");
        if (actions.is_list() && actions.items().empty())
            actions.error("the list is empty; expected an action such as 'stall'");
        std::vector<YamlReader> understood;
        for (const YamlReader& item : bounded_items(actions)) {
            const auto action = item.read(parse_action, "an action");
            if (!action)
                continue;
            std::string problem = point ? place_problem(*point, *action) : std::string{};
            if (problem.empty())
                problem = tls_problem(*action, scenario_.server.tls);
            if (problem.empty())
                problem = order_problem(fault.actions, *action);
            if (problem.empty() && point)
                problem = unseen_problem(*point, fault.actions, *action);
            if (!problem.empty())
                item.error(problem);
            fault.actions.push_back(*action);
            understood.push_back(item);
        }
        for (std::size_t index = 0; point && index < understood.size(); ++index)
            if (const std::string problem = needless_problem(*point, fault.actions, index, scenario_.server.tls);
                !problem.empty())
                understood[index].error(problem);
        if (point)
            if (const std::string problem = size_problem(*point, fault.actions, scenario_.message); !problem.empty())
                at.error(problem);

        if (const auto conn = node.find("conn"))
            fault.conn = conn->read(parse_selector, "a number or a range");
        if (const auto nth = node.find("nth")) {
            fault.nth = nth->read(parse_selector, "a number or a range");
            const bool is_once = point && (point->kind == Point::Kind::connect || point->subject == "greeting" ||
                                           point->subject == client_hello || point->subject == "tls");
            if (is_once)
                nth->error(fmt::format("a connection has one '{}': choose connections with 'conn'", to_string(*point)));
        }
        if (const auto address = node.find("address"))
            fault.address = read_address(*address, scenario_.server);
        if (const auto probability = node.find("p"))
            fault.probability = probability->read(parse_probability, "a probability").value_or(1);
        if (const auto optional = node.find("optional"))
            fault.optional = optional->read(parse_flag, "true or false").value_or(false);
        if (const auto condition = node.find("if"))
            fault.only_if = read_condition(*condition, point);
        scenario_.faults.push_back(std::move(fault));
    }

    Condition read_condition(const YamlReader& node, const std::optional<Point>& point) const {
        Condition condition;
        if (!node.expect_map("{recipient: \"slow*@*\"}"))
            return condition;
        expect_keys_of(node, Object::condition);
        for (const auto& [key, glob] :
             {std::pair("recipient", &Condition::recipient), std::pair("message-id", &Condition::message_id),
              std::pair("hello", &Condition::hello)}) {
            const auto value = node.find(key);
            if (!value)
                continue;
            condition.*glob = value->read(parse_glob, "a pattern").value_or("");
            if (point)
                if (const std::string problem = condition_problem(*point, key, scenario_.operation); !problem.empty())
                    value->error(problem);
        }
        if (node.pairs().empty())
            node.error("nothing is asked; expected for example {recipient: \"slow*@*\"}");
        return condition;
    }

    const Levels& levels_;
    Scenario& scenario_;
    bool is_healthy_ = false;
};

} // namespace

bool read_faults(const Levels& levels, Scenario& scenario) { return FaultReader(levels, scenario).read(); }

} // namespace postfault::scenario
