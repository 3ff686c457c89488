#include "harness/judge/verdict.hpp"

namespace postfault::judge {

std::string_view to_string(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::pass:
        return "pass";
    case VerdictKind::fail:
        return "fail";
    case VerdictKind::xfail:
        return "xfail";
    case VerdictKind::xpass:
        return "xpass";
    case VerdictKind::not_reached:
        return "not reached";
    case VerdictKind::skipped:
        return "skipped";
    case VerdictKind::error:
        break;
    }
    return "error";
}

std::string_view to_string(ClientClose close) {
    switch (close) {
    case ClientClose::quit:
        return "quit";
    case ClientClose::fin:
        return "fin";
    case ClientClose::reset:
        return "reset";
    case ClientClose::open:
        break;
    }
    return "open";
}

} // namespace postfault::judge
