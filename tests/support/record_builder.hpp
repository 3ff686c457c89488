#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/run_record.hpp"

#include <chrono>
#include <string>
#include <utility>

// Hand-made run records: what a small run would have left, a line per event. Times are from the start of the run and
// may be given in any unit.
namespace postfault::test {

using journal::Event;

inline Instant at(Duration time) { return Instant{time}; }

class RecordBuilder {
public:
    RecordBuilder() {
        record_.id = "smtp/test::scenario";
        record_.client = "refclient";
        record_.seed = 1;
        record_.limit = std::chrono::seconds(2);
        record_.patience = std::chrono::seconds(11);
        record_.abilities.limit_known = true;
        record_.abilities.returns_by_line = true;
        record_.abilities.steps_in_one_process = true;
        record_.abilities.delivery_visible = true;
        record_.abilities.results = {"ok", "temp", "perm", "uncertain"};
        record_.repeat = {"postfault", "run", "-k", "smtp/test::scenario", "--seed", "1"};
        record_.clients.emplace_back();
        record_.clients.back().command = {"refclient", "send"};
    }

    // A client that says nothing before its process ends.
    RecordBuilder& one_shot() {
        record_.abilities.returns_by_line = false;
        return *this;
    }

    RecordBuilder& event(Duration time, Event::Kind kind, int connection, std::string subject = "",
                         std::string text = "", std::uint64_t count = 0) {
        Event event;
        event.at = event.last = at(time);
        event.kind = kind;
        event.connection = connection;
        event.subject = std::move(subject);
        event.text = std::move(text);
        event.count = count;
        record_.journal.push_back(std::move(event));
        return *this;
    }

    // The address is named where the server has several.
    RecordBuilder& connect_attempt(Duration time, std::uint64_t number = 1, std::string address = "") {
        record_.clients.front().connects_watched = true;
        return event(time, Event::Kind::connect_attempt, static_cast<int>(number), std::move(address), "", number);
    }

    RecordBuilder& connected(Duration time, int connection = 1, std::string address = "") {
        return event(time, Event::Kind::connected, connection, std::move(address), "127.0.0.1:40000", 40000);
    }

    RecordBuilder& sent(Duration time, std::string bytes, int connection = 1) {
        const std::uint64_t count = bytes.size();
        return event(time, Event::Kind::sent, connection, "", std::move(bytes), count);
    }

    RecordBuilder& received(Duration time, std::string bytes, int connection = 1) {
        const std::uint64_t count = bytes.size();
        return event(time, Event::Kind::received, connection, "", std::move(bytes), count);
    }

    // The client's command, taken by the session.
    RecordBuilder& command(Duration time, const std::string& line, int connection = 1) {
        received(time, line + "\r\n", connection);
        return event(time, Event::Kind::command, connection, line.substr(0, line.find(' ')), line);
    }

    RecordBuilder& reply(Duration time, const std::string& subject, const std::string& line, int connection = 1) {
        event(time, Event::Kind::reply, connection, subject, line);
        sent(time, line + "\r\n", connection);
        return event(time, Event::Kind::reply_sent, connection, subject);
    }

    // A whole command with its answer.
    RecordBuilder& exchange(Duration time, const std::string& line, const std::string& answer, int connection = 1) {
        command(time, line, connection);
        return reply(time, line.substr(0, line.find(' ')), answer, connection);
    }

    // The greeting and everything up to the open upload.
    RecordBuilder& talk_to_data(Duration time, int connection = 1) {
        connected(time, connection).reply(time, "greeting", "220 ready", connection);
        exchange(time, "EHLO a", "250 hello", connection).exchange(time, "MAIL FROM:<a@b>", "250 ok", connection);
        return exchange(time, "RCPT TO:<c@d>", "250 ok", connection).exchange(time, "DATA", "354 go", connection);
    }

    RecordBuilder& stored(Duration time, std::size_t step = 0, int connection = 1, std::string message_id = "<1@x>",
                          judge::Match match = judge::Match::identical) {
        event(time, Event::Kind::stored, connection, message_id, std::to_string(record_.stored.size()), 120);
        judge::StoredCopy copy;
        copy.at = at(time);
        copy.connection = connection;
        copy.step = step;
        copy.message_id = std::move(message_id);
        copy.octets = 120;
        copy.match = match;
        record_.stored.push_back(std::move(copy));
        return *this;
    }

    // The last one that was stored.
    RecordBuilder& smuggled() {
        record_.stored.back().smuggled = true;
        return *this;
    }

    RecordBuilder& delivered(std::size_t step, judge::Match match, bool present = true, std::string detail = "") {
        record_.delivered.push_back({step, present, present ? 512U : 0U, match, std::move(detail)});
        return *this;
    }

