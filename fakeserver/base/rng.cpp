#include "fakeserver/base/rng.hpp"

#include "fakeserver/base/check.hpp"

namespace postfault {

Rng Rng::fork(std::string_view label) const {
    // FNV-1a over the label, mixed with the state.
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char letter : label) {
        hash ^= static_cast<unsigned char>(letter);
        hash *= 1099511628211ULL;
    }
    Rng child(state_ ^ hash);
    child.next();
    return child;
}

std::uint64_t Rng::next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

std::uint64_t Rng::below(std::uint64_t bound) {
    POSTFAULT_CHECK(bound > 0, "a range has at least one value");
    return next() % bound;
}

bool Rng::chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }

std::string Rng::bytes(std::size_t count) {
    std::string result(count, '\0');
    for (char& byte : result)
        byte = static_cast<char>(next() & 0xff);
    return result;
}

} // namespace postfault
