#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/transcript.hpp"
#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/process/limits.hpp"
#include "harness/suite/corpus.hpp"
#include "harness/suite/stage.hpp"
#include "harness/suite/suite.hpp"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
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
    if (corpus.scenarios.size() > 1 && endpoint->port() != 0) {
        complain(fmt::format("{} scenarios cannot share port {}; give one scenario (FILE::NAME), or port 0",
                             corpus.scenarios.size(), endpoint->port()));
        return input_is_wrong;
    }

    tls::Authority authority(std::time(nullptr));
    if (!options.root_file.empty() && !write_file(options.root_file, authority.root_pem())) {
        complain(fmt::format("cannot write {}", options.root_file));
        return harness_cannot_work;
    }
    process::raise_descriptor_limit();
    asio::io_context context;
    // Before anything is printed: who has read the port may end us at once.
    asio::signal_set signals(context, SIGINT, SIGTERM);
    std::vector<std::unique_ptr<suite::Stage>> stages;
    for (const scenario::Scenario& scenario : corpus.scenarios) {
        suite::StageSettings settings;
        settings.listen = *endpoint;
        settings.limit = limit;
        settings.seed = options.seed;
        settings.token = "serve";
        settings.authority = &authority;
        try {
            stages.push_back(std::make_unique<suite::Stage>(context, scenario, std::move(settings)));
        } catch (const boost::system::system_error& error) {
            complain(fmt::format("cannot listen on {}: {}", options.listen, error.code().message()));
            return harness_cannot_work;
        }
        const auto address = stages.back()->server().address();
        const std::string prefix = corpus.scenarios.size() > 1 ? fmt::format("{} ", address.port()) : std::string{};
        fmt::print("listening {} {}:{}   {}\n", to_string(scenario.protocol), address.address().to_string(),
                   address.port(), scenario.id);
        stages.back()->journal().on_event([prefix](const journal::Event& event) {
            if (const std::string line = journal::line(event); !line.empty()) {
                fmt::print("{}{}\n", prefix, line);
                std::fflush(stdout);
            }
        });
    }
    std::fflush(stdout);
    signals.async_wait([&](const error_code&, int) {
        for (const auto& stage : stages)
            stage->server().stop();
        context.stop();
    });
    context.run();
    return all_as_expected;
}

} // namespace

Action add_serve(CLI::App& app, const Invocation&) {
    auto options = std::make_shared<ServeOptions>();
    app.add_option("SCENARIO", options->scenarios, "Scenario files, or FILE::NAME for one scenario")->required();
    app.add_option("--listen", options->listen, "Address and port; port 0 takes a free one")->capture_default_str();
    app.add_option("--timeout", options->timeout, "What T stands for in the scenario, e.g. 10s (default 2s)");
    app.add_option("--root", options->root_file, "Writes the root behind the server's certificates here (PEM)");
    app.add_option("--seed", options->seed, "For what the scenario leaves to chance")->capture_default_str();
    return [options] { return serve(*options); };
}

} // namespace postfault::cli
