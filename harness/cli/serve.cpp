#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/transcript.hpp"
#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/process/limits.hpp"
#include "harness/suite/corpus.hpp"
#include "harness/suite/one_server.hpp"
#include "harness/suite/stage.hpp"
#include "harness/suite/suite.hpp"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

namespace postfault::cli {

namespace {

struct ServeOptions {
    std::vector<std::string> scenarios;
    std::string listen = "127.0.0.1:0";
    std::string timeout;
    std::string root_file;
    std::uint64_t seed = 0;
    bool one_port = false;
    bool names = false;
};

std::optional<asio::ip::tcp::endpoint> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos)
        return std::nullopt;
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, port);
    error_code error;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
    if (wrong != std::errc{} || stop != end || error)
        return std::nullopt;
    return asio::ip::tcp::endpoint(address, port);
}

bool write_file(const std::string& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    return static_cast<bool>(file.flush());
}

// Prints what happens as it happens.
void tell(journal::Journal& journal, const std::string& prefix) {
    const auto live = std::make_shared<journal::LiveTranscript>();
    journal.on_event([prefix, live](const journal::Event& event) {
        if (const std::string lines = live->lines(event); !lines.empty()) {
            fmt::print("{}{}", prefix, lines);
            std::fflush(stdout);
        }
    });
}

void print_listening(scenario::Protocol protocol, const asio::ip::tcp::endpoint& address, const std::string& what) {
    fmt::print("listening {} {}:{}   {}\n", to_string(protocol), address.address().to_string(), address.port(), what);
}

// The scenarios by protocol, for one server each.
using Families = std::map<scenario::Protocol, std::vector<const scenario::Scenario*>>;

Families families_of(const std::vector<scenario::Scenario>& scenarios) {
    Families families;
    for (const scenario::Scenario& scenario : scenarios)
        families[scenario.protocol].push_back(&scenario);
    return families;
}

void print_menu(const suite::Menu& menu) {
    for (const suite::Menu::Entry& entry : menu.entries()) {
        const std::string how = entry.why_not.empty() ? fmt::format("{}", fmt::join(entry.means, ", "))
                                                      : "not on a shared port: " + entry.why_not;
        fmt::print("  {:<40}  {}   {}\n", entry.word, how, entry.scenario->id);
    }
}

class Serving {
public:
    Serving(const ServeOptions& options, tls::Authority& authority)
        : options_(options), authority_(authority), signals_(context_, SIGINT, SIGTERM) {}

    // False after a complaint.
    bool open(const std::vector<scenario::Scenario>& scenarios, const asio::ip::tcp::endpoint& endpoint,
              Duration limit) {
        try {
            if (options_.one_port)
                for (const auto& [protocol, family] : families_of(scenarios))
                    open_for_all(protocol, family, endpoint, limit);
            else
                for (const scenario::Scenario& scenario : scenarios)
                    open_for(scenario, endpoint, limit, scenarios.size() > 1);
        } catch (const boost::system::system_error& error) {
            complain(fmt::format("cannot listen on {}: {}", options_.listen, error.code().message()));
            return false;
        }
        return true;
    }

    void run() {
        std::fflush(stdout);
        signals_.async_wait([&](const error_code&, int) {
            for (const auto& stage : stages_)
                stage->server().stop();
            for (const auto& server : servers_)
                server->server().stop();
            context_.stop();
        });
        context_.run();
    }

private:
    void open_for_all(scenario::Protocol protocol, const std::vector<const scenario::Scenario*>& family,
                      const asio::ip::tcp::endpoint& endpoint, Duration limit) {
        servers_.push_back(std::make_unique<suite::OneServer>(context_, family, endpoint, limit, options_.seed));
        suite::OneServer& opened = *servers_.back();
        const auto address = opened.server().address();
        print_listening(protocol, address, fmt::format("{} scenarios, chosen by what a client says", family.size()));
        print_menu(opened.menu());
        tell(opened.journal(), fmt::format("{} ", address.port()));
    }

