#include "harness/report/time_line.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::report {

namespace {

using journal::TimedLine;

std::string end_in_words(const observe::ProcessEnd& end) {
    if (end.killed_by_harness)
        return "is ended by the harness";
    if (end.signal)
        return fmt::format("is ended by signal {}", *end.signal);
    return fmt::format("exits with {}", end.exit.value_or(0));
}

void add_client(const observe::Observation& client, const std::string& who, std::vector<TimedLine>& lines) {
    const auto add = [&](Instant at, const std::string& text) {
        lines.push_back({at, fmt::format("{:6}  {} {}", "", who, text), false, true});
    };
    add(client.started, "starts");
    for (const auto& returned : client.returned)
        add(returned.at, returned.text.empty()
                             ? fmt::format("returned {}", returned.result)
                             : fmt::format("returned {}: {}", returned.result, escaped_excerpt(returned.text, 100)));
    for (const auto& snapshot : client.snapshots)
        if (snapshot.reason == "patience is over") {
            add(snapshot.at, "is still there, the patience is over");
            break;
        }
    if (client.ended)
        add(client.ended->at, end_in_words(*client.ended));
}

} // namespace

std::string time_line(const RunResult& run, std::size_t most) {
    std::vector<TimedLine> lines = journal::lines(run.record.journal);
    std::size_t number = 0;
    for (const auto& client : run.record.clients) {
        ++number;
        add_client(client, run.record.clients.size() == 1 ? "client " : fmt::format("client process {}", number),
                   lines);
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const TimedLine& left, const TimedLine& right) { return left.at < right.at; });
    return journal::print(lines, most);
}

} // namespace postfault::report
