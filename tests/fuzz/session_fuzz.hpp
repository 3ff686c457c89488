#pragma once

#include "fakeserver/base/check.hpp"
#include "fakeserver/protocol/service.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Invariants of a session: it takes the same steps however the input is cut, every command is answered once, and it
// never keeps what it has answered.
namespace postfault::fuzz {

struct Walk {
    std::vector<std::string> steps;
    std::size_t stored = 0;

    bool operator==(const Walk&) const = default;
};

inline void take_steps(protocol::Session& session, Walk& walk) {
    while (const auto step = session.next_step()) {
        walk.steps.push_back(std::to_string(static_cast<int>(step->kind)) + " " + step->subject + " " + step->text);
        POSTFAULT_CHECK(walk.steps.size() < 1'000'000, "a session ends");
    }
}

// `cut`: octets fed at a time; 0 = all at once.
template <class Service>
Walk walk(std::string_view input, std::size_t cut) {
    Service service;
    const auto session = service.open();
    Walk result;
    session->on_connected();
    take_steps(*session, result);
    while (!input.empty()) {
        const std::string_view piece = cut == 0 ? input : input.substr(0, cut);
        session->on_bytes(piece);
        take_steps(*session, result);
        input.remove_prefix(piece.size());
    }
    result.stored = service.stored().size();
    return result;
}

template <class Service>
int check(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const Walk whole = walk<Service>(input, 0);
    POSTFAULT_CHECK((whole == walk<Service>(input, 1)), "whole and octet by octet are the same");
    POSTFAULT_CHECK((whole == walk<Service>(input, 7)), "and so is anything between");
    return 0;
}

} // namespace postfault::fuzz
