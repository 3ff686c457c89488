#include "fakeserver/scenario/reader.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/matrix.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/scenario/parse_script.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/rules.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"
#include "fakeserver/scenario/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

constexpr std::size_t most_scenarios = 10'000;
constexpr std::size_t most_items = 100;   // faults, actions of one, steps, references
constexpr std::size_t longest_name = 120; // names are IDs in reports and on command lines
constexpr std::uint64_t largest_message = std::uint64_t{1} << 30;
constexpr std::uint64_t least_buffer = std::uint64_t{4} << 10;
constexpr std::uint64_t largest_buffer = std::uint64_t{1} << 20;
constexpr std::uint64_t most_recipients = 10'000;
constexpr std::uint64_t most_articles = 100'000;

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

Result<std::uint64_t> parse_message_size(std::string_view text) {
    auto size = parse_size(text);
    if (size && *size > largest_message)
        return Result<std::uint64_t>::failed(fmt::format("a message has at most 1GiB, got '{}'", shown(text)));
    return size;
}

Result<std::uint32_t> parse_address(std::string_view text) {
    const auto number = parse_number(text, 1, most_addresses);
    if (!number)
        return Result<std::uint32_t>::failed(number.problem());
    return static_cast<std::uint32_t>(*number);
}

// Less than a command is none, and with more no client is held up.
Result<std::uint64_t> parse_buffer(std::string_view text) {
    auto size = parse_size(text);
    if (size && (*size < least_buffer || *size > largest_buffer))
        return Result<std::uint64_t>::failed(
            fmt::format("a server's buffer has from 4KiB to 1MiB, got '{}'", shown(text)));
    return size;
}

// One scenario with one combination of its matrix. `body` is the scenario, `file` what the file says for all.
class ScenarioReader {
public:
    ScenarioReader(const YamlReader& body, const YamlReader& file, Scenario& scenario)
        : body_(body), file_(file), scenario_(scenario) {}

    void read() {
        read_prose();
        const auto proto = setting("proto");
        if (!proto) {
            body_.error("'proto' is missing, here and at file level");
            return;
        }
        const auto protocol = proto->read(parse_protocol, "a protocol");
        if (!protocol)
            return; // every other word depends on it
        scenario_.protocol = *protocol;
        if (!read_operation())
            return;
        read_message();
        read_articles();
        read_groups();
        read_server();
        read_xfail();
        if (const auto script = setting("script"))
            read_script(*script);
        else
            read_faults();
        read_expectation();
    }

private:
    std::optional<YamlReader> setting(std::string_view key) const {
        auto own = body_.find(key);
        return own ? own : file_.find(key);
    }

    bool uploads() const { return row_of(scenario_.operation).uploads; }

    void read_prose() {
        if (const auto why = setting("why"))
            scenario_.why = why->text().value_or("");
        if (const auto refs = setting("refs"))
            for (const YamlReader& item : bounded_items(*refs))
                if (auto text = item.text())
                    scenario_.refs.push_back(std::move(*text));
    }

