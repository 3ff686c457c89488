#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postfault {

// A small seeded generator (SplitMix64). The same seed and labels give the same numbers on every machine and however
// many runs go on at once; <random>'s distributions do not promise that.
class Rng {
public:
    explicit Rng(std::uint64_t seed) : state_(seed) {}

    // An independent generator for one purpose, e.g. fork("conn 2"). Does not advance this one.
    Rng fork(std::string_view label) const;

    std::uint64_t next();

    // 0 <= result < bound; bound > 0.
    std::uint64_t below(std::uint64_t bound);

    // True with the given probability, 0..1.
    bool chance(double probability);

    std::string bytes(std::size_t count);

private:
    std::uint64_t state_;
};

} // namespace postfault
