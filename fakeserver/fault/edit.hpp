#pragma once

#include "fakeserver/scenario/actions.hpp"
#include "fakeserver/scenario/point.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// Changes to the text of a correct reply. Protocol-neutral: a reply is lines, `250-` or `250 ` marks a status line, and
// a data block ends with a line that is a single dot.
namespace postfault::fault {

// A line is added before the last status line (given its code) or before the terminator of a data block; a word goes
// wherever it stands on its own, and its line with it if it is the line's first and the line is not the reply's first;
// or every occurrence of a text is replaced.
std::string edited(std::string reply, const scenario::Edit& edit);

// The lowest bit of the octet at flip.at is turned over; a reply that is shorter stays as it is.
std::string flipped(std::string reply, const scenario::Flip& flip);

// What a flood at `offset` of this reply repeats: the status line as a continuation line or the line of the data block
// that stands there; for the shape `line` a text without a line end.
std::string flood_pattern(std::string_view reply, std::uint64_t offset, scenario::Flood::Shape shape);

// Octets from the start of `reply` to the place meant; `line N` is the start of that line.
std::uint64_t place_in(std::string_view reply, const scenario::Offset& offset);

} // namespace postfault::fault
