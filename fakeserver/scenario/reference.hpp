#pragma once

#include "fakeserver/scenario/tables.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postfault::scenario {

// The forms of a row, one by one: commas inside of brackets do not part them.
std::vector<std::string_view> forms_of(std::string_view forms);

// The tables of the scenario language as Markdown, as docs/scenario-language.md shows them.
std::string reference_tables();

} // namespace postfault::scenario
