#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::scenario;
using namespace std::chrono_literals;

namespace {

Action read(std::string_view text) {
    const auto action = parse_action(text);
    INFO(text << ": " << action.problem());
    REQUIRE(action);
    return *action;
}

TimeValue fixed(Duration duration) { return {duration, 0}; }

TimeValue limits(double count) { return {Duration{0}, count}; }

TimeValue some_time(Rng& rng) {
    return rng.chance(0.3) ? limits(static_cast<double>(1 + rng.below(500)) / 100)
                           : fixed(Duration{static_cast<Duration::rep>(1 + rng.below(10'000'000))});
}

std::string some_text(Rng& rng) {
    std::string text = rng.bytes(1 + rng.below(12));
    for (char& letter : text)
        if (rng.chance(0.7))
            letter = "ab/\\ \"'-+.5"[rng.below(11)];
    // Blanks at the ends would be a matter of the YAML around the action.
    return "x" + text + "y";
}

Action some_action(Rng& rng, std::size_t index) {
    const std::uint64_t octets = 1 + rng.below(std::uint64_t{1} << (1 + rng.below(30)));
    const auto lasts = rng.chance(0.5) ? std::optional<TimeValue>{} : some_time(rng);
    switch (index) {
    case 0:
        return Stall{lasts};
    case 1:
        return Deaf{lasts};
    case 2:
        return Freeze{lasts};
    case 3:
        return Delay{some_time(rng)};
    case 4:
        return Drip{octets, some_time(rng)};
    case 5:
        return Throttle{octets};
    case 6:
        return Split{rng.chance(0.3) ? 0 : octets};
    case 7:
        return Reply{static_cast<int>(100 + rng.below(900)), rng.chance(0.2) ? "" : some_text(rng)};
    case 8: {
        const auto how = static_cast<Edit::How>(rng.below(3));
        return Edit{how, some_text(rng), how == Edit::How::substitute && rng.chance(0.8) ? some_text(rng) : ""};
    }
    case 9:
        return Inject{some_text(rng)};
    case 10:
        return Garbage{octets};
    case 11:
        return Flood{octets, static_cast<Flood::Shape>(rng.below(2))};
    case 12:
        return Flip{rng.below(100000)};
    case 13:
        return Refuse{};
    case 14:
        return Blackhole{};
    case 15:
        return AcceptLate{some_time(rng)};
    case 16:
        return Fin{};
    case 17:
        return HalfClose{};
    case 18:
        return Reset{};
    case 19:
        return Cut{};
    case 20:
        return scenario::Alert{std::string(alerts()[rng.below(alerts().size())].name)};
    case 21:
        return Cert{certificate_kinds[rng.below(certificate_kinds.size())]};
    default:
        return SpeakTls{};
    }
}

} // namespace

TEST_CASE("every form of an action is read", "[scenario][action]") {
    CHECK(read("stall") == Action{Stall{}});
    CHECK(read("stall 5s") == Action{Stall{fixed(5s)}});
    CHECK(read("deaf") == Action{Deaf{}});
    CHECK(read("deaf 0.8T") == Action{Deaf{limits(0.8)}});
    CHECK(read("freeze") == Action{Freeze{}});
    CHECK(read("freeze 250ms") == Action{Freeze{fixed(250ms)}});
    CHECK(read("delay 0.8T") == Action{Delay{limits(0.8)}});
    CHECK(read("drip 1B/200ms") == Action{Drip{1, fixed(200ms)}});
    CHECK(read("drip 2/0.1T") == Action{Drip{2, limits(0.1)}});
    CHECK(read("throttle 2KiB/s") == Action{Throttle{2048}});
    CHECK(read("split 1") == Action{Split{1}});
    CHECK(read("split lines") == Action{Split{0}});
    CHECK(read("reply 451 4.3.0 try later") == Action{Reply{451, "4.3.0 try later"}});
    CHECK(read("reply 250") == Action{Reply{250, ""}});
    CHECK(read("reply 999 odd") == Action{Reply{999, "odd"}});
    CHECK(read(R"(reply 250 a\r\n250\tb\x00\\)") == Action{Reply{250, std::string("a\r\n250\tb\0\\", 10)}});
    CHECK(read("edit + 250-X") == Action{Edit{Edit::How::add_line, "250-X", ""}});
    CHECK(read("edit - PIPELINING") == Action{Edit{Edit::How::remove_word, "PIPELINING", ""}});
    CHECK(read("edit s/250/550/") == Action{Edit{Edit::How::substitute, "250", "550"}});
    CHECK(read("edit s/250//") == Action{Edit{Edit::How::substitute, "250", ""}});
    CHECK(read(R"(edit s/a\/b/c d/)") == Action{Edit{Edit::How::substitute, "a/b", "c d"}});
    CHECK(read("inject 250 surplus") == Action{Inject{"250 surplus"}});
    CHECK(read("garbage 64") == Action{Garbage{64}});
    CHECK(read("flood 64MiB") == Action{Flood{64 << 20, Flood::Shape::lines}});
    CHECK(read("flood 64MiB lines") == Action{Flood{64 << 20, Flood::Shape::lines}});
    CHECK(read("flood 1KiB line") == Action{Flood{1024, Flood::Shape::line}});
    CHECK(read("flip @3") == Action{Flip{3}});
    CHECK(read("refuse") == Action{Refuse{}});
    CHECK(read("blackhole") == Action{Blackhole{}});
    CHECK(read("accept-late 0.8T") == Action{AcceptLate{limits(0.8)}});
    CHECK(read("fin") == Action{Fin{}});
    CHECK(read("half-close") == Action{HalfClose{}});
    CHECK(read(" reset ") == Action{Reset{}});
    CHECK(read("cut") == Action{Cut{}});
    CHECK(read("alert internal_error") == Action{scenario::Alert{"internal_error"}});
    CHECK(read("cert not-yet-valid") == Action{Cert{CertificateKind::not_yet_valid}});
    CHECK(read("tls") == Action{SpeakTls{}});
}

