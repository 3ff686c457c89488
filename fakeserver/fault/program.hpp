#pragma once

#include "fakeserver/base/time.hpp"
#include "fakeserver/fault/outgoing.hpp"
#include "fakeserver/fault/wire.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postfault::fault {

// What a connection is still to do, in order. An operation that ends the connection is the last one, and a pause
// without an end drops what stands behind it: who plans asks stopped() and leaves it at that.
class Program {
public:
    void add(wire::Op op) { items_.emplace_back(std::move(op)); }

    void add(Outgoing out) { items_.emplace_back(std::move(out)); }

    // Under TLS: the same text again and again, sealed block by block. Nothing if the text is empty.
    void add_sealed_flood(std::string_view pattern, std::uint64_t octets);

    // For what can only be planned when its turn has come, because records are numbered. What `plan` adds takes its
    // place.
    void add_later(std::function<void()> plan) { items_.emplace_back(Later{std::move(plan)}); }

    void end_with(wire::Op op);

    bool is_empty() const { return items_.empty(); }

    // Of what was added last; none if that is no plain operation.
    const wire::Op* last() const;

    // Nothing comes behind what is there.
    bool stopped() const { return held_for_good_ || ended_; }

    // The operation that ends the connection has been handed out.
    bool ended() const { return ended_ && is_empty(); }

    // A pause without an end has been handed out.
    bool held_for_good() const { return held_for_good_; }

    // Not to be asked of an empty program. None if what stood there was only planned now. `limit` is T.
    std::optional<wire::Op> next(const Seal& seal, Duration limit);

private:
    struct Flooding {
        std::string block;
        std::uint64_t left = 0;
    };

    struct Later {
        std::function<void()> plan;
    };

    void plan_now(const Later& later);

    std::deque<std::variant<wire::Op, Outgoing, Flooding, Later>> items_;
    bool held_for_good_ = false;
    bool ended_ = false;
};

} // namespace postfault::fault
