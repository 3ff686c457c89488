#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::protocol {

struct Line {
    std::string text; // without its line end; only the first octets of one that is too long
    bool too_long = false;
    bool bare_lf = false;      // ended by LF without CR
    std::uint64_t dropped = 0; // octets of one that is too long, line end included, which are not in `text`
};

// Octets that have come and wait to be understood. Any way of feeding and taking them costs linear time in all.
class Input {
public:
    void add(std::string_view bytes);

    std::string_view unread() const { return std::string_view(octets_).substr(taken_); }

    void take(std::size_t count);

    // The next whole line, if it is there. `longest` counts the line end. Of a longer line that many octets are kept
    // and the rest is dropped as it comes, so a line without an end needs no memory.
    std::optional<Line> take_line(std::size_t longest);

    // Of a line that is too long, and whose end has not come yet.
    std::uint64_t dropped() const { return dropped_; }

private:
    std::string octets_;
    std::size_t taken_ = 0;               // octets_ before this have been taken
    std::size_t searched_ = 0;            // so many of the unread octets hold no LF
    std::optional<std::string> too_long_; // the start of a line whose end has not come yet
    std::uint64_t dropped_ = 0;           // of it
};

} // namespace postfault::protocol
