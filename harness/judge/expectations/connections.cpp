#include "fakeserver/base/text.hpp"
#include "harness/judge/attempts.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

// How connections begin and end: close, connects.
namespace postfault::judge {

namespace {

using journal::Event;
using Kind = Event::Kind;

} // namespace

void Checker::check_close() {
    if (expect_.close.empty())
        return;
    std::vector<std::string> words;
    for (const scenario::CloseKind kind : expect_.close)
        words.emplace_back(to_string(kind));
    for (const ConnectionMeasure* connection : faulted_connections()) {
        if (connection->server_reset && !connection->client_end)
            continue; // the server's reset left nothing to close
        if (connection->close == ClientClose::open) {
            if (!hung_ && !kept_)
                broken("close", fmt::format("connection {} was never closed, expected {}", connection->number,
                                            joined(words, " or ")));
            continue;
        }
        const bool good = std::any_of(expect_.close.begin(), expect_.close.end(),
                                      [&](scenario::CloseKind kind) { return closes_as(*connection, kind); });
        if (!good)
            broken("close", fmt::format("connection {} was closed by {}, expected {}", connection->number,
                                        to_string(connection->close), joined(words, " or ")));
    }
}

// A reply was still due when the client left: it gave up waiting, and need not say QUIT then.
bool Checker::left_waiting(const ConnectionMeasure& connection) const {
    bool due = true; // the greeting
    for (const Event& event : record_.journal) {
        if (event.connection != connection.number)
            continue;
        if (event.kind == Kind::client_fin || event.kind == Kind::client_reset)
            break;
        if (event.kind == Kind::command || event.kind == Kind::stored || event.kind == Kind::upload)
            due = true;
        if (event.kind == Kind::reply_sent)
            due = false;
    }
    return due;
}

// RFC 8446 6.1: before the end of its side.
bool Checker::said_close_notify(const ConnectionMeasure& connection) const {
    for (const Event& event : record_.journal) {
        if (event.connection != connection.number)
            continue;
        if (event.kind == Kind::client_fin || event.kind == Kind::client_reset)
            break;
        if (event.kind == Kind::tls && event.subject == "close_notify")
            return true;
    }
    return false;
}

bool Checker::closes_as(const ConnectionMeasure& connection, scenario::CloseKind wanted) const {
    const bool orderly =
        connection.close == ClientClose::fin || (connection.close == ClientClose::reset && connection.reset_was_forced);
    switch (wanted) {
    case scenario::CloseKind::quit:
        // News clients may leave without it (RFC 3977 5.4), and nobody needs to say it to a dead connection.
        return connection.close == ClientClose::quit ||
               (orderly && (facts_.scenario.protocol == scenario::Protocol::nntp || left_waiting(connection) ||
                            (connection.server_fin && *connection.server_fin <= *connection.client_end)));
    case scenario::CloseKind::fin:
        return connection.close == ClientClose::quit || orderly;
    case scenario::CloseKind::reset:
        return connection.close == ClientClose::reset;
    case scenario::CloseKind::notify:
        return said_close_notify(connection);
    }
    return false;
}

void Checker::check_connects() {
    if (!expect_.connects)
        return;
    const auto& range = *expect_.connects;
    std::uint32_t count = static_cast<std::uint32_t>(connections().size());
    if (refuses_connects(facts_.scenario)) {
        if (connects_were_watched(record_))
            count = static_cast<std::uint32_t>(
                std::count_if(record_.journal.begin(), record_.journal.end(), [&](const Event& event) {
                    return event.kind == Kind::connect_attempt && in_first_step(event.at);
                }));
        else if (!range.to || count <= *range.to)
            return unseen("connects", "connects that were not accepted could not be counted");
    }
    if (range.holds(count) || (hung_ && count < range.from))
        return;
    broken("connects", fmt::format("connected {}, expected {}", count == 1 ? "once" : fmt::format("{} times", count),
                                   to_string(range)));
}

void Checker::check_addresses() {
    if (expect_.addresses.empty())
        return;
    if (refuses_connects(facts_.scenario) && !connects_were_watched(record_))
        return unseen("addresses", "connects that were not accepted could not be seen");
    std::vector<std::uint32_t> tried;
    for (const Attempt& attempt : attempts_of(facts_, asked_.front().from, asked_.back().to))
        if (std::find(tried.begin(), tried.end(), attempt.address) == tried.end())
            tried.push_back(attempt.address);
    const bool is_on_the_way = hung_ && tried.size() < expect_.addresses.size() &&
                               std::equal(tried.begin(), tried.end(), expect_.addresses.begin());
    if (tried == expect_.addresses || is_on_the_way)
        return;
    const auto shown = [](const std::vector<std::uint32_t>& addresses) {
        return addresses.empty() ? "no address" : fmt::format("address {}", fmt::join(addresses, ", then "));
    };
    broken("addresses", fmt::format("tried {}, expected {}", shown(tried), shown(expect_.addresses)));
}

} // namespace postfault::judge
