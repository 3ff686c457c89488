#include "fakeserver/fault/admission.hpp"

#include <fmt/format.h>

#include <variant>

namespace postfault::fault {

ConnectPlan plan_connect(const scenario::Scenario& scenario, std::uint32_t connection, std::uint32_t address,
                         const Rng& rng) {
    for (std::size_t number = 0; number < scenario.faults.size(); ++number) {
        const scenario::Fault& fault = scenario.faults[number];
        if (fault.at.kind != scenario::Point::Kind::connect || (fault.conn && !fault.conn->matches(connection)) ||
            (fault.nth && !fault.nth->matches(connection)) || (fault.address && fault.address != address))
            continue;
        if (fault.probability < 1 &&
            !rng.fork(fmt::format("fault {} occurrence {}", number, connection)).chance(fault.probability))
            continue;
        for (const scenario::Action& action : fault.actions) {
            if (std::holds_alternative<scenario::Refuse>(action))
                return {Admission::refuse, number};
            if (std::holds_alternative<scenario::Blackhole>(action))
                return {Admission::blackhole, number};
        }
    }
    return {};
}

} // namespace postfault::fault
