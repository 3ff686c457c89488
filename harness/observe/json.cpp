#include "harness/observe/json.hpp"

#include "fakeserver/base/text.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace postfault::observe {

namespace {

using nlohmann::json;

long long micros(Instant at) { return at.time_since_epoch().count(); }

Instant instant(const json& from, const char* key) { return Instant{Duration{from.value(key, 0LL)}}; }

Duration duration(const json& from, const char* key) { return Duration{from.value(key, 0LL)}; }

std::string text(const json& from, const char* key) { return unescaped(from.value(key, std::string{})); }

json list(const std::vector<std::string>& texts) {
    json result = json::array();
    for (const std::string& one : texts)
        result.push_back(escaped(one));
    return result;
}

std::vector<std::string> texts(const json& from, const char* key) {
    std::vector<std::string> result;
    for (const json& one : from.value(key, json::array()))
        result.push_back(unescaped(one.get<std::string>()));
    return result;
}

template <class T, class Write>
json list(const std::vector<T>& values, Write write) {
    json result = json::array();
    for (const T& value : values)
        result.push_back(write(value));
    return result;
}

template <class Read>
auto read_list(const json& from, const char* key, Read read) {
    std::vector<decltype(read(from))> result;
    for (const json& one : from.value(key, json::array()))
        result.push_back(read(one));
    return result;
}

json write_socket(const SocketState& socket) {
    return {{"pid", socket.pid},
            {"fd", socket.fd},
            {"state", socket.state},
            {"local_port", socket.local_port},
            {"peer_port", socket.peer_port},
            {"send_queue", socket.send_queue},
            {"receive_queue", socket.receive_queue}};
}

SocketState read_socket(const json& from) {
    SocketState socket;
    socket.pid = from.at("pid").get<int>();
    socket.fd = from.at("fd").get<int>();
    socket.state = from.at("state").get<std::string>();
    socket.local_port = from.value("local_port", socket.local_port);
    socket.peer_port = from.value("peer_port", socket.peer_port);
    socket.send_queue = from.value("send_queue", socket.send_queue);
    socket.receive_queue = from.value("receive_queue", socket.receive_queue);
    return socket;
}

json write_thread(const ThreadWait& thread) {
    return {{"pid", thread.pid},
            {"tid", thread.tid},
            {"command", escaped(thread.command)},
            {"state", escaped(std::string(1, thread.state))},
            {"call", escaped(thread.call)},
            {"timeout", escaped(thread.timeout)}};
}

ThreadWait read_thread(const json& from) {
    ThreadWait thread;
    thread.pid = from.at("pid").get<int>();
    thread.tid = from.at("tid").get<int>();
    thread.command = text(from, "command");
    const std::string state = text(from, "state");
    thread.state = state.empty() ? '?' : state.front();
    thread.call = text(from, "call");
    thread.timeout = text(from, "timeout");
    return thread;
}

json write_snapshot(const Snapshot& snapshot) {
    return {{"at_us", micros(snapshot.at)},
            {"reason", escaped(snapshot.reason)},
            {"sockets", list(snapshot.sockets, write_socket)},
            {"threads", list(snapshot.threads, write_thread)},
            {"cpu_us", snapshot.cpu.count()},
            {"run_delay_us", snapshot.run_delay.count()},
            {"flooded", snapshot.flooded},
            {"rss", snapshot.rss},
            {"peak_rss", snapshot.peak_rss},
            {"descriptors", snapshot.descriptors},
            {"processes", snapshot.processes}};
}

Snapshot read_snapshot(const json& from) {
    Snapshot snapshot;
    snapshot.at = instant(from, "at_us");
    snapshot.reason = text(from, "reason");
    snapshot.sockets = read_list(from, "sockets", read_socket);
    snapshot.threads = read_list(from, "threads", read_thread);
    snapshot.cpu = duration(from, "cpu_us");
    snapshot.run_delay = duration(from, "run_delay_us");
    snapshot.flooded = from.value("flooded", snapshot.flooded);
    snapshot.rss = from.value("rss", snapshot.rss);
    snapshot.peak_rss = from.value("peak_rss", snapshot.peak_rss);
    snapshot.descriptors = from.value("descriptors", 0);
    snapshot.processes = from.value("processes", 0);
    return snapshot;
}

json write_output(const OutputLine& line) {
    return {{"at_us", micros(line.at)}, {"stream", line.on_stderr ? "stderr" : "stdout"}, {"text", escaped(line.text)}};
}

OutputLine read_output(const json& from) {
    return {instant(from, "at_us"), from.value("stream", std::string{}) == "stderr", text(from, "text")};
}

json write_returned(const Returned& returned) {
    return {{"at_us", micros(returned.at)}, {"result", returned.result}, {"text", escaped(returned.text)}};
}

Returned read_returned(const json& from) {
    return {instant(from, "at_us"), from.at("result").get<std::string>(), text(from, "text")};
}

json write_end(const ProcessEnd& end) {
    json result = {{"at_us", micros(end.at)}, {"killed_by_harness", end.killed_by_harness}};
    if (end.exit)
        result["exit"] = *end.exit;
    if (end.signal)
        result["signal"] = *end.signal;
    return result;
}

ProcessEnd read_end(const json& from) {
    ProcessEnd end;
    end.at = instant(from, "at_us");
    if (from.contains("exit"))
        end.exit = from.at("exit").get<int>();
    if (from.contains("signal"))
        end.signal = from.at("signal").get<int>();
    end.killed_by_harness = from.value("killed_by_harness", false);
    return end;
}

} // namespace

json to_json(const Observation& observation) {
    json result = {{"command", list(observation.command)},
                   {"started_us", micros(observation.started)},
                   {"returned", list(observation.returned, write_returned)},
                   {"output", list(observation.output, write_output)},
                   {"snapshots", list(observation.snapshots, write_snapshot)},
                   {"left_behind", list(observation.left_behind)},
                   {"max_rss", observation.max_rss},
                   {"cpu_us", observation.cpu.count()},
                   {"connects_watched", observation.connects_watched}};
    if (observation.ended)
        result["ended"] = write_end(*observation.ended);
    return result;
}

Observation from_json(const json& json) {
    Observation observation;
    observation.command = texts(json, "command");
    observation.started = instant(json, "started_us");
    if (json.contains("ended"))
        observation.ended = read_end(json.at("ended"));
    observation.returned = read_list(json, "returned", read_returned);
    observation.output = read_list(json, "output", read_output);
    observation.snapshots = read_list(json, "snapshots", read_snapshot);
    observation.left_behind = texts(json, "left_behind");
    observation.max_rss = json.value("max_rss", observation.max_rss);
    observation.cpu = duration(json, "cpu_us");
    observation.connects_watched = json.value("connects_watched", false);
    return observation;
}

} // namespace postfault::observe