TEST_CASE("the text of a line is taken to the octet", "[scenario][action]") {
    CHECK(read("inject  two blanks ") == Action{Inject{" two blanks "}});
    CHECK(read("reply 250  x ") == Action{Reply{250, " x "}});
    CHECK(read("edit +  x") == Action{Edit{Edit::How::add_line, " x", ""}});
}

TEST_CASE("problems of an action say where they are", "[scenario][action]") {
    CHECK(parse_action("drip 1B/200").where() == 8);
    CHECK(parse_action("drip 1X/200ms").where() == 5);
    CHECK(parse_action("  stal").where() == 2);
    CHECK(parse_action("reply 250 ab\\q").where() == 12);
    CHECK(parse_action("edit s/a/b\\q/").where() == 10);
    CHECK(parse_action("stal").problem() == "unknown action 'stal' (did you mean 'stall'?)");
    CHECK(parse_action("alert internal_eror").problem() ==
          "'internal_eror' is no alert of RFC 8446 (did you mean 'internal_error'?)");
    CHECK(parse_action("alert internal_eror").where() == 6);
    CHECK(parse_action("cert expird").problem() ==
          "expected good, expired, not-yet-valid, wrong-host, self-signed, unknown-ca, weak-key or "
          "missing-intermediate; got 'expird' (did you mean 'expired'?)");
}

TEST_CASE("the tables' examples are read and belong to their rows", "[scenario][action]") {
    for (const ActionRow& row : action_rows()) {
        CAPTURE(row.example);
        const auto action = parse_action(row.example);
        REQUIRE(static_cast<bool>(action) == row.supported);
        if (row.supported)
            CHECK(row_of(*action).name == row.name);
    }
}

TEST_CASE("a printed action reads back as the same", "[scenario][action][property]") {
    const std::uint64_t seed = 1234;
    CAPTURE(seed);
    Rng rng(seed);
    for (std::size_t round = 0; round < 10000; ++round) {
        const Action action = some_action(rng, round % std::variant_size_v<Action>);
        const std::string text = to_string(action);
        CAPTURE(text);
        const auto again = parse_action(text);
        INFO(again.problem());
        REQUIRE(again);
        REQUIRE(*again == action);
    }
}

TEST_CASE("no text makes the readers throw or loop", "[scenario][action][property]") {
    Rng rng(99);
    for (int round = 0; round < 20000; ++round) {
        const ActionRow& row = action_rows()[rng.below(action_rows().size())];
        std::string text(row.example);
        for (std::uint64_t change = rng.below(4); change > 0; --change)
            text.insert(rng.below(text.size() + 1), 1, "/\\ @5sT%-+.x"[rng.below(12)]);
        text.resize(rng.below(text.size() + 1));
        const auto action = parse_action(text);
        CAPTURE(text);
        if (action) {
            REQUIRE(*parse_action(to_string(*action)) == *action);
        } else {
            REQUIRE_FALSE(action.problem().empty());
            REQUIRE(action.where() <= text.size());
        }
    }
}
