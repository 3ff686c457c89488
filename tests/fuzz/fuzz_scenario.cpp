// Invariant: whatever the text is, the reader ends, throws nothing, and either gives scenarios or says what is wrong
// with them.
#include "fakeserver/base/check.hpp"
#include "fakeserver/scenario/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    postfault::Diagnostics diagnostics;
    const auto scenarios = postfault::scenario::read_scenarios(text, "fuzz", "fuzz.yaml", diagnostics);
    POSTFAULT_CHECK(diagnostics.has_errors() || !scenarios.empty(), "an empty file is reported");
    if (diagnostics.has_errors())
        return 0;
    for (const auto& scenario : scenarios) {
        POSTFAULT_CHECK(!scenario.id.empty() && !scenario.steps.empty(), "a scenario that is accepted is complete");
        for (const auto& fault : scenario.faults)
            POSTFAULT_CHECK(!describe(fault).empty(), "a fault can be described");
    }
    return 0;
}
