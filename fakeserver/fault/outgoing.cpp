#include "fakeserver/fault/outgoing.hpp"

#include "fakeserver/fault/edit.hpp"

#include <algorithm>
#include <utility>

namespace postfault::fault {

namespace {

using namespace std::chrono_literals;

// Far enough for the client to be woken between two segments, near enough for a hundred of them to pass unnoticed.
constexpr Duration segments_apart = 5ms;

} // namespace

wire::Op Outgoing::next(const Seal& seal, Duration limit) {
    const Seal& sealing = layer_ == Layer::text ? seal : Seal{};
    const bool first = !std::exchange(handed_out_, true);
    if (!pace_ || bytes_.empty())
        return whole(sealing);
    if (first && pace_->every && sealing) {
        plain_ = std::exchange(bytes_, sealing(bytes_));
        for (const scenario::Flip& flip : flips_)
            bytes_ = flipped(std::move(bytes_), flip);
        if (bytes_.empty())
            return wire::Send{};
    }
    if (sent_ > 0 && !rested_) {
        const bool first_pause = sent_ <= pace_->octets || pace_->octets == 0;
        rested_ = true;
        // The first pause starts the schedule of this text, the others follow it.
        return wire::Pause{apart(limit), !first_pause};
    }
    std::size_t end = sent_ + pace_->octets;
    if (pace_->octets == 0) {
        const std::size_t line = bytes_.find('\n', sent_);
        end = line == std::string::npos ? bytes_.size() : line + 1;
    }
    rested_ = false;
    return piece(std::min(end, bytes_.size()), plain_ ? Seal{} : sealing);
}

wire::Send Outgoing::whole(const Seal& seal) {
    sent_ = bytes_.size();
    wire::Send send{seal ? seal(bytes_) : bytes_, ends_, {}};
    for (const scenario::Flip& flip : flips_)
        send.bytes = flipped(std::move(send.bytes), flip);
    if (seal)
        send.plain = std::move(bytes_);
    else if (layer_ == Layer::record)
        send.plain = plain_.value_or("");
    // Nothing could be said any more.
    if (seal && send.bytes.empty() && !send.plain->empty())
        send = {};
    bytes_.clear();
    sent_ = 0;
    return send;
}

wire::Send Outgoing::piece(std::size_t end, const Seal& seal) {
    wire::Send send{bytes_.substr(sent_, end - sent_), end == bytes_.size() ? ends_ : "", {}};
    if (seal) {
        send.plain = send.bytes;
        send.bytes = seal(send.bytes);
        if (sent_ == 0)
            for (const scenario::Flip& flip : flips_)
                send.bytes = flipped(std::move(send.bytes), flip);
        if (send.bytes.empty())
            send = {};
    } else if (plain_) {
        // What is in a record shows when it is whole.
        send.plain = end == bytes_.size() ? *plain_ : "";
    } else if (layer_ == Layer::record) {
        send.plain = "";
    }
    sent_ = end;
    return send;
}

Duration Outgoing::apart(Duration limit) const {
    if (pace_->every)
        return *pace_->every;
    // However many segments there are, together they must not take long enough to look like a slow reply.
    const std::uint64_t segments = std::max<std::uint64_t>(
        pace_->octets == 0 ? static_cast<std::uint64_t>(std::count(bytes_.begin(), bytes_.end(), '\n'))
                           : bytes_.size() / pace_->octets,
        1);
    return std::min(segments_apart, limit / 4 / static_cast<Duration::rep>(segments));
}

} // namespace postfault::fault
