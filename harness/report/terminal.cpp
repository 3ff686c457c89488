#include "harness/report/terminal.hpp"

#include "fakeserver/base/text.hpp"
#include "harness/report/shell_line.hpp"
#include "harness/report/time_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace postfault::report {

namespace {

using judge::VerdictKind;

constexpr std::size_t width = 100;
constexpr std::size_t output_lines_shown = 8;
constexpr std::size_t output_line_shown = 160;
constexpr std::size_t threads_shown = 12;

enum class Colour { none, green, red, yellow, faint, bold };

std::string painted(std::string_view text, Colour colour, TerminalStyle style) {
    if (!style.colour || colour == Colour::none)
        return std::string(text);
    const char* code = "0";
    switch (colour) {
    case Colour::green:
        code = "32";
        break;
    case Colour::red:
        code = "31;1";
        break;
    case Colour::yellow:
        code = "33";
        break;
    case Colour::faint:
        code = "2";
        break;
    case Colour::bold:
    case Colour::none:
        code = "1";
        break;
    }
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

// What must catch the eye is in capitals, so that it does without colour too.
std::string_view label(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::pass:
        return "pass";
    case VerdictKind::fail:
        return "FAIL";
    case VerdictKind::xfail:
        return "xfail";
    case VerdictKind::xpass:
        return "XPASS";
    case VerdictKind::not_reached:
        return "NOT REACHED";
    case VerdictKind::skipped:
        return "skipped";
    case VerdictKind::error:
        break;
    }
    return "ERROR";
}

Colour colour_of(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::pass:
        return Colour::green;
    case VerdictKind::fail:
    case VerdictKind::not_reached:
    case VerdictKind::error:
        return Colour::red;
    case VerdictKind::xfail:
    case VerdictKind::xpass:
    case VerdictKind::skipped:
        return Colour::yellow;
    }
    return Colour::none;
}

bool needs_details(VerdictKind kind) {
    return kind == VerdictKind::fail || kind == VerdictKind::not_reached || kind == VerdictKind::error ||
           kind == VerdictKind::xpass;
}

std::string rule(std::string_view title, char with) {
    std::string line = fmt::format("{0}{0}{0} {1} ", with, title);
    if (line.size() < width)
        line.append(width - line.size(), with);
    return line;
}

std::string codes(const judge::Verdict& verdict) {
    std::vector<std::string> list;
    for (const auto& reason : verdict.reasons)
        if (std::find(list.begin(), list.end(), reason.code) == list.end())
            list.push_back(reason.code);
    return joined(list, " ");
}

std::string why(const judge::Verdict& verdict) {
    switch (verdict.kind) {
    case VerdictKind::pass:
        return "";
    case VerdictKind::skipped:
        return verdict.reasons.empty() ? "" : verdict.reasons.front().text;
    default:
        return codes(verdict);
    }
}

// Indented, and every line of it.
std::string indented(std::string_view text, std::string_view by) {
    std::string result;
    for (const std::string_view line : split(text, '\n'))
        if (!line.empty())
            result += fmt::format("{}{}\n", by, line);
    return result;
}

std::string with_marked_faults(const std::string& time_line, TerminalStyle style) {
    if (!style.colour)
        return time_line;
    std::string result;
    for (const std::string_view line : split(time_line, '\n'))
        if (!line.empty())
            result += painted(line, starts_with_ignoring_case(line, ">>>") ? Colour::red : Colour::none, style) + "\n";
    return result;
}

// The look that explains most: the last one, unless the patience ended.
const observe::Snapshot* telling_snapshot(const observe::Observation& client) {
    const observe::Snapshot* found = nullptr;
    for (const auto& snapshot : client.snapshots)
        if (snapshot.reason == "patience is over" || snapshot.reason == "after return")
            found = &snapshot;
    return found;
}

std::string what_it_was_doing(const observe::Observation& client) {
    const observe::Snapshot* snapshot = telling_snapshot(client);
    if (snapshot == nullptr)
        return "";
    std::string text =
        fmt::format("  the client at {} ({}): {} {}, {:.1f} MiB, {} of CPU time, {} descriptors\n",
                    in_seconds(snapshot->at.time_since_epoch()), snapshot->reason, snapshot->processes,
                    snapshot->processes == 1 ? "process" : "processes", static_cast<double>(snapshot->rss) / (1 << 20),
                    in_seconds(snapshot->cpu), snapshot->descriptors);
    std::size_t shown = 0;
    for (const auto& thread : snapshot->threads) {
        if (shown++ == threads_shown) {
            text += fmt::format("    … {} threads more\n", snapshot->threads.size() - threads_shown);
            break;
        }
        text += fmt::format("    {} {}  {}  {}{}{}\n", escaped(thread.command), thread.tid, thread.state,
                            thread.call.empty() ? "not in a system call" : thread.call,
                            thread.timeout.empty() ? "" : ", ", thread.timeout);
    }
    for (const auto& socket : snapshot->sockets)
        text += fmt::format("    fd {}  {}  port {} to {}, {} octets unsent, {} octets unread\n", socket.fd,
                            socket.state, socket.local_port, socket.peer_port, socket.send_queue, socket.receive_queue);
    return text;
}

