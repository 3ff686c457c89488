#include "harness/suite/run.hpp"

#include "fakeserver/base/file.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/fault/admission.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/measure.hpp"
#include "harness/suite/compare.hpp"
#include "harness/suite/heartbeat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace postfault::suite {

namespace {

using namespace std::chrono_literals;
using Kind = journal::Event::Kind;

// The client's end closes its sockets, and over loopback we hear of it at once; more than that means that somebody else
// holds them.
constexpr Duration farewell = 1s;

// So that the look at the client's sockets after its return finds it alive even on a busy machine.
constexpr Duration beyond_grace = 1s;

constexpr std::uint64_t first_flood_look = std::uint64_t{1} << 20;

constexpr std::size_t most_delivered = std::size_t{64} << 20;

// Of a server with several addresses. Nobody has this name (RFC 6761 6.2), so only a client that was told finds it.
constexpr const char* name_of_several = "mail.example.test";

constexpr const char* root_file = "root.pem";

std::string file_of(const std::filesystem::path& folder, std::string_view stem, std::size_t operation) {
    return (folder / fmt::format("{}-{}.txt", stem, operation + 1)).string();
}

void write(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    // Some clients refuse a configuration file that others could read.
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

std::string without_brackets(const std::string& id) { return id.size() > 2 ? id.substr(1, id.size() - 2) : id; }

std::vector<std::string> environment_of(const client::Profile& profile, const client::Values& values,
                                        const std::string& home, const RunPlan& plan) {
    const char* path = std::getenv("PATH");
    std::map<std::string, std::string> all{
        {"HOME", home},
        {"TMPDIR", home},
        {"USER", "postfault"},
        {"LOGNAME", "postfault"},
        {"LANG", "C.UTF-8"},
        {"TERM", "dumb"},
        {"TZ", "UTC"},
        {"POSTFAULT_RUN", plan.token},
        {"PATH", plan.program_folder + ":" + (path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path)},
    };
    // Sanitizer settings belong to the build under test, not to the person at the keyboard.
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"})
        if (const char* value = std::getenv(name))
            all[name] = value;
    for (const auto& [name, text] : profile.environment)
        all[name] = client::filled(text, values);
    std::vector<std::string> environment;
    environment.reserve(all.size());
    for (const auto& [name, value] : all)
        environment.push_back(fmt::format("{}={}", name, value));
    return environment;
}

} // namespace

Run::Run(asio::io_context& context, RunPlan plan, const Heartbeat& heartbeat, Roots& roots)
    : context_(context), plan_(std::move(plan)), scenario_(*plan_.scenario),
      profile_(plan_.profile->operations.at(scenario_.operation)), heartbeat_(heartbeat), roots_(roots),
      connection_ended_(context) {}

Run::~Run() = default;

asio::awaitable<judge::RunRecord> Run::execute() {
    auto home = process::Home::create();
    if (!home) {
        record_.harness_trouble = home.problem();
        report_started();
        co_return record();
    }
    home_.emplace(home.take());
    StageSettings settings;
    settings.limit = plan_.limit;
    settings.seed = plan_.seed;
    settings.token = plan_.token;
    settings.authority = plan_.authority;
    settings.before_command = [this] {
        if (client_)
            client_->read_output_now();
    };
    settings.on_connection_ended = [this] { connection_ended_.notify(); };
    try {
        stage_ = std::make_unique<Stage>(context_, scenario_, std::move(settings));
        stage_->journal().on_event([this](const journal::Event& event) { on_event(event); });
        write_files();
    } catch (const std::exception& error) {
        record_.harness_trouble = error.what();
    }
    for (const Task& task : tasks()) {
        if (!record_.harness_trouble.empty() || record_.cut_off)
            break;
        co_await perform(task);
    }
    report_started();
    if (stage_) {
        co_await wait_for_connections();
        stage_->server().stop();
    }
    co_return record();
}

void Run::interrupt() {
    record_.cut_off = true;
    if (client_)
        client_->interrupt();
}

client::Values Run::values_for(std::size_t operation) const {
    const auto& home = home_->path();
    std::vector<std::string> addresses;
    for (const auto& endpoint : stage_->server().addresses())
        addresses.push_back(endpoint.address().to_string());
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(plan_.limit).count();
    const std::string& id = stage_->letters().at(operation).message_id;
    return {
        {"host", addresses.size() > 1 ? name_of_several : addresses.front()},
        {"addresses", joined(addresses, ",")},
        {"port", std::to_string(stage_->server().address().port())},
        {"timeout", to_string(plan_.limit)},
        {"timeout_s", std::to_string((milliseconds + 999) / 1000)},
        {"timeout_ms", std::to_string(milliseconds)},
        {"hold", to_string(judge::grace(plan_.limit) + beyond_grace)},
        {"from", sender},
        {"to", recipient(1)},
        {"user", user},
        {"password", password},
        {"message", file_of(home, "message", operation)},
        {"group", group_of(scenario_)},
        {"article", id},
        {"article_bare", without_brackets(id)},
        {"output", file_of(home, "article", operation)},
        {"ca_file", (home / root_file).string()},
        {"host_name", tls::Authority::host_name},
        {"home", home.string()},
    };
}

void Run::write_files() const {
    for (std::size_t i = 0; i < stage_->letters().size(); ++i)
        if (row_of(scenario_.operation).uploads)
            write(file_of(home_->path(), "message", i), stage_->letters()[i].text);
    if (plan_.authority != nullptr)
        write(home_->path() / root_file, plan_.authority->root_pem());
    for (const auto& [name, text] : plan_.profile->files)
        write(home_->path() / name, client::filled(text, values_for(0)));
}

std::vector<std::string> Run::words_for(const client::OperationProfile& operation, const client::Values& values) const {
    std::vector<std::string> words;
    for (const std::string& word : operation.command) {
        if (word == "{login}") {
            if (!scenario_.server.auth.empty() && operation.login)
                for (std::string& part : client::filled(*operation.login, values))
                    words.push_back(std::move(part));
            continue;
        }
        if (word == "{tls}") {
            if (const auto found = operation.tls.find(scenario_.server.tls); found != operation.tls.end())
                for (std::string& part : client::filled(found->second, values))
                    words.push_back(std::move(part));
            continue;
        }
        if (word == "{resolve}") {
            if (scenario_.server.addresses > 1 && operation.resolve)
                for (std::string& part : client::filled(*operation.resolve, values))
                    words.push_back(std::move(part));
            continue;
        }
        if (word != "{recipients}") {
            words.push_back(client::filled(word, values));
            continue;
        }
        client::Values each = values;
        for (std::uint32_t number = 1; number <= scenario_.message.recipients; ++number) {
            each["to"] = recipient(number);
            for (std::string& part : client::filled(operation.recipient, each))
                words.push_back(std::move(part));
        }
    }
    for (const std::string& extra : plan_.profile->extra_arguments)
        words.push_back(extra);
    return words;
}

std::vector<Run::Task> Run::tasks() const {
    std::vector<Task> all;
    if (!stage_)
        return all;
    Duration wait{0};
    std::size_t operation = 0;
    for (const scenario::Step& step : scenario_.steps) {
        if (!step.operation) {
            wait += step.wait.at(plan_.limit);
            continue;
        }
        for (std::uint32_t time = 0; time < step.count; ++time)
            add_operation(all, operation++, std::exchange(wait, Duration{0}));
    }
    return all;
}

void Run::add_operation(std::vector<Task>& all, std::size_t operation, Duration wait) const {
    client::Values values = values_for(operation);
    values["wait"] = to_string(wait);
    if (all.empty() || profile_.next.empty()) {
        all.push_back({{operation}, wait, words_for(profile_, values), client::filled(profile_.stdin_file, values)});
        return;
    }
    Task& task = all.back();
    task.operations.push_back(operation);
    if (wait > Duration{0})
        for (std::string& word : client::filled(profile_.wait, values))
            task.words.push_back(std::move(word));
    for (std::string& word : client::filled(profile_.next, values))
        task.words.push_back(std::move(word));
}

asio::awaitable<void> Run::perform(const Task& task) {
    co_await rest(task.wait_before);
    ClientProcessSettings settings;
    settings.spawn.argv = task.words;
    settings.spawn.env =
        environment_of(*plan_.profile, values_for(task.operations.front()), home_->path().string(), plan_);
    settings.spawn.working_directory = home_->path().string();
    settings.spawn.stdin_file = task.stdin_file;
    settings.spawn.watch_connects = true;
    settings.spawn.descriptor_limit = plan_.descriptor_limit;
    settings.marker = plan_.token;
    settings.port = stage_->server().address().port();
    settings.returned = plan_.profile->returned;
    settings.operations = task.operations.size();
    settings.patience = plan_.patience.value_or(plan_.limit * 3 + 5s);
    settings.time_lost = [this] { return heartbeat_.time_lost(); };
    settings.grace = judge::grace(plan_.limit);
    settings.keep_stdout = profile_.delivered == "stdout" ? most_delivered : 0;
    settings.on_connect_attempt = [this](const std::string& address) {
        stage_->server().on_connect_attempt(address);
        report_started();
    };
    settings.on_returned = [this] { on_returned(); };

    client_ = std::make_shared<ClientProcess>(context_, stage_->time(), roots_, std::move(settings));
    if (const std::string problem = client_->start(); !problem.empty()) {
        record_.harness_trouble = problem;
        co_return;
    }
    co_await client_->wait();
    record_.cut_off = record_.cut_off || client_->cut_off();
    if (profile_.delivered == "stdout" && !row_of(scenario_.operation).uploads)
        write(file_of(home_->path(), "article", task.operations.front()), client_->stdout_bytes());
    const auto result_of = [this](const observe::ProcessEnd& end) {
        const auto& results = plan_.profile->results;
        const int status = end.exit.value_or(-1);
        if (const auto found = results.find(status); found != results.end())
            return std::string(to_string(found->second));
        return std::string(to_string(status == 0 ? scenario::ResultWord::ok : plan_.profile->other_result));
    };
    record_.clients.push_back(client_->take_observation(result_of));
    client_.reset();
    if (!record_.clients.back().connects_watched && transport::Server::needs_announced_connects(scenario_))
        record_.harness_trouble =
            "this scenario counts refused connections, and connect() of this client cannot be watched here";
    // Whatever it has not said by a line, its end has said.
    while (returned_ < task.operations.back() + 1)
        on_returned();
}

void Run::on_event(const journal::Event& event) {
    // A client that takes long to get to the fault has its whole patience from there on; a fault that happens again and
    // again must not keep it alive for ever.
    if (event.kind == Kind::fault_fired && faults_seen_.insert(event.count).second && client_)
        client_->renew_patience();
    if (client_)
        follow_flood(event);
}

// Looks at the client's memory when endless input begins, each time that it has doubled, and when the client has had
// enough: short floods are seen too, and long ones cost a dozen looks.
void Run::follow_flood(const journal::Event& event) {
    const auto floods = [](const scenario::Action& action) { return std::holds_alternative<scenario::Flood>(action); };
    if (event.kind == Kind::fault_fired && event.count < scenario_.faults.size()) {
        const auto& actions = scenario_.faults[static_cast<std::size_t>(event.count)].actions;
        if (std::any_of(actions.begin(), actions.end(), floods)) {
            flood_ = Flood{event.connection, 0, first_flood_look};
            client_->look("flood");
        }
        return;
    }
    if (!flood_ || event.connection != flood_->connection)
        return;
    if (event.kind == Kind::sent) {
        flood_->octets += event.count;
        if (flood_->octets < flood_->next_look)
            return;
        flood_->next_look *= 2;
        client_->look("flood", flood_->octets);
    } else if (event.kind == Kind::client_fin || event.kind == Kind::client_reset ||
               event.kind == Kind::server_closed) {
        if (flood_->octets > 0)
            client_->look("flood", flood_->octets);
        flood_.reset();
    }
}

void Run::on_returned() {
    report_started();
    if (++returned_ != scenario::operations_of_first_step(scenario_))
        return;
    // Faults belong to the first step alone, and a client's FIN behind data that nobody reads must come to light.
    stage_->server().disarm();
    stage_->server().resume_reading();
}

asio::awaitable<void> Run::rest(Duration duration) {
    if (duration <= Duration{0})
        co_return;
    asio::steady_timer timer(context_, duration);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> Run::wait_for_connections() {
    stage_->server().resume_reading();
    const Instant until = stage_->time().now() + farewell;
    while (!stage_->server().all_ended() && stage_->time().now() < until)
        co_await connection_ended_.wait(stage_->time().to_steady(until));
}

void Run::report_started() {
    if (on_started_)
        std::exchange(on_started_, {})();
}

judge::RunRecord Run::record() {
    judge::RunRecord record = std::move(record_);
    record.id = scenario_.id;
    record.client = plan_.profile->name;
    record.seed = plan_.seed;
    record.limit = plan_.limit;
    record.patience = plan_.patience.value_or(plan_.limit * 3 + 5s);
    record.repeat = plan_.repeat;
    record.abilities.limit_known = plan_.profile->limit != client::Profile::Limit::unknown;
    record.abilities.returns_by_line = !plan_.profile->returned.empty();
    record.abilities.steps_in_one_process = !profile_.next.empty();
    record.abilities.ok_means_queued = plan_.profile->ok_means_queued;
    record.abilities.delivery_visible = !profile_.delivered.empty();
    record.abilities.delivers_as_stream = profile_.delivered == "stdout";
    record.abilities.results = plan_.profile->result_words();
    if (!stage_)
        return record;
    record.journal = stage_->journal().events();
    record.lateness = heartbeat_.since_start_of(stage_->time());
    if (record.harness_trouble.empty()) {
        add_inferred_fault(record);
        add_copies(record);
    }
    return record;
}

void Run::add_inferred_fault(judge::RunRecord& record) const {
    const auto is = [](Kind kind) { return [kind](const journal::Event& event) { return event.kind == kind; }; };
    const auto& events = record.journal;
    if (std::any_of(events.begin(), events.end(), is(Kind::fault_fired)) ||
        std::any_of(events.begin(), events.end(), is(Kind::connected)) || record.clients.empty() || record.cut_off)
        return;
    const fault::ConnectPlan plan = fault::plan_connect(scenario_, 1, 1, Rng(plan_.seed));
    if (plan.admission != fault::Admission::refuse || record.clients.front().connects_watched)
        return;
    // The kernel refuses without telling us. The healthy runs have shown that this client connects when it is asked to.
    journal::Event event;
    event.kind = Kind::fault_fired;
    event.at = record.clients.front().started;
    event.last = event.at;
    event.connection = 1;
    event.text = "connect: refuse (inferred: the client ended without a connection)";
    event.count = *plan.fault;
    record.journal.push_back(std::move(event));
}

std::optional<std::size_t> Run::letter_of(const protocol::Stored& stored) const {
    const auto& letters = stage_->letters();
    for (std::size_t number = 0; number < letters.size(); ++number)
        if (stored.message_id == letters[number].message_id)
            return number;
    // A client may have made a message-id of its own; ours is then somewhere else in the text.
    for (std::size_t number = 0; number < letters.size(); ++number)
        if (stored.content.find(letters[number].message_id) != std::string::npos)
            return number;
    return std::nullopt;
}

void Run::add_copies(judge::RunRecord& record) const {
    std::vector<const journal::Event*> events;
    for (const journal::Event& event : record.journal)
        if (event.kind == Kind::stored)
            events.push_back(&event);
    const auto& stored = stage_->service().stored();
    for (std::size_t i = 0; i < stored.size(); ++i) {
        judge::StoredCopy copy;
        copy.message_id = stored[i]->message_id;
        copy.octets = stored[i]->content.size();
        copy.recipients = stored[i]->recipients;
        copy.step = judge::StoredCopy::npos;
        if (i < events.size()) {
            copy.at = events[i]->at;
            copy.connection = events[i]->connection;
        }
        if (const auto step = letter_of(*stored[i])) {
            const Comparison comparison = compare_stored(stage_->letters()[*step].text, stored[i]->content);
            copy.step = *step;
            copy.match = comparison.match;
            copy.detail = comparison.detail;
        } else {
            const auto& letters = stage_->letters();
            copy.smuggled = std::any_of(letters.begin(), letters.end(), [&](const Letter& letter) {
                return !letter.smuggled_id.empty() && letter.smuggled_id == copy.message_id;
            });
        }
        record.stored.push_back(std::move(copy));
    }
    if (row_of(scenario_.operation).uploads || profile_.delivered.empty())
        return;
    for (std::size_t step = 0; step < stage_->letters().size(); ++step) {
        judge::DeliveredCopy copy;
        copy.step = step;
        if (const auto bytes = read_file(file_of(home_->path(), "article", step), most_delivered);
            bytes && !bytes->empty()) {
            const Comparison comparison = compare_delivered(stage_->letters()[step].text, *bytes);
            copy.present = true;
            copy.octets = bytes->size();
            copy.match = comparison.match;
            copy.detail = comparison.detail;
        }
        record.delivered.push_back(std::move(copy));
    }
}

} // namespace postfault::suite
