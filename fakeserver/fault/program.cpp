#include "fakeserver/fault/program.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postfault::fault {

namespace {

// What a TLS record holds at most (RFC 8446 5.1).
constexpr std::size_t record_octets = 16 * 1024;

} // namespace

void Program::add_sealed_flood(std::string_view pattern, std::uint64_t octets) {
    if (pattern.empty())
        return;
    Flooding flooding;
    flooding.left = octets;
    while (flooding.block.size() < record_octets)
        flooding.block += pattern;
    items_.emplace_back(std::move(flooding));
}

void Program::end_with(wire::Op op) {
    add(std::move(op));
    ended_ = true;
}

const wire::Op* Program::last() const { return is_empty() ? nullptr : std::get_if<wire::Op>(&items_.back()); }

std::optional<wire::Op> Program::next(const Seal& seal, Duration limit) {
    auto& front = items_.front();
    if (auto* out = std::get_if<Outgoing>(&front)) {
        wire::Op piece = out->next(seal, limit);
        if (out->is_over())
            items_.pop_front();
        return piece;
    }
    if (auto* flooding = std::get_if<Flooding>(&front)) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(flooding->block.size(), flooding->left));
        wire::Send block;
        block.plain = flooding->block.substr(0, count);
        block.bytes = seal(*block.plain);
        flooding->left -= count;
        if (flooding->left == 0)
            items_.pop_front();
        return block;
    }
    if (auto* later = std::get_if<Later>(&front)) {
        const Later planned = std::move(*later);
        items_.pop_front();
        plan_now(planned);
        return std::nullopt;
    }
    wire::Op op = std::move(std::get<wire::Op>(front));
    items_.pop_front();
    if (const auto* pause = std::get_if<wire::Pause>(&op); pause != nullptr && !pause->lasts) {
        held_for_good_ = true;
        items_.clear();
    }
    return op;
}

void Program::plan_now(const Later& later) {
    const bool had_ended = ended_;
    auto rest = std::exchange(items_, {});
    later.plan();
    // What was planned behind an end never happens.
    if (ended_ == had_ended)
        std::move(rest.begin(), rest.end(), std::back_inserter(items_));
}

} // namespace postfault::fault
