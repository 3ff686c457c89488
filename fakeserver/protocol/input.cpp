#include "fakeserver/protocol/input.hpp"

#include "fakeserver/base/check.hpp"

#include <utility>

namespace postfault::protocol {

namespace {

// Above this an empty buffer gives its memory back: thousands of connections may be open at once.
constexpr std::size_t most_idle_memory = 16 * 1024;

} // namespace

void Input::add(std::string_view bytes) {
    // Moving what is left costs no more than what was taken before, so it stays linear.
    if (taken_ > 0 && taken_ >= octets_.size() - taken_) {
        octets_.erase(0, taken_);
        taken_ = 0;
    }
    octets_.append(bytes);
}

void Input::take(std::size_t count) {
    POSTFAULT_CHECK(count <= octets_.size() - taken_, "nobody takes what has not come");
    taken_ += count;
    searched_ -= searched_ < count ? searched_ : count;
    if (taken_ < octets_.size())
        return;
    if (octets_.capacity() > most_idle_memory)
        octets_ = std::string{};
    else
        octets_.clear();
    taken_ = 0;
}

std::optional<Line> Input::take_line(std::size_t longest) {
    const std::string_view octets = unread();
    const std::size_t lf = octets.find('\n', searched_);
    if (!too_long_) {
        if (lf == std::string_view::npos && octets.size() < longest) {
            searched_ = octets.size();
            return std::nullopt;
        }
        if (lf < longest) {
            const bool bare_lf = lf == 0 || octets[lf - 1] != '\r';
            Line line{std::string(octets.substr(0, bare_lf ? lf : lf - 1)), false, bare_lf, 0};
            take(lf + 1);
            return line;
        }
        too_long_ = octets.substr(0, longest);
        take(longest);
        return take_line(longest);
    }
    const std::size_t rest = lf == std::string_view::npos ? octets.size() : lf + 1;
    take(rest);
    dropped_ += rest;
    if (lf == std::string_view::npos)
        return std::nullopt;
    return Line{*std::exchange(too_long_, std::nullopt), true, false, std::exchange(dropped_, 0)};
}

} // namespace postfault::protocol
