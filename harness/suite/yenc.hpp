#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postfault::suite {

// The checksum of zlib, which yEnc states.
std::uint32_t crc32_of(std::string_view bytes);

// A whole yEnc block, from =ybegin to =yend, in lines of 128 characters (yenc.org, version 1.3). Its lines end with
// CRLF; a dot at the start of one is left to whoever sends it.
std::string as_yenc(std::string_view bytes, std::string_view name);

} // namespace postfault::suite
