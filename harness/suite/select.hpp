#pragma once

#include "fakeserver/base/result.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::suite {

using NamePredicate = std::function<bool(std::string_view id)>;

// `-k EXPR` as in pytest: words that the ID contains, without regard to case, joined by `and`, `or`, `not` and
// parentheses.
Result<NamePredicate> parse_name_expression(std::string_view expression);

// `--shard I/N`, I from 1.
struct Shard {
    std::size_t number = 1;
    std::size_t of = 1;
};

Result<Shard> parse_shard(std::string_view text);

// Every N-th scenario, so that families are spread over the shards.
std::vector<scenario::Scenario> in_shard(std::vector<scenario::Scenario> scenarios, const Shard& shard);

} // namespace postfault::suite
