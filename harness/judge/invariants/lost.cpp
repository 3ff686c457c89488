#include "fakeserver/scenario/tables.hpp"
#include "harness/judge/invariants/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>

// PF005 lost message: reported success, but the server never accepted it. RFC 5321 4.2.5: until the reply to the final
// dot is 2yz, the client owns the message.
namespace postfault::judge {

void check_lost(const Facts& facts, Findings& findings) {
    for (const OperationFacts& operation : facts.operations()) {
        if (!row_of(operation.kind).uploads || !operation.said_ok() || !facts.stored(operation.index).empty())
            continue;
        if (facts.record.abilities.ok_means_queued) {
            findings.not_observable.push_back({"", "its success means queued, not delivered"});
            continue;
        }
        const auto foreign = std::count_if(facts.record.stored.begin(), facts.record.stored.end(),
                                           [](const StoredCopy& copy) { return copy.step == StoredCopy::npos; });
        const std::string name = facts.name(operation);
        findings.broken.push_back(
            {"", fmt::format("{}{}{}, but the server never accepted the message{}", name, name.empty() ? "" : ": ",
                             facts.what_it_said(operation),
                             foreign == 0 ? "" : fmt::format(" (it took {} that it was not asked to send)", foreign))});
    }
}

} // namespace postfault::judge
