#include "fakeserver/protocol/chunk_text.hpp"

#include <algorithm>

namespace postfault::protocol {

std::size_t ChunkReader::take(std::string_view bytes) {
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    left_ -= bytes.size();
    octets_ += bytes.size();
    if (dropping_)
        return bytes.size();
    if (bytes.size() > most_kept_ - text_.size()) {
        too_large_ = true;
        drop();
    } else
        text_.append(bytes);
    return bytes.size();
}

void ChunkReader::drop() {
    dropping_ = true;
    text_ = std::string{};
}

} // namespace postfault::protocol
