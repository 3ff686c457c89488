#pragma once

#include "fakeserver/fault/matching.hpp"
#include "fakeserver/fault/outgoing.hpp"
#include "fakeserver/scenario/point.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::fault {

// A text that goes out at one go unless faults inside of it have something against it.
struct Stretch {
    std::string bytes;
    std::string subject;
    scenario::Point::Kind inside = scenario::Point::Kind::reply; // points of this kind lie in it
    Outgoing::Layer layer = Outgoing::Layer::text;
    std::string ends;
    std::string plain;                        // of records
    std::string surplus;                      // goes out together with what is left at last
    std::optional<std::size_t> surplus_fault; // that wanted it
};

// The part of a text before a fault inside of it.
struct Piece {
    std::string_view bytes; // empty if the fault comes directly behind the one before, or at the start
    std::uint64_t end = 0;  // from the start of the text
    Due next;
};

// Cuts the text where these faults are. At the same place they keep their order; behind the last of them there may be a
// rest.
std::vector<Piece> cut_up(std::string_view bytes, const std::vector<Due>& inside);

} // namespace postfault::fault
