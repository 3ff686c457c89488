#pragma once

#include "fakeserver/base/result.hpp"

#include <cstddef>
#include <string>

namespace postfault {

// The contents of a file, at most `most` octets of it. The problem is the system's own words, without the path.
Result<std::string> read_file(const std::string& path, std::size_t most = std::size_t{256} << 20);

} // namespace postfault
