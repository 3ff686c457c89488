#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/expectations/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

// What became of the message and of the memory: stored, received, rss.
namespace postfault::judge {

void Checker::check_stored() {
    if (!expect_.stored)
        return;
    for (const OperationFacts& operation : asked_)
        if (!check_stored(operation))
            return;
}

bool Checker::check_stored(const OperationFacts& operation) {
    const std::size_t count = facts_.stored(operation.index).size();
    const auto say = [&] {
        broken("stored", fmt::format("{}the message was stored {}, expected {}", prefix(operation),
                                     count == 0   ? "never"
                                     : count == 1 ? "once"
                                                  : fmt::format("{} times", count),
                                     to_string(*expect_.stored)));
        return false;
    };
    switch (*expect_.stored) {
    case scenario::StoredWord::once:
        if (count > 1 && !doubled_)
            return say();
        if (count == 0 && !hung_ && !crashed_ && !lost_) {
            if (!record_.abilities.ok_means_queued || !operation.said_ok())
                return say();
            unseen("stored", "its success means queued, and the queue may still deliver");
            return false;
        }
        break;
    case scenario::StoredWord::never:
        if (count != 0)
            return say();
        break;
    case scenario::StoredWord::at_most_once:
        if (count > 1 && !doubled_)
            return say();
        break;
    }
    return true;
}

void Checker::check_received() {
    if (!expect_.received)
        return;
    const bool reads = !row_of(asked_.front().kind).uploads;
    if (reads && !record_.abilities.delivery_visible)
        return unseen("received", "what the client delivered to its user cannot be compared");
    for (const OperationFacts& operation : asked_)
        if (!check_received(operation, reads))
            return;
}

bool Checker::check_received(const OperationFacts& operation, bool reads) {
    const bool wants_it = *expect_.received == scenario::ReceivedWord::intact;
    bool present = false;
    bool intact = false;
    bool known = true;
    std::string detail;
    const auto look = [&](Match match, const std::string& where) {
        present = true;
        intact = intact || match == Match::identical || match == Match::extended;
        known = known && match != Match::unknown;
        if (match == Match::altered)
            detail = where;
    };
    if (reads) {
        for (const DeliveredCopy& copy : record_.delivered)
            if (copy.step == operation.index && copy.present)
                look(copy.match, copy.detail);
    } else {
        for (const StoredCopy* copy : facts_.stored(operation.index))
            look(copy->match, copy->detail);
    }
    const auto say = [&](const std::string& text) {
        broken("received", prefix(operation) + text);
        return false;
    };
    const std::string what = reads ? "delivered" : "stored";
    if (!wants_it)
        return !present || damaged_ || say(fmt::format("an article was {}, expected none", what));
    if (intact || hung_ || crashed_ || damaged_ || (!present && lost_))
        return true;
    if (!present)
        return say(fmt::format("nothing was {}, expected it intact", what));
    if (known)
        return say(fmt::format("what was {} is not intact{}", what, detail.empty() ? "" : ": " + detail));
    unseen("received", "the copy could not be compared");
    return false;
}

void Checker::check_rss() {
    if (!expect_.rss)
        return;
    std::uint64_t most = 0;
    for (const auto& client : record_.clients) {
        most = std::max(most, client.max_rss);
        for (const auto& snapshot : client.snapshots)
            most = std::max(most, snapshot.peak_rss);
    }
    if (most == 0)
        unseen("rss", "its memory could not be measured");
    else if (most > *expect_.rss)
        broken("rss",
               fmt::format("used {:.1f} MiB of memory, expected at most {:.1f} MiB",
                           static_cast<double>(most) / (1 << 20), static_cast<double>(*expect_.rss) / (1 << 20)));
}

} // namespace postfault::judge
