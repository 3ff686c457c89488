#include "client_under_test/cli/settings.hpp"

#include "client_under_test/cli/exit_status.hpp"
#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "client_under_test/driver/operation.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <semaphore>
#include <thread>

namespace refclient {

namespace {

// A message given to throw and not to return: CLI11 prints it with the usage.
CLI::ValidationError bad(const std::string& option, const std::string& text) {
    return CLI::ValidationError(option, text);
}

void add_login_settings(CLI::App& command, Settings& settings) {
    const auto check = [](const std::string& text) {
        return is_word(text) ? std::string{} : std::string{"it must be a word, without blanks"};
    };
    CLI::Option* user =
        command.add_option("--user", settings.user, "log in with this name")->type_name("NAME")->check(check);
    command.add_option("--password", settings.password, "and this password")
        ->type_name("PASSWORD")
        ->check(check)
        ->needs(user);
}

} // namespace

Policy Settings::policy() const {
    Policy policy;
    policy.retry = retry;
    policy.caps.article = max_article;
    policy.tls = tls;
    policy.channel.ca_file = ca_file;
    policy.socket_buffers = socket_buffers;
    if (!user.empty())
        policy.login = Login{user, password};
    if (timeout)
        policy.limits.set_all(*timeout);
    for (const std::string& name : defects)
        find_defect(name)->plant(policy);
    return policy;
}

void add_settings(CLI::App& command, Settings& settings) {
    command
        .add_option_function<std::string>(
            "--server",
            [&settings](const std::string& text) {
                const auto endpoint = parse_endpoint(text);
                if (!endpoint)
                    throw bad("--server",
                              fmt::format("'{}' is not HOST:PORT; an IPv6 address needs brackets: [::1]:25", text));
                settings.server = *endpoint;
            },
            "the server: NAME:PORT, ADDRESS:PORT or [IPV6]:PORT")
        ->required()
        ->type_name("HOST:PORT");
    command
        .add_option_function<std::vector<std::string>>(
            "--resolve",
            [&settings](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) {
                    auto entry = parse_host_entry(text);
                    if (!entry)
                        throw bad("--resolve", fmt::format("'{}' is not NAME=ADDRESS,ADDRESS", text));
                    settings.known_hosts.push_back(*std::move(entry));
                }
            },
            "addresses of a name, in the order to try them; nobody else is asked about it. May be repeated")
        ->allow_extra_args(false)
        ->take_all()
        ->type_name("NAME=ADDRESS,…");
    command
        .add_option_function<std::string>(
            "--timeout",
            [&settings](const std::string& text) {
                settings.timeout = read_duration("--timeout", text);
                if (*settings.timeout == Duration{0})
                    throw bad("--timeout", "no time at all is too short");
            },
            "limit for every single wait: connecting, each reply, each block of data. Default: the values of RFC 5321 "
            "4.5.3.2, from 2min to 10min; for the reply to QUIT never more than 30s")
        ->type_name("DURATION");
    command
        .add_option_function<std::string>(
            "--hold", [&settings](const std::string& text) { settings.hold = read_duration("--hold", text); },
            "after the last operation stay alive that long, doing nothing")
        ->type_name("DURATION");
    const std::map<std::string, TlsMode> modes{
        {"none", TlsMode::none}, {"starttls", TlsMode::starttls}, {"implicit", TlsMode::implicit}};
    command
        .add_option("--tls", settings.tls,
                    "none, starttls (the connection is upgraded by a command) or implicit (TLS from the first octet). "
                    "With the last two it is TLS or nothing")
        ->type_name("MODE")
        ->transform(CLI::CheckedTransformer(modes).description(""))
        ->default_str("none");
    command
        .add_option("--ca", settings.ca_file,
                    "a file with the certificates (PEM) of those who may vouch for the server; default: the system's")
        ->type_name("FILE")
        ->check([](const std::string& name) { return tls::trouble_with_ca_file(name); });
    command
        .add_option_function<std::size_t>(
            "--socket-buffers", [&settings](const std::size_t& octets) { settings.socket_buffers = octets; },
            "what the system keeps of each direction of the connection, as on a small device. Default: the system's")
        ->transform(CLI::AsSizeValue(false).description("") & CLI::Range(1024, 1 << 30).description(""))
        ->type_name("SIZE");
    add_login_settings(command, settings);
    command.add_option("--defect", settings.defects, "make this classic mistake; see `refclient defects`")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->check([](const std::string& name) {
            return find_defect(name) != nullptr
                       ? std::string{}
                       : fmt::format("there is no defect '{}'; `refclient defects` lists them", name);
        });
    command.add_flag("--verbose", settings.verbose, "show the conversation on standard error");
}

