#include "fakeserver/fault/stretch.hpp"

#include "fakeserver/fault/edit.hpp"

#include <algorithm>

namespace postfault::fault {

std::vector<Piece> cut_up(std::string_view bytes, const std::vector<Due>& inside) {
    std::vector<Piece> pieces;
    pieces.reserve(inside.size());
    for (const Due& due : inside)
        pieces.push_back({{}, place_in(bytes, due.fault->at.offset.value_or(scenario::Offset{})), due});
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& left, const Piece& right) { return left.end < right.end; });
    std::uint64_t start = 0;
    for (Piece& piece : pieces) {
        piece.bytes = bytes.substr(start, piece.end - start);
        start = piece.end;
    }
    return pieces;
}

} // namespace postfault::fault
