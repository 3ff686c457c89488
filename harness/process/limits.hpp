#pragma once

#include <cstdint>

namespace postfault::process {

// Lets this process open as many descriptors as it may (many runs at once need several each) and returns the limit that
// was in force before. Children get that one back (SpawnSpec::descriptor_limit): programs that use select(), or that
// close every descriptor up to the limit, misbehave under a huge one.
std::uint64_t raise_descriptor_limit();

} // namespace postfault::process
