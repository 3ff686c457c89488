#include "fakeserver/scenario/point.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

std::uint64_t Offset::within(std::uint64_t size) const {
    switch (unit) {
    case Unit::octet:
        return std::min(count, size);
    case Unit::percent: {
        const std::uint64_t part = std::min<std::uint64_t>(count, 100);
        return size / 100 * part + size % 100 * part / 100; // size * part may not fit
    }
    case Unit::from_end:
        return size - std::min(count, size);
    case Unit::line:
        break;
    }
    POSTFAULT_CHECK(unit != Unit::line, "whoever has the text finds its lines");
    return 0;
}

std::string to_string(const Offset& offset) {
    switch (offset.unit) {
    case Offset::Unit::octet:
        return size_to_string(offset.count);
    case Offset::Unit::percent:
        return fmt::format("{}%", offset.count);
    case Offset::Unit::from_end:
        return fmt::format("-{}", offset.count);
    case Offset::Unit::line:
        return fmt::format("line {}", offset.count);
    }
    return {};
}

std::string to_string(const Point& point) {
    const std::string offset = point.offset ? to_string(*point.offset) : std::string{};
    switch (point.kind) {
    case Point::Kind::connect:
        return "connect";
    case Point::Kind::received:
        return point.subject;
    case Point::Kind::reply:
        return point.subject + " reply@" + offset;
    case Point::Kind::record:
        return point.subject + " record@" + offset;
    case Point::Kind::done:
        return point.subject + " done";
    case Point::Kind::body:
        return "body@" + offset;
    case Point::Kind::idle:
        return "idle " + to_string(point.after);
    }
    return {};
}

} // namespace postfault::scenario
