#include "fakeserver/journal/transcript.hpp"

#include "fakeserver/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::journal {

namespace {

using Kind = Event::Kind;

constexpr std::size_t shown_octets = 76;

std::string place(const Event& event) {
    return event.connection == 0 ? std::string(6, ' ') : fmt::format("conn {}", event.connection);
}

// Lines of a greeting or of an EHLO reply stay together; of a long article only the start is shown.
std::string data(const Event& event) {
    if (event.text.empty())
        return fmt::format("{} {} of TLS", event.count, event.count == 1 ? "octet" : "octets");
    const std::size_t shown = std::min(event.text.size(), shown_octets);
    std::string text = fmt::format("\"{}\"", escaped(std::string_view(event.text).substr(0, shown)));
    if (event.count > shown)
        text += fmt::format(" and {} more", event.count - shown);
    if (event.last - event.at > std::chrono::milliseconds(10))
        text += fmt::format(", until {:.3f} s", to_seconds(event.last));
    return text;
}

std::string to_address(const Event& event) {
    return event.subject.empty() ? "" : " to address " + escaped(event.subject);
}

std::string words(const Event& event) {
    switch (event.kind) {
    case Kind::listening:
        return "listening on " + escaped(event.text);
    case Kind::connect_attempt:
        return "client  connects" + to_address(event);
    case Kind::connected:
        return "connected" + to_address(event);
    case Kind::received:
        return "client  " + data(event);
    case Kind::sent:
        return "server  " + data(event);
    case Kind::unread_quit:
        return "client  QUIT came while the fault held the server back";
    case Kind::stored:
        return fmt::format("server  stored {}, {} octets",
                           event.subject.empty() ? "a message without id" : escaped(event.subject), event.count);
    case Kind::fault_fired:
        return "fault   " + escaped(event.text);
    case Kind::reading_stopped:
        return "server  stops reading";
    case Kind::reading_resumed:
        return "server  reads on";
    case Kind::server_fin:
        return "server  FIN";
    case Kind::server_reset:
        return "server  RST";
    case Kind::client_fin:
        return "client  FIN";
    case Kind::client_reset:
        return "client  RST";
    case Kind::violation:
        return fmt::format("client  breaks a rule: {}", escaped(event.subject));
    case Kind::tls:
        return fmt::format(
            "TLS     {}{}{}{}", event.subject, event.text.empty() ? "" : ": ", escaped(event.text),
            event.count == 0 ? "" : fmt::format(", after {:.1f} ms", static_cast<double>(event.count) / 1000));
    case Kind::note:
        return "note    " + escaped(event.text);
    case Kind::command:
    case Kind::reply:
    case Kind::reply_sent:
    case Kind::upload:
    case Kind::server_closed:
        return "";
    }
    return "";
}

bool is_important(Kind kind) { return kind != Kind::received && kind != Kind::sent && kind != Kind::note; }

// Of a connection that has said too much already.
bool is_kept(Kind kind) {
    return kind == Kind::stored || kind == Kind::server_fin || kind == Kind::server_reset || kind == Kind::client_fin ||
           kind == Kind::client_reset;
}

std::string print(const TimedLine& line) {
    return fmt::format("{:3}{:9.3f} s  {}", line.fault ? ">>>" : "", to_seconds(line.at), line.text);
}

// Which lines stay. Faults come first, then the important ones, then the rest; inside each group those near the start
// and the end of the run.
std::vector<bool> chosen(const std::vector<TimedLine>& lines, std::size_t most) {
    std::vector<bool> keep(lines.size(), lines.size() <= most);
    if (lines.size() <= most)
        return keep;
    std::size_t left = most;
    const auto take = [&](std::size_t index) {
        if (left != 0 && !keep[index]) {
            keep[index] = true;
            --left;
        }
    };
    const auto take_group = [&](std::size_t share, auto&& belongs) {
        const std::size_t untouched = left > share ? left - share : 0;
        for (std::size_t edge = 0; 2 * edge < lines.size(); ++edge)
            for (const std::size_t index : {edge, lines.size() - 1 - edge})
                if (left > untouched && belongs(lines[index]))
                    take(index);
    };
    take_group(most / 2, [](const TimedLine& line) { return line.fault; });
    take_group(left / 2, [](const TimedLine& line) { return line.important; });
    take_group(left, [](const TimedLine&) { return true; });
    return keep;
}

} // namespace

std::string line(const Event& event) {
    const std::string text = words(event);
    if (text.empty())
        return "";
    return print(TimedLine{event.at, place(event) + "  " + text, event.kind == Kind::fault_fired, false});
}

std::string LiveTranscript::lines(const Event& event) {
    std::string text = line(event);
    if (event.kind == Kind::server_closed)
        shown_.erase(event.connection);
    if (text.empty())
        return "";
    text += "\n";
    if (event.connection == 0)
        return text;
    Shown& shown = shown_[event.connection];
    const bool is_talk = event.kind == Kind::received || event.kind == Kind::sent;
    const std::size_t before = is_talk ? shown.talk++ : shown.other++;
    if (before < most_lines || is_kept(event.kind))
        return text;
    if (before > most_lines)
        return "";
    Event note;
    note.at = event.at;
    note.connection = event.connection;
    note.text = fmt::format("{} lines were shown; more of the kind is left out from here on", most_lines);
    return line(note) + "\n";
}

std::vector<TimedLine> lines(const std::vector<Event>& events) {
    std::vector<TimedLine> result;
    for (const Event& event : events)
        if (std::string text = words(event); !text.empty())
            result.push_back(
                {event.at, place(event) + "  " + text, event.kind == Kind::fault_fired, is_important(event.kind)});
    return result;
}

std::string print(const std::vector<TimedLine>& lines, std::size_t most) {
    const std::vector<bool> keep = chosen(lines, most);
    std::string text;
    std::size_t gap = 0;
    const auto close_gap = [&] {
        if (gap != 0)
            text += fmt::format("{:14}  … {} {} left out\n", "", gap, gap == 1 ? "line" : "lines");
        gap = 0;
    };
    for (std::size_t index = 0; index < lines.size(); ++index) {
        if (!keep[index]) {
            ++gap;
            continue;
        }
        close_gap();
        text += print(lines[index]) + "\n";
    }
    close_gap();
    return text;
}

std::string transcript(const std::vector<Event>& events, std::size_t most) { return print(lines(events), most); }

} // namespace postfault::journal
