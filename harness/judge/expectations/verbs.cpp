#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/journal.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

// What must not be said: never.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

} // namespace

void Checker::check_never() {
    bool wanted_and_unseen = false;
    for (const std::string& verb : expect_.never) {
        const auto [connection, at] = find_verb(verb);
        if (connection != 0)
            broken("never", fmt::format("{} was seen on connection {} at {}", to_upper(verb), connection,
                                        in_seconds(at.time_since_epoch())));
        else
            wanted_and_unseen = true;
    }
    if (wanted_and_unseen && !journal::is_complete(record_.journal))
        unseen("never", "the journal was too long to keep every command");
}

// Also in lines that the server did not take because a fault held it back, but never in an upload.
std::pair<int, Instant> Checker::find_verb(const std::string& verb) const {
    std::vector<int> uploading;
    for (const Event& event : record_.journal) {
        if (!in_first_step(event.at))
            continue;
        if (event.kind == Kind::command && equals_ignoring_case(event.subject, verb))
            return {event.connection, event.at};
        if (event.kind != Kind::received ||
            std::find(uploading.begin(), uploading.end(), event.connection) != uploading.end())
            continue;
        for (const std::string_view line : split(event.text, '\n')) {
            const auto parts = words(line);
            if (parts.empty())
                continue;
            if (equals_ignoring_case(parts.front(), verb))
                return {event.connection, event.at};
            if (starts_upload(parts.front())) {
                uploading.push_back(event.connection);
                break;
            }
        }
    }
    return {0, Instant{}};
}

// AUTH is followed by lines of secrets, which are no commands either.
bool Checker::starts_upload(std::string_view verb) {
    for (const std::string_view known : {"DATA", "BDAT", "POST", "IHAVE", "TAKETHIS", "AUTH"})
        if (equals_ignoring_case(verb, known))
            return true;
    return false;
}

} // namespace postfault::judge
