#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace postfault::protocol {

// A text that comes in chunks of announced sizes (RFC 3030 section 2). Every octet is text: no dots, no line ends.
class ChunkReader {
public:
    // A text of more octets than that is read to its end but not kept.
    explicit ChunkReader(std::uint64_t most_kept) : most_kept_(most_kept) {}

    // The chunk before it, if any, has ended.
    void begin_chunk(std::uint64_t octets) { left_ = octets; }

    // Takes octets up to the end of the chunk at most, and says how many it has taken.
    std::size_t take(std::string_view bytes);

    // Whether the chunk has; only the session knows which one is the last.
    bool ended() const { return left_ == 0; }

    // Of all chunks.
    std::uint64_t octets() const { return octets_; }

    // Reads on, but keeps nothing.
    void drop();

    bool too_large() const { return too_large_; }

    const std::string& text() const { return text_; }

    std::string release_text() { return std::move(text_); }

private:
    std::uint64_t most_kept_;
    std::uint64_t left_ = 0;
    std::uint64_t octets_ = 0;
    std::string text_;
    bool too_large_ = false;
    bool dropping_ = false;
};

} // namespace postfault::protocol
