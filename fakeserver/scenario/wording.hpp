#pragma once

#include "fakeserver/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Small helpers of the readers of text. Positions are octets from the start of the text that a reader was given.
namespace postfault::scenario {

// What a person wrote, fit for a one-line message: control characters escaped, cut when it is long.
std::string shown(std::string_view text);

// As shown, for a whole sentence.
std::string escaped_controls(std::string_view text, std::size_t limit);

// `a, b or c`.
std::string listed(const std::vector<std::string_view>& words);

// `part` must be a piece of `text`.
inline std::size_t offset_in(std::string_view text, std::string_view part) {
    return static_cast<std::size_t>(part.data() - text.data());
}

// Without the blanks at both ends; still a piece of `text`, even when nothing is left.
std::string_view without_blanks(std::string_view text);

// Another reader's problem, found in a piece of our text that begins at `offset`.
template <class To, class From>
Result<To> problem_of(const Result<From>& part, std::size_t offset = 0) {
    return Result<To>::failed(part.problem(), part.where() + offset);
}

// `0`, `7`, `200`: digits only, no leading zero, `least..most`.
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

// Undoes \r \n \t \\ \" \/ and \xNN; anything else after a backslash is refused.
Result<std::string> parse_escapes(std::string_view text);

} // namespace postfault::scenario