std::string last_output(const observe::Observation& client) {
    if (client.output.empty())
        return "";
    std::string text = "  its last output\n";
    const std::size_t first = client.output.size() > output_lines_shown ? client.output.size() - output_lines_shown : 0;
    for (std::size_t index = first; index < client.output.size(); ++index)
        text += fmt::format("    {}\n", escaped_excerpt(client.output[index].text, output_line_shown));
    return text;
}

std::string place_and_purpose(const scenario::Scenario& scenario) {
    std::string text;
    if (!scenario.position.file.empty())
        text = fmt::format("{}:{}", scenario.position.file, scenario.position.line);
    if (!scenario.why.empty())
        text += (text.empty() ? "" : ": ") + scenario.why;
    if (!scenario.refs.empty())
        text += fmt::format(" [{}]", joined(scenario.refs, ", "));
    return text.empty() ? "" : "  " + text + "\n";
}

// What could not be seen is said once for all runs.
std::string not_observable(const SuiteResult& result) {
    std::map<std::pair<std::string, std::string>, int> seen;
    for (const RunResult& run : result.runs)
        for (const auto& reason : run.verdict.not_observable)
            // Measured values differ from run to run; the single run shows them.
            if (run.verdict.kind != VerdictKind::skipped && reason.code.rfind("expect.gives_up", 0) != 0)
                ++seen[{reason.code, reason.text}];
    if (seen.empty())
        return "";
    std::string text = "not observable:\n";
    for (const auto& [reason, count] : seen)
        text += fmt::format("  {} in {} {}: {}\n", reason.first, count, count == 1 ? "run" : "runs", reason.second);
    return text;
}

} // namespace

std::string progress_line(const RunResult& run, TerminalStyle style) {
    const auto& verdict = run.verdict;
    const std::string name = fmt::format("{:11}", label(verdict.kind));
    std::string line = fmt::format("{}  {:<58}", painted(name, colour_of(verdict.kind), style), run.scenario.id);
    if (verdict.kind != VerdictKind::skipped)
        line += fmt::format(" {:6.1f} s", to_seconds(took(run)));
    if (const std::string reason = why(verdict); !reason.empty())
        line += "  " + reason;
    return line + "\n";
}

std::string details(const RunResult& run, TerminalStyle style) {
    const auto& verdict = run.verdict;
    std::string text = painted(rule(fmt::format("{}  {}", label(verdict.kind), run.scenario.id), '_'),
                               colour_of(verdict.kind), style) +
                       "\n";
    text += place_and_purpose(run.scenario);
    if (!verdict.reasons.empty() || !verdict.notes.empty())
        text += "\n";
    for (const auto& reason : verdict.reasons)
        text += fmt::format("  {} {}\n", painted(reason.code, Colour::red, style), reason.text);
    for (const std::string& note : verdict.notes)
        text += "  note: " + note + "\n";

    if (const std::string events = time_line(run); !events.empty())
        text += "\n  what happened\n" + indented(with_marked_faults(events, style), "  ");
    for (const auto& client : run.record.clients) {
        for (const std::string& part : {what_it_was_doing(client), last_output(client)})
            if (!part.empty())
                text += "\n" + part;
    }
    if (!verdict.not_observable.empty())
        text += "\n";
    for (const auto& reason : verdict.not_observable)
        text += fmt::format("  not observable: {}, {}\n", reason.code, reason.text);
    if (!run.record.repeat.empty())
        text += "\n  repeat: " + painted(shell_line(run.record.repeat), Colour::bold, style) + "\n";
    return text + "\n";
}

std::string summary_line(const SuiteResult& result, TerminalStyle style) {
    const auto count = [&](VerdictKind kind) {
        return std::count_if(result.runs.begin(), result.runs.end(),
                             [&](const RunResult& run) { return run.verdict.kind == kind; });
    };
    std::vector<std::string> parts;
    const auto add = [&](VerdictKind kind, std::string_view word, bool always = false) {
        if (const auto number = count(kind); always || number != 0)
            parts.push_back(
                painted(fmt::format("{} {}", number, word), number == 0 ? Colour::none : colour_of(kind), style));
    };
    add(VerdictKind::pass, "passed", true);
    add(VerdictKind::fail, "failed");
    add(VerdictKind::not_reached, "not reached");
    add(VerdictKind::error, count(VerdictKind::error) == 1 ? "error" : "errors");
    add(VerdictKind::xfail, "failed as known");
    add(VerdictKind::xpass, "passed although known to fail");
    add(VerdictKind::skipped, "skipped");
    return fmt::format("{} in {:.1f} s (seed {})\n", joined(parts, ", "), to_seconds(result.took), result.seed);
}

std::string terminal(const SuiteResult& result, TerminalStyle style) {
    if (!result.baseline_trouble.empty())
        return fmt::format("{}\n{}\n",
                           painted(fmt::format("{} cannot talk to a healthy server, so nothing else was judged:",
                                               result.client.empty() ? "the client" : result.client),
                                   Colour::red, style),
                           indented(result.baseline_trouble, "  "));
    std::string text;
    for (const RunResult& run : result.runs)
        if (needs_details(run.verdict.kind))
            text += details(run, style);
    if (const std::string unseen = not_observable(result); !unseen.empty())
        text += unseen + "\n";
    return text + summary_line(result, style);
}

} // namespace postfault::report
