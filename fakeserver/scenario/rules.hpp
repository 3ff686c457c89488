#pragma once

#include "fakeserver/scenario/actions.hpp"
#include "fakeserver/scenario/point.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstddef>
#include <string>
#include <vector>

// What fits together in one fault. Each answers with a sentence for people, or "" if all is well.
namespace postfault::scenario {

// Whether that place comes up in this operation at all.
std::string point_problem(const Point& point, Operation operation);

// Whether what the condition's key is about can be known at that point.
std::string condition_problem(const Point& point, std::string_view key, Operation operation);

// Whether `next` can be done at that point.
std::string place_problem(const Point& point, const Action& next);

// Whether `next` can come after the others of its list.
std::string order_problem(const std::vector<Action>& before, const Action& next);

// Whether what was asked for earlier in the list can still come out when `next` happens.
std::string unseen_problem(const Point& point, const std::vector<Action>& before, const Action& next);

// Whether that one of the list makes a difference. Asked of the whole list: what comes behind it counts.
std::string needless_problem(const Point& point, const std::vector<Action>& actions, std::size_t index, Tls tls);

// Whether there can be TLS at that point at all; and for that action.
std::string tls_problem(const Point& point, Tls tls);
std::string tls_problem(const Action& action, Tls tls);

// Whether the message is long enough for the fault to be reached and to be felt.
std::string size_problem(const Point& point, const std::vector<Action>& actions, const MessageSpec& message);

} // namespace postfault::scenario
