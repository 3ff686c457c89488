#include "fakeserver/base/text.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <regex>

// PF002 crash: ended by a signal that the harness did not send, or a sanitizer report.
namespace postfault::judge {

namespace {

struct Signal {
    int number;
    std::string_view name;
    bool crash; // a shell's exit 128 + n is taken for a crash; other signals may have been meant
};

constexpr std::array<Signal, 14> signals{{
    {SIGSEGV, "SIGSEGV", true},
    {SIGABRT, "SIGABRT", true},
    {SIGBUS, "SIGBUS", true},
    {SIGFPE, "SIGFPE", true},
    {SIGILL, "SIGILL", true},
    {SIGTRAP, "SIGTRAP", true},
    {SIGSYS, "SIGSYS", true},
    {SIGPIPE, "SIGPIPE", true},
    {SIGALRM, "SIGALRM", false},
    {SIGKILL, "SIGKILL", false},
    {SIGTERM, "SIGTERM", false},
    {SIGINT, "SIGINT", false},
    {SIGHUP, "SIGHUP", false},
    {SIGXCPU, "SIGXCPU", false},
}};

const Signal* find(int number) {
    for (const Signal& signal : signals)
        if (signal.number == number)
            return &signal;
    return nullptr;
}

std::string name(int number) {
    const Signal* signal = find(number);
    return signal == nullptr ? fmt::format("signal {}", number) : fmt::format("signal {} ({})", number, signal->name);
}

bool is_report(const std::string& line) {
    if (line.find("runtime error: ") != std::string::npos) {
        // UndefinedBehaviorSanitizer writes `file:line:column: runtime error: …`; Go panics with the same words.
        static const std::regex place(R"(:\d+:\d+: runtime error: |^panic: runtime error: )");
        return std::regex_search(line.substr(0, 2000), place);
    }
    for (const std::string_view mark :
         {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "WARNING: MemorySanitizer",
          "ERROR: HWAddressSanitizer", "ERROR: UndefinedBehaviorSanitizer"})
        if (line.find(mark) != std::string::npos)
            return true;
    return false;
}

std::string when(const Facts& facts, Instant at) {
    if (!facts.measures.fault_at)
        return "";
    if (at < *facts.measures.fault_at)
        return ", before the fault";
    return fmt::format(", {} after the fault", rough(at - *facts.measures.fault_at));
}

void check_end(const Facts& facts, const observe::ProcessEnd& end, Findings& findings) {
    if (end.killed_by_harness)
        return;
    if (end.signal) {
        findings.broken.push_back({"", fmt::format("ended by {}{}", name(*end.signal), when(facts, end.at))});
        return;
    }
    if (!end.exit || *end.exit <= 128 || *end.exit > 128 + 64)
        return;
    const Signal* signal = find(*end.exit - 128);
    if (signal == nullptr)
        return;
    const std::string text = fmt::format("exit {}, which is how a shell reports {}", *end.exit, name(signal->number));
    if (signal->crash)
        findings.broken.push_back({"", text + when(facts, end.at)});
    else
        findings.notes.push_back(text);
}

} // namespace

void check_crash(const Facts& facts, Findings& findings) {
    for (const auto& client : facts.record.clients) {
        if (client.ended)
            check_end(facts, *client.ended, findings);
        for (const auto& line : client.output)
            if (is_report(line.text)) {
                findings.broken.push_back(
                    {"", fmt::format("sanitizer report: {}", escaped_excerpt(trimmed(line.text), 160))});
                break; // the first one; the others are in the output
            }
    }
}

} // namespace postfault::judge
