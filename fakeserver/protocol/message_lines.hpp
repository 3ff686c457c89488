#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace postfault::protocol {

// How a message or an article has to look on its way to a server (RFC 5321 2.3.8 and 4.5.2, RFC 3977 3.1.1), octet by
// octet: lines end with CRLF, neither of the two stands alone, and a dot at the start of a line is doubled.
class MessageLines {
public:
    enum class Fault { bare_lf, bare_cr, single_dot, long_line };

    // `at` = where it is among the octets taken, from 0; `octets` = what stands there, with a little of what is before.
    struct Found {
        Fault fault;
        std::uint64_t at = 0;
        std::string octets;
    };

    using OnFound = std::function<void(const Found&)>;

    // Takes octets up to the end of the terminator at most, and says how many it has taken.
    std::size_t take(std::string_view bytes, const OnFound& on_found);

    // The line with the dot was taken.
    bool ended() const { return ended_; }

    // The first thing that came was the terminator.
    bool empty() const { return octets_ <= 3; }

    std::uint64_t octets() const { return octets_; }

private:
    void take_octet(char octet, const OnFound& on_found);
    void take_inside(std::string_view bytes);
    void remember(std::string_view bytes);
    void tell(Fault fault, std::uint64_t at, const OnFound& on_found) const;

    std::uint64_t octets_ = 0;
    std::uint64_t in_line_ = 0; // octets of the present line
    bool dot_first_ = false;    // it begins with a dot
    bool after_cr_ = false;
    bool told_long_ = false;
    bool ended_ = false;
    std::string recent_; // the last few octets
};

} // namespace postfault::protocol