    void open_for(const scenario::Scenario& scenario, const asio::ip::tcp::endpoint& endpoint, Duration limit,
                  bool is_one_of_many) {
        suite::StageSettings settings;
        settings.listen = endpoint;
        settings.limit = limit;
        settings.seed = options_.seed;
        settings.token = "serve";
        settings.authority = &authority_;
        stages_.push_back(std::make_unique<suite::Stage>(context_, scenario, std::move(settings)));
        suite::Stage& opened = *stages_.back();
        const auto address = opened.server().address();
        const auto addresses = opened.server().addresses();
        for (std::size_t i = 0; i < addresses.size(); ++i)
            print_listening(scenario.protocol, addresses[i],
                            addresses.size() == 1 ? scenario.id : fmt::format("{} (address {})", scenario.id, i + 1));
        opened.journal().keep_nothing();
        tell(opened.journal(), is_one_of_many ? fmt::format("{} ", address.port()) : std::string{});
    }

    const ServeOptions& options_;
    tls::Authority& authority_;
    asio::io_context context_;
    // Before anything is printed: who has read the port may end us at once.
    asio::signal_set signals_;
    std::vector<std::unique_ptr<suite::Stage>> stages_;
    std::vector<std::unique_ptr<suite::OneServer>> servers_;
};

int serve(const ServeOptions& options) {
    const auto endpoint = parse_endpoint(options.listen);
    if (!endpoint) {
        complain(fmt::format("--listen: expected ADDRESS:PORT such as 127.0.0.1:2525, got '{}'", options.listen));
        return input_is_wrong;
    }
    Duration limit = suite::default_limit;
    if (!options.timeout.empty()) {
        const auto given = parse_duration(options.timeout);
        if (!given) {
            complain("--timeout: " + given.problem());
            return input_is_wrong;
        }
        limit = *given;
    }
    Diagnostics diagnostics;
    const suite::Corpus corpus = suite::load_corpus(options.scenarios, diagnostics);
    if (print(diagnostics))
        return input_is_wrong;
    if (options.names) {
        for (const auto& [protocol, family] : families_of(corpus.scenarios)) {
            fmt::print("{}\n", to_string(protocol));
            print_menu(suite::Menu(family));
        }
        return all_as_expected;
    }
    const std::size_t servers = options.one_port ? families_of(corpus.scenarios).size() : corpus.scenarios.size();
    if (servers > 1 && endpoint->port() != 0) {
        complain(options.one_port
                     ? fmt::format("{} protocols cannot share port {}; give scenarios of one, or port 0", servers,
                                   endpoint->port())
                     : fmt::format("{} scenarios cannot share port {}; give one scenario (FILE::NAME), port 0, or "
                                   "--one-port, where clients choose",
                                   servers, endpoint->port()));
        return input_is_wrong;
    }
    tls::Authority authority(std::time(nullptr));
    if (!options.root_file.empty() && !write_file(options.root_file, authority.root_pem())) {
        complain(fmt::format("cannot write {}", options.root_file));
        return harness_cannot_work;
    }
    process::raise_descriptor_limit();
    Serving serving(options, authority);
    if (!serving.open(corpus.scenarios, *endpoint, limit))
        return harness_cannot_work;
    serving.run();
    return all_as_expected;
}

} // namespace

Action add_serve(CLI::App& app, const Invocation&) {
    auto options = std::make_shared<ServeOptions>();
    app.add_option("SCENARIO", options->scenarios, "Scenario files or folders, or FILE::NAME for one scenario")
        ->required();
    app.add_flag("--one-port", options->one_port,
                 "One port for all scenarios of a protocol; a client chooses by naming one of them");
    app.add_flag("--names", options->names, "Only print by which words clients can choose with --one-port");
    app.add_option("--listen", options->listen, "Address and port; port 0 takes a free one")->capture_default_str();
    app.add_option("--timeout", options->timeout, "What T stands for in the scenario, e.g. 10s (default 2s)");
    app.add_option("--root", options->root_file, "Writes the root behind the server's certificates here (PEM)");
    app.add_option("--seed", options->seed, "For what the scenario leaves to chance")->capture_default_str();
    return [options] { return serve(*options); };
}

} // namespace postfault::cli
