#include "fakeserver/base/text.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

// PF010 secret in the clear. Where the client was told "TLS or nothing", it must not log in, nor send any of the
// message, before TLS is up (RFC 3207 section 6, RFC 8143 section 3). What it said is known as it came, taken by the
// server or not.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

struct Telling {
    std::string_view verb;
    std::string_view what;
};

constexpr std::array<Telling, 9> telling{{
    {"AUTH", "a log-in"},
    {"AUTHINFO", "a log-in"},
    {"PASS", "a log-in"},
    {"MAIL", "a message"},
    {"DATA", "a message"},
    {"BDAT", "a message"},
    {"POST", "a message"},
    {"IHAVE", "a message"},
    {"TAKETHIS", "a message"},
}};

// One connection, as far as it was in the clear.
class Listener {
public:
    // The first octets of what came; `count` is how many there were in all.
    void on_received(const Event& event, Findings& findings) {
        std::size_t at = 0;
        while (at < event.text.size()) {
            const std::size_t lf = event.text.find('\n', at);
            const std::size_t end = lf == std::string::npos ? event.text.size() : lf;
            if (at > 0 || at_line_start_)
                on_line(std::string_view(event.text).substr(at, end - at), offset_ + at, event, findings);
            at = end + 1;
        }
        at_line_start_ = event.text.size() == event.count && event.text.ends_with('\n');
        offset_ += event.count;
    }

private:
    void on_line(std::string_view line, std::uint64_t offset, const Event& event, Findings& findings) {
        const auto parts = words(line);
        if (parts.empty())
            return;
        const auto row = std::find_if(telling.begin(), telling.end(), [&](const Telling& some) {
            return equals_ignoring_case(parts.front(), some.verb);
        });
        if (row == telling.end() || !told_.insert(row->what).second)
            return;
        findings.broken.push_back(
            {"",
             fmt::format("{} began in the clear: {} at octet {} of what the client said on connection {}, {}, and TLS "
                         "was required",
                         row->what, row->verb, offset, event.connection, in_seconds(event.at.time_since_epoch()))});
    }

    std::uint64_t offset_ = 0;
    bool at_line_start_ = true;
    std::set<std::string_view> told_;
};

} // namespace

void check_secret_in_the_clear(const Facts& facts, Findings& findings) {
    if (facts.scenario.server.tls == scenario::Tls::none)
        return;
    std::map<int, Listener> listeners;
    std::set<int> secured;
    for (const Event& event : facts.record.journal) {
        if (event.kind == Kind::tls && event.subject == "established")
            secured.insert(event.connection);
        if (event.kind == Kind::received && secured.count(event.connection) == 0)
            listeners[event.connection].on_received(event, findings);
    }
}

} // namespace postfault::judge
