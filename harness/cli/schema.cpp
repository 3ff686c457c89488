#include "fakeserver/scenario/schema.hpp"

#include "fakeserver/scenario/reference.hpp"
#include "harness/cli/command.hpp"

#include <fmt/format.h>

#include <memory>

namespace postfault::cli {

Action add_schema(CLI::App& app, const Invocation&) {
    auto markdown = std::make_shared<bool>(false);
    app.add_flag("--markdown", *markdown, "The tables of docs/scenario-language.md instead");
    return [markdown] {
        fmt::print("{}", *markdown ? scenario::reference_tables() : scenario::schema_text());
        return all_as_expected;
    };
}

} // namespace postfault::cli
