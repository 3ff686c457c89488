#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::scenario;
using Kind = Point::Kind;
using Unit = Offset::Unit;

namespace {

Point smtp(std::string_view text) {
    const auto point = parse_point(text, Protocol::smtp);
    INFO(text << ": " << point.problem());
    REQUIRE(point);
    return *point;
}

Point nntp(std::string_view text) {
    const auto point = parse_point(text, Protocol::nntp);
    INFO(text << ": " << point.problem());
    REQUIRE(point);
    return *point;
}

} // namespace

TEST_CASE("every form of a point is read", "[scenario][point]") {
    CHECK(smtp("connect") == Point{Kind::connect, "", {}});
    CHECK(smtp("greeting") == Point{Kind::received, "greeting", {}});
    CHECK(smtp("greeting reply@2") == Point{Kind::reply, "greeting", Offset{Unit::octet, 2}});
    CHECK(smtp("greeting done") == Point{Kind::done, "greeting", {}});
    CHECK(smtp("EHLO") == Point{Kind::received, "EHLO", {}});
    CHECK(smtp("EHLO reply@512") == Point{Kind::reply, "EHLO", Offset{Unit::octet, 512}});
    CHECK(smtp("EHLO reply@line 4") == Point{Kind::reply, "EHLO", Offset{Unit::line, 4}});
    CHECK(smtp("EHLO reply@-3") == Point{Kind::reply, "EHLO", Offset{Unit::from_end, 3}});
    CHECK(smtp("DATA done") == Point{Kind::done, "DATA", {}});
    CHECK(smtp("body@64KiB") == Point{Kind::body, "", Offset{Unit::octet, 65536}});
    CHECK(smtp("body@50%") == Point{Kind::body, "", Offset{Unit::percent, 50}});
    CHECK(smtp("dot") == Point{Kind::received, "dot", {}});
    CHECK(smtp("accepted") == Point{Kind::received, "accepted", {}});
    CHECK(smtp("accepted reply@5") == Point{Kind::reply, "accepted", Offset{Unit::octet, 5}});
    CHECK(smtp("accepted done") == Point{Kind::done, "accepted", {}});
    CHECK(nntp("BODY reply@50%") == Point{Kind::reply, "BODY", Offset{Unit::percent, 50}});
}

TEST_CASE("MODE READER is the verb MODE", "[scenario][point]") {
    CHECK(nntp("MODE READER") == Point{Kind::received, "MODE", {}});
    CHECK(nntp("MODE READER done") == Point{Kind::done, "MODE", {}});
    CHECK(nntp("MODE READER reply@-1") == Point{Kind::reply, "MODE", Offset{Unit::from_end, 1}});
}

TEST_CASE("blanks around a point do not matter", "[scenario][point]") {
    CHECK(smtp("  EHLO   done ") == Point{Kind::done, "EHLO", {}});
}

TEST_CASE("problems of a point say where they are", "[scenario][point]") {
    const auto offset = parse_point("EHLO reply@x", Protocol::smtp);
    CHECK(offset.problem() == "expected an offset such as 512, 64KiB, 50%, -3 or line 4, got 'x'");
    CHECK(offset.where() == 11);
    CHECK(parse_point("EHLO reply@-0", Protocol::smtp).problem() == "expected a number of at least 1, got '0'");
    CHECK(parse_point("EHLO reply@line 0", Protocol::smtp).where() == 16);
    CHECK(parse_point("ehlo", Protocol::smtp).problem() ==
          "commands are written in capitals, got 'ehlo' (did you mean 'EHLO'?)");
    CHECK(parse_point("POST", Protocol::smtp).problem() == "'POST' is a command of nntp, not of smtp");
    CHECK(parse_point("MAIL", Protocol::nntp).problem() == "'MAIL' is a command of smtp, not of nntp");
}

TEST_CASE("every verb of the tables is a point of its protocol", "[scenario][point]") {
    for (const ProtocolRow& row : protocol_rows())
        for (const std::string_view verb : row.verbs) {
            CAPTURE(verb);
            CHECK(parse_point(verb, row.protocol)->subject == verb);
            CHECK(parse_verb(verb, row.protocol));
        }
}

TEST_CASE("a printed point reads back as the same", "[scenario][point][property]") {
    const std::uint64_t seed = 4711;
    CAPTURE(seed);
    Rng rng(seed);
    for (int round = 0; round < 3000; ++round) {
        const ProtocolRow& row = protocol_rows()[rng.below(protocol_rows().size())];
        std::string subject(row.verbs[rng.below(row.verbs.size())]);
        if (rng.chance(0.3))
            subject = rng.chance(0.5) ? "greeting" : "accepted";
        Offset offset{static_cast<Unit>(rng.below(4)), 1 + rng.below(100)};
        if (offset.unit == Unit::octet)
            offset.count = rng.below(std::uint64_t{1} << (1 + rng.below(40)));
        Point point{static_cast<Kind>(rng.below(5)), subject, {}};
        if (point.kind == Kind::connect || point.kind == Kind::body)
            point.subject.clear();
        if (point.kind == Kind::body && (offset.unit == Unit::from_end || offset.unit == Unit::line))
            offset.unit = Unit::percent;
        if (point.kind == Kind::reply || point.kind == Kind::body)
            point.offset = offset;
        const std::string text = to_string(point);
        CAPTURE(text);
        const auto again = parse_point(text, row.protocol);
        INFO(again.problem());
        REQUIRE(again);
        REQUIRE(*again == point);
    }
}

TEST_CASE("an offset lies within the text", "[scenario][point]") {
    CHECK(Offset{Unit::octet, 5}.within(10) == 5);
    CHECK(Offset{Unit::octet, 50}.within(10) == 10);
    CHECK(Offset{Unit::percent, 50}.within(10) == 5);
    CHECK(Offset{Unit::percent, 33}.within(10) == 3);
    CHECK(Offset{Unit::percent, 100}.within(7) == 7);
    CHECK(Offset{Unit::percent, 0}.within(7) == 0);
    CHECK(Offset{Unit::percent, 50}.within(~std::uint64_t{0}) == ~std::uint64_t{0} / 2);
    CHECK(Offset{Unit::from_end, 3}.within(10) == 7);
    CHECK(Offset{Unit::from_end, 30}.within(10) == 0);
    CHECK(Offset{Unit::octet, 0}.within(0) == 0);
}

TEST_CASE("idle needs a time", "[scenario][point]") {
    CHECK(smtp("idle 0.2T") == Point{Kind::idle, "", {}, TimeValue{Duration{0}, 0.2}});
    CHECK(to_string(smtp("idle  250ms")) == "idle 250ms");
    CHECK(parse_point("idle", Protocol::nntp).problem() == "for how long? Say for example 'idle 0.5T'");
    CHECK(parse_point("idle 5", Protocol::nntp).where() == 5);
    CHECK(parse_point("idle 0s", Protocol::lmtp).where() == 5);
    CHECK(parse_point("idl 5s", Protocol::smtp).problem() == "unknown point 'idl' (did you mean 'idle'?)");
}
