#pragma once

#include <string_view>

namespace postfault {

enum class Letters { as_they_are, either_case };

// `*` stands for any octets, also none, and `?` for one; everything else for itself. Never slower than the product of
// the two lengths.
bool matches_glob(std::string_view text, std::string_view glob, Letters letters = Letters::as_they_are);

} // namespace postfault