    RecordBuilder& fault(Duration time, int connection = 1, std::string text = "EHLO: stall",
                         std::uint64_t number = 0) {
        return event(time, Event::Kind::fault_fired, connection, "", std::move(text), number);
    }

    RecordBuilder& server_fin(Duration time, int connection = 1) {
        return event(time, Event::Kind::server_fin, connection);
    }

    RecordBuilder& client_fin(Duration time, int connection = 1) {
        return event(time, Event::Kind::client_fin, connection);
    }

    // Says QUIT, hears the reply and closes.
    RecordBuilder& quits(Duration time, int connection = 1) {
        exchange(time, "QUIT", "221 bye", connection).server_fin(time, connection);
        return client_fin(time, connection);
    }

    RecordBuilder& client_reset(Duration time, int connection = 1) {
        return event(time, Event::Kind::client_reset, connection);
    }

    RecordBuilder& returned(Duration time, std::string result, std::string text = "", std::size_t process = 0) {
        client(process).returned.push_back({at(time), std::move(result), std::move(text)});
        return *this;
    }

    RecordBuilder& snapshot(Duration time, std::string reason, const std::string& socket_state = "",
                            std::size_t process = 0) {
        observe::Snapshot look;
        look.at = at(time);
        look.reason = std::move(reason);
        look.processes = 1;
        if (!socket_state.empty())
            look.sockets.push_back({100, 4, socket_state, 40000, 2525, 0, 0});
        client(process).snapshots.push_back(std::move(look));
        return *this;
    }

    // To the snapshot added last.
    RecordBuilder& waits(std::string call, std::string timeout) {
        record_.clients.back().snapshots.back().threads.push_back(
            {100, 100, "refclient", 'S', std::move(call), std::move(timeout)});
        return *this;
    }

    RecordBuilder& exits(Duration time, int status, std::size_t process = 0) {
        observe::ProcessEnd end;
        end.at = at(time);
        end.exit = status;
        client(process).ended = end;
        return *this;
    }

    RecordBuilder& dies(Duration time, int signal, bool by_harness = false, std::size_t process = 0) {
        observe::ProcessEnd end;
        end.at = at(time);
        end.signal = signal;
        end.killed_by_harness = by_harness;
        client(process).ended = end;
        return *this;
    }

    // The patience is over: a look, the signal, the end.
    RecordBuilder& cut_off(Duration time, const std::string& socket_state = "ESTABLISHED") {
        snapshot(time, "patience is over", socket_state);
        waits("recvfrom(fd 4)", "no timeout visible");
        record_.cut_off = true;
        record_.cut_off_at = at(time);
        return dies(time + std::chrono::milliseconds(5), 9, true);
    }

    RecordBuilder& output(Duration time, std::string text) {
        record_.clients.back().output.push_back({at(time), false, std::move(text)});
        return *this;
    }

    RecordBuilder& next_process(Duration started) {
        record_.clients.emplace_back();
        record_.clients.back().started = at(started);
        return *this;
    }

    // For what has no word of its own.
    judge::RunRecord& record() { return record_; }

private:
    observe::Observation& client(std::size_t process) { return record_.clients.at(process); }

    judge::RunRecord record_;
};

class ScenarioBuilder {
public:
    ScenarioBuilder() {
        scenario_.id = "smtp/test::scenario";
        scenario_.name = "scenario";
        scenario_.steps = {scenario::Step{scenario::Operation::send, {}}};
    }

    ScenarioBuilder& operation(scenario::Operation operation) {
        scenario_.operation = operation;
        scenario_.protocol = row_of(operation).protocol;
        scenario_.steps = {scenario::Step{operation, {}}};
        return *this;
    }

    // The first step is that many operations.
    ScenarioBuilder& times(std::uint32_t count) {
        scenario_.steps.front().count = count;
        return *this;
    }

    ScenarioBuilder& fault(std::string subject, scenario::Action action,
                           scenario::Point::Kind kind = scenario::Point::Kind::received) {
        scenario::Fault fault;
        fault.at.kind = kind;
        fault.at.subject = std::move(subject);
        fault.actions.push_back(std::move(action));
        scenario_.faults.push_back(std::move(fault));
        return *this;
    }

    ScenarioBuilder& tls(scenario::Tls tls) {
        scenario_.server.tls = tls;
        return *this;
    }

    ScenarioBuilder& stall(std::string subject = "EHLO") { return fault(std::move(subject), scenario::Stall{}); }

    // Once more, after a pause.
    ScenarioBuilder& then(scenario::Operation operation) {
        scenario_.steps.push_back(scenario::Step{operation, {}});
        return *this;
    }

    scenario::Expectation& expect() { return scenario_.expect; }

    scenario::Scenario& scenario() { return scenario_; }

private:
    scenario::Scenario scenario_;
};

} // namespace postfault::test
