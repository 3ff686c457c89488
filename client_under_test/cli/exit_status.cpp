#include "client_under_test/cli/exit_status.hpp"

#include <algorithm>
#include <array>

namespace refclient {

namespace {

int status_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::ok:
        return exit_status::ok;
    case Outcome::temp:
        return exit_status::temp;
    case Outcome::perm:
        return exit_status::perm;
    case Outcome::uncertain:
        return exit_status::uncertain;
    }
    return exit_status::temp;
}

} // namespace

int combine(int status, Outcome outcome) {
    constexpr std::array by_weight{exit_status::ok, exit_status::temp, exit_status::uncertain, exit_status::perm};
    const auto weight = [&](int value) { return std::find(by_weight.begin(), by_weight.end(), value); };
    const int other = status_of(outcome);
    return weight(other) > weight(status) ? other : status;
}

} // namespace refclient
