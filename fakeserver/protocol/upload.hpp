#pragma once

#include "fakeserver/protocol/chunk_text.hpp"
#include "fakeserver/protocol/dot_text.hpp"

#include <utility>
#include <variant>

namespace postfault::protocol {

// What a client sends of one message or article, whichever way it says where it ends.
class Upload {
public:
    explicit Upload(DotReader reader) : reader_(std::move(reader)) {}

    explicit Upload(ChunkReader reader) : reader_(std::move(reader)) {}

    std::size_t take(std::string_view bytes) {
        return std::visit([bytes](auto& reader) { return reader.take(bytes); }, reader_);
    }

    // The terminator, or the end of the present chunk, was taken.
    bool ended() const {
        return std::visit([](const auto& reader) { return reader.ended(); }, reader_);
    }

    // As sent.
    std::uint64_t octets() const {
        return std::visit([](const auto& reader) { return reader.octets(); }, reader_);
    }

    // Reads on, but keeps nothing.
    void drop() {
        std::visit([](auto& reader) { reader.drop(); }, reader_);
    }

    bool too_large() const {
        return std::visit([](const auto& reader) { return reader.too_large(); }, reader_);
    }

    const std::string& text() const {
        return std::visit([](const auto& reader) -> const std::string& { return reader.text(); }, reader_);
    }

    std::string release_text() {
        return std::visit([](auto& reader) { return reader.release_text(); }, reader_);
    }

    // Null unless the upload comes in chunks.
    ChunkReader* chunks() { return std::get_if<ChunkReader>(&reader_); }

private:
    std::variant<DotReader, ChunkReader> reader_;
};

} // namespace postfault::protocol
