#include "fakeserver/scenario/setup_reader.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "fakeserver/scenario/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

constexpr std::uint64_t largest_message = std::uint64_t{1} << 30;
constexpr std::uint64_t least_buffer = std::uint64_t{4} << 10;
constexpr std::uint64_t largest_buffer = std::uint64_t{1} << 20;
constexpr std::uint64_t most_recipients = 10'000;
constexpr std::uint64_t most_articles = 100'000;

Result<std::uint64_t> parse_message_size(std::string_view text) {
    auto size = parse_size(text);
    if (size && *size > largest_message)
        return Result<std::uint64_t>::failed(fmt::format("a message has at most 1GiB, got '{}'", shown(text)));
    return size;
}

// Less than a command is none, and with more no client is held up.
Result<std::uint64_t> parse_buffer(std::string_view text) {
    auto size = parse_size(text);
    if (size && (*size < least_buffer || *size > largest_buffer))
        return Result<std::uint64_t>::failed(
            fmt::format("a server's buffer has from 4KiB to 1MiB, got '{}'", shown(text)));
    return size;
}

class SetupReader {
public:
    SetupReader(const Levels& levels, Scenario& scenario) : levels_(levels), scenario_(scenario) {}

    void read() {
        read_message();
        read_articles();
        read_groups();
        read_server();
    }

private:
    void read_message() {
        const auto node = levels_.find("message");
        if (!node || !node->expect_map("{size: 16MiB}"))
            return;
        expect_keys_of(*node, Object::message);
        if (!uploads(scenario_) && levels_.body().find("message"))
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
        const auto node = levels_.find("articles");
        if (!node)
            return;
        if (uploads(scenario_) && levels_.body().find("articles"))
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
        const auto node = levels_.find("groups");
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
        if (!uploads(scenario_) && !groups.empty() && groups.front().articles == 0)
            node->error(
                fmt::format("the client reads in the first group, '{}', which has no article", groups.front().name));
    }

    void read_server() {
        const auto node = levels_.find("server");
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

    const Levels& levels_;
    Scenario& scenario_;
};

} // namespace

void read_setup(const Levels& levels, Scenario& scenario) { SetupReader(levels, scenario).read(); }

} // namespace postfault::scenario