void add_retry_settings(CLI::App& command, Settings& settings) {
    command
        .add_option(
            "--retries", settings.retry.more,
            "how often to try again if the connection was refused or lost, or the server closed it with a notice")
        ->type_name("N")
        ->check(CLI::Range(0, 1000).description(""));
    command
        .add_option_function<std::string>(
            "--backoff",
            [&settings](const std::string& text) {
                settings.retry.first_pause = read_duration("--backoff", text);
                if (settings.retry.first_pause == Duration{0})
                    throw bad("--backoff", "without a pause a server in trouble gets no rest");
            },
            "pause before the first new attempt; each further one is twice as long. Default: 1min")
        ->type_name("DURATION");
}

Duration read_duration(const std::string& option, const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration)
        throw bad(
            option,
            fmt::format("'{}' is not a duration; it needs a number and a unit: 100us, 250ms, 1.5s, 2min, 1h", text));
    return *duration;
}

void Schedule::add_to(CLI::App& command, const std::string& option, const std::string& help) {
    item_option_ = command.add_option(option, items_, help)->required()->type_name("FILE");
    wait_option_ =
        command.add_option("--wait", waits_, "pause between two operations; may be repeated")
            ->type_name("DURATION")
            ->allow_extra_args(false)
            ->check([](const std::string& text) {
                return parse_duration(text) ? std::string{} : fmt::format("'{}' is not a duration such as 250ms", text);
            });
}

int Schedule::run(const CLI::App& command, const Settings& settings, const Work& work, const Pause& pause) const {
    int status = exit_status::ok;
    std::size_t item = 0;
    std::size_t wait = 0;
    // One operation at a time.
    const Turn ends = settings.policy().habits.turn;
    std::binary_semaphore turn{1};
    for (const CLI::Option* option : command.parse_order()) {
        if (option == wait_option_) {
            const Duration duration = *parse_duration(waits_[wait++]);
            if (pause)
                pause(duration);
            else
                let_pass(duration);
        }
        if (option != item_option_)
            continue;
        turn.acquire();
        const Result result = work(item++);
        if (ends == Turn::always_ends || result.outcome == Outcome::ok)
            turn.release();
        // Whoever watches must see the moment at which the operation returned, not the one at which a buffer was full.
        fmt::print("returned {}: {}\n", to_text(result.outcome), result.text);
        std::fflush(stdout);
        status = combine(status, result.outcome);
    }
    let_pass(settings.hold);
    return status;
}

void let_pass(Duration duration) { std::this_thread::sleep_for(duration); }

void show(char direction, std::string_view line) {
    fmt::print(stderr, "{} {}\n", direction, printable(line, 1000));
    std::fflush(stderr);
}

Result hold_conversation(Conversation& conversation, const Settings& settings, Policy& policy) {
    if (settings.verbose)
        conversation.set_trace(show);
    Result result = run(conversation, settings.endpoint(), policy);
    if (policy.habits.limits_hold == LimitsHold::until_the_first_time_out && conversation.ending() == Ending::timed_out)
        policy.limits.remove_all();
    return result;
}

std::string read_file(const std::string& name) {
    std::ifstream file{name, std::ios::binary};
    std::string content;
    // By blocks: a pipe has no size to ask for.
    std::array<char, std::size_t{64} << 10> block; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    while (file.read(block.data(), block.size()) || file.gcount() > 0)
        content.append(block.data(), static_cast<std::size_t>(file.gcount()));
    // A directory can be opened, but not read.
    if (!file.is_open() || file.bad()) {
        fmt::print(stderr, "refclient: cannot read {}\n", name);
        std::exit(exit_status::no_input);
    }
    return content;
}

} // namespace refclient
