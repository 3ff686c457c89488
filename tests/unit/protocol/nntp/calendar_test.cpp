#include "fakeserver/protocol/nntp/calendar.hpp"

#include <catch2/catch.hpp>

using namespace postfault::protocol::nntp;
using namespace std::chrono;

namespace {

constexpr sys_seconds now = sys_days{year{2026} / 2 / 3} + 4h + 5min + 6s;

} // namespace

TEST_CASE("dates are written as NNTP and articles want them", "[nntp][calendar]") {
    CHECK(compact_date(now) == "20260203040506");
    CHECK(field_date(now) == "Tue, 03 Feb 2026 04:05:06 +0000");
}

TEST_CASE("dates of NEWGROUPS have two or four digits for the year", "[nntp][calendar]") {
    CHECK(parse_date("20260203", "040506", now) == now);
    CHECK(parse_date("260203", "040506", now) == now);
    CHECK(parse_date("270203", "040506", now) == now - (sys_days{year{2026} / 2 / 3} - sys_days{year{1927} / 2 / 3}));
    CHECK(parse_date("19990101", "000000", now) == sys_days{year{1999} / 1 / 1});
    for (const char* date : {"", "2026020", "20260230", "20261301", "2026020x", "-60203"})
        CHECK(!parse_date(date, "000000", now));
    for (const char* time : {"", "240000", "006000", "000061", "00000", "0000000", "aaaaaa"})
        CHECK(!parse_date("20260203", time, now));
}
