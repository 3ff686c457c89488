#pragma once

#include <yaml-cpp/mark.h>

#include <string>

namespace postfault::scenario {

// Reads the YAML until its first document ends, building nothing. What stands behind it, or a null mark where the text
// ends there. It reads no further, and so it ends for every text: yaml-cpp 0.7 takes a token that begins no value, such
// as a ',' on its own, for another empty document, again and again without end, and YAML::LoadAll keeps all of them.
//
// Throws YAML::Exception where the first document is no valid YAML.
YAML::Mark behind_first_document(const std::string& text);

} // namespace postfault::scenario
