#pragma once

#include <string>

namespace postfault::scenario {

// A JSON Schema (draft-07, which editors' YAML language servers know best) of scenario files, made from the tables:
// keys with their meaning, words, and patterns for points, actions, times and sizes. It accepts every file that
// `postfault check` accepts, and refuses what a schema can see to be wrong; rules between keys are the linter's.
std::string schema_text();

} // namespace postfault::scenario