    bool read_operation() {
        const auto stated = setting("operation");
        const auto steps = setting("steps");
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
            body_.error(fmt::format("'operation' is missing, here and at file level: {}", operations_of_protocol()));
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

    void read_message() {
        const auto node = setting("message");
        if (!node || !node->expect_map("{size: 16MiB}"))
            return;
        expect_keys_of(*node, Object::message);
        if (!uploads() && body_.find("message"))
            node->error(
                fmt::format("the operation '{}' sends no message; say 'articles'", to_string(scenario_.operation)));
        if (const auto size = node->find("size")) {
            scenario_.message.size = size->read(parse_message_size, "a size").value_or(0);
            if (const std::size_t count = operations_of(scenario_).size();
                scenario_.message.size > largest_message / count)
                size->error(fmt::format("the messages of all {} operations have at most 1GiB together", count));
        }
        if (const auto ends = node->find("line_ends"))
            scenario_.message.line_ends = ends->read(parse_line_ends, "a kind of line ends").value_or(LineEnds::crlf);
        if (const auto end = node->find("smuggle"))
            scenario_.message.smuggle = end->read(parse_smuggle, "an end of a message").value_or("");
        if (const auto recipients = node->find("recipients")) {
            const auto count = recipients->read(
                [](std::string_view text) { return parse_number(text, 1, most_recipients); }, "a number");
            scenario_.message.recipients = static_cast<std::uint32_t>(count.value_or(1));
            if (!carries_mail(scenario_.protocol))
                recipients->error("only mail has recipients");
        }
    }

    void read_articles() {
        const auto node = setting("articles");
        if (!node)
            return;
        if (uploads() && body_.find("articles"))
            node->error(
                fmt::format("the operation '{}' reads no articles; say 'message'", to_string(scenario_.operation)));
        const auto read_count = [this](const YamlReader& count) {
            const auto number =
                count.read([](std::string_view text) { return parse_number(text, 1, most_articles); }, "a number");
            scenario_.news.articles = static_cast<std::uint32_t>(number.value_or(scenario_.news.articles));
        };
        if (node->is_text()) {
            read_count(*node);
            return;
        }
        if (!node->expect_map("{count: 3, size: 64KiB}"))
            return;
        expect_keys_of(*node, Object::articles);
        if (const auto count = node->find("count"))
            read_count(*count);
        if (const auto size = node->find("size")) {
            scenario_.news.size = size->read(parse_message_size, "a size").value_or(0);
            if (scenario_.news.size > largest_message / scenario_.news.articles)
                size->error(fmt::format("all {} articles have at most 1GiB together", scenario_.news.articles));
        }
        if (const auto encoding = node->find("encoding"))
            scenario_.news.encoding = encoding->read(parse_encoding, "an encoding").value_or(Encoding::text);
    }

    void read_groups() {
        const auto node = setting("groups");
        if (!node)
            return;
        if (carries_mail(scenario_.protocol)) {
            node->error("only news has groups");
            return;
        }
        auto& groups = scenario_.news.groups;
        const auto add = [&](const YamlReader& name, std::optional<std::uint32_t> articles) {
            const auto group = name.read(parse_group, "the name of a newsgroup");
            if (!group)
                return;
            const auto same = [&](const GroupSpec& known) { return known.name == *group; };
            if (std::any_of(groups.begin(), groups.end(), same))
                name.error(fmt::format("'{}' is there twice", *group));
            else
                groups.push_back({*group, articles});
        };
        if (node->is_map()) {
            for (const YamlReader::Pair& pair : node->pairs()) {
                const auto number = pair.value.read(
                    [](std::string_view text) { return parse_number(text, 0, most_articles); }, "a number");
                add(pair.key, static_cast<std::uint32_t>(number.value_or(0)));
            }
        } else {
            for (const YamlReader& item : bounded_items(*node))
                add(item, std::nullopt);
        }
        if (groups.empty())
            node->error("expected the names of newsgroups such as [misc.test, alt.test]");
        std::uint64_t octets = 0;
        for (const GroupSpec& group : groups)
            octets += group.articles.value_or(0) * scenario_.news.size;
        if (octets > largest_message)
            node->error("the articles of all groups have at most 1GiB together");
        if (!uploads() && !groups.empty() && groups.front().articles == 0)
            node->error(
                fmt::format("the client reads in the first group, '{}', which has no article", groups.front().name));
    }

    void read_server() {
        const auto node = setting("server");
        if (!node || !node->expect_map("{capabilities: [8BITMIME]}"))
            return;
        expect_keys_of(*node, Object::server);
        if (const auto tls = node->find("tls"))
            scenario_.server.tls = tls->read(parse_tls, "none, starttls or implicit").value_or(Tls::none);
        if (const auto buffer = node->find("buffer")) {
            const auto octets = buffer->read(parse_buffer, "a size");
            if (octets)
                scenario_.server.buffer = static_cast<std::uint32_t>(*octets);
        }
        if (const auto auth = node->find("auth"))
            read_log_in(*auth);
        if (const auto addresses = node->find("addresses"))
            read_addresses(*addresses);
        const auto list = node->find("capabilities");
        if (!list)
            return;
        if (!list->is_list()) {
            list->error("expected a list such as [SIZE 1000, 8BITMIME]");
            return;
        }
        std::vector<std::string> capabilities;
        for (const YamlReader& item : bounded_items(*list)) {
            auto text = item.text("a capability");
            if (!text)
                continue;
            const bool is_printable =
                std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; });
            if (!is_printable || trimmed(*text).empty() || text->size() > 400)
                item.error("a capability is one short line of printable ASCII");
            else
                capabilities.push_back(std::move(*text));
        }
        scenario_.server.capabilities = std::move(capabilities);
    }

    void read_addresses(const YamlReader& node) {
        scenario_.server.addresses = node.read(parse_address, "a number").value_or(1);
        if (scenario_.server.addresses > 1 && scenario_.server.tls != Tls::none)
            node.error("a server with several addresses has a name of its own, and the certificates are for "
                       "'localhost': leave 'tls' out");
    }

    void read_log_in(const YamlReader& node) {
        if (node.is_list() && node.items().empty())
            node.error("the list is empty; leave 'auth' out where nobody has to log in");
        for (const YamlReader& item : bounded_items(node)) {
            const auto method = item.read(
                [this](std::string_view text) { return parse_log_in(text, scenario_.protocol); }, "a log-in method");
            auto& methods = scenario_.server.auth;
            if (!method)
                continue;
            if (std::find(methods.begin(), methods.end(), *method) != methods.end())
                item.error(fmt::format("'{}' is there twice", to_string(*method)));
            else
                methods.push_back(*method);
        }
    }

    void read_xfail() {
        const auto node = setting("xfail");
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

    // A script is its own server, and says itself what goes wrong.
    void read_script(const YamlReader& node) {
        for (const std::string_view other : {"fault", "faults", "server", "articles", "groups"})
            if (const auto both = body_.find(other))
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
        for (const YamlReader* level : {&body_, &file_}) {
            const auto one = level->find("fault");
            const auto many = level->find("faults");
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
            if (scenario_.faults.size() == 1 && scenario_.faults.front().optional)
                (one ? *one : many->items().front())
                    .at("optional")
                    .error("without its only fault a scenario tests nothing, so it has to happen");
            return;
        }
        body_.error("'fault' is missing, here and at file level; say 'fault: none' for a healthy run");
    }

    void read_one_fault(const YamlReader& node) {
        if (node.is_list())
            node.error("'fault' is one fault; say 'faults' for a list");
        else if (node.is_text() && node.text() == "none")
            is_healthy_ = true;
        else
            read_fault(node);
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
            fault.address = read_address(*address);
        if (const auto probability = node.find("p"))
            fault.probability = probability->read(parse_probability, "a probability").value_or(1);
        if (const auto optional = node.find("optional"))
            fault.optional = optional->read(parse_flag, "true or false").value_or(false);
        if (const auto condition = node.find("if"))
            fault.only_if = read_condition(*condition, point);
        scenario_.faults.push_back(std::move(fault));
    }

    // One of the server's, from 1.
    std::optional<std::uint32_t> read_address(const YamlReader& node) const {
        const auto address = node.read(parse_address, "a number");
        if (!address)
            return std::nullopt;
        const std::uint32_t count = scenario_.server.addresses;
        if (count == 1)
            node.error("the server has one address; say for example 'server: {addresses: 2}'");
        else if (*address > count)
            node.error(fmt::format("the server has {} addresses, so there is no address {}", count, *address));
        return *address;
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

    // A scenario's `expect` replaces single keys of the file's.
    void read_expectation() {
        for (const YamlReader* level : {&body_, &file_}) {
            const auto node = level->find("expect");
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
        check_expectation();
    }

    void read_tried_addresses(const YamlReader& node) {
        auto& tried = scenario_.expect.addresses;
        if (node.is_list() && node.items().empty())
            node.error("the list is empty; say 'any' to ask for nothing");
        for (const YamlReader& item : bounded_items(node)) {
            const auto address = read_address(item);
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
    void check_expectation() const {
        const auto rows = key_rows(Object::expect);
        if (std::none_of(rows.begin(), rows.end(), [this](const KeyRow& row) { return expected(row.name); })) {
            body_.error("nothing is expected, so nothing is checked; say for example 'expect: {result: temp}'");
            return;
        }
        if (const auto node = expected("stored"); node && !uploads())
            node->error(fmt::format("the operation '{}' stores nothing; say 'received', or 'stored: any'",
                                    to_string(scenario_.operation)));
        if (const auto node = expected("received"); node && uploads())
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

    const YamlReader& body_;
    const YamlReader& file_;
    Scenario& scenario_;
    std::vector<YamlReader> expected_;
    bool is_healthy_ = false;
};

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
            ScenarioReader(own, shared, scenario).read();
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
