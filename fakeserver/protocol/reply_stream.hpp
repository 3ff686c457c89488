#pragma once

#include "fakeserver/protocol/dot_text.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace postfault::protocol {

// What a server has sent, cut into replies as a client on the other side has to do it. It never asks what a correct
// server would have said: faults are on the wire like everything else.
class ReplyStream {
public:
    enum class Shape {
        many_lines, // `250-…` lines belong to the same reply as the line that ends it (RFC 5321 4.2.1)
        one_line,   // RFC 3977 3.1; a block of data may follow
    };

    struct Line {
        int code = 0;
        bool last = true;      // of its reply
        std::string_view text; // behind the code and the mark after it
    };

    explicit ReplyStream(Shape shape) : shape_(shape), block_(0) {}

    // Called with each line of a reply. True: a block of data follows, which ends with a dot.
    using OnLine = std::function<bool(const Line&)>;

    // Takes everything, unless something comes that is no reply: then false, and nobody can say any more what a client
    // makes of it.
    bool take(std::string_view bytes, const OnLine& on_line);

private:
    bool take_line(const OnLine& on_line);

    // Longer ones than any client has to accept, by far; some would take them for ended, some would wait.
    static constexpr std::size_t longest_line = 4096;
    static constexpr std::uint64_t most_lines = 1000;

    Shape shape_;
    std::string line_;
    std::optional<int> code_; // of the reply that has begun
    std::uint64_t lines_ = 0; // of it
    DotReader block_;
    bool in_block_ = false;
};

} // namespace postfault::protocol
