#include "fakeserver/fault/program.hpp"
#include "tests/unit/fault/played.hpp"

#include <cstdint>
#include <string>

namespace postfault::test {

using namespace std::chrono_literals;

namespace {

const fault::Seal no_seal;

// Nothing like a record, but it can be told from its text.
std::string seal(std::string_view plain) { return "<" + std::string(plain) + ">"; }

fault::Outgoing text(std::string bytes) { return {std::move(bytes), "", std::nullopt}; }

Ops played(fault::Program& program, const fault::Seal& sealing = no_seal) {
    Ops ops;
    while (!program.is_empty())
        if (const auto op = program.next(sealing, limit_of_tests))
            ops.push_back(describe(*op));
    return ops;
}

} // namespace

TEST_CASE("program: one operation after the other, a text in its pieces", "[fault][program]") {
    fault::Program program;
    program.add(wire::Fired{3});
    program.add(fault::Outgoing("ab", "EHLO", fault::Pace{1, 1s}));
    program.add(wire::Pause{2s, false});
    CHECK(played(program) == Ops{"fired 3", R"(send "a")", "pause 1s", R"(send "b" ends EHLO)", "pause 2s"});
    CHECK_FALSE(program.stopped());
}

TEST_CASE("program: it stops with the last operation, and has ended when that is handed out", "[fault][program]") {
    fault::Program program;
    program.add(text("bye"));
    CHECK_FALSE(program.stopped());
    program.end_with(wire::Fin{});
    CHECK(program.stopped());
    CHECK_FALSE(program.ended());
    CHECK(played(program) == Ops{R"(send "bye")", "fin"});
    CHECK(program.ended());
    CHECK_FALSE(program.held_for_good());
}

TEST_CASE("program: nothing happens behind a pause without an end", "[fault][program]") {
    fault::Program program;
    program.add(wire::Pause{std::nullopt, false});
    program.add(text("never"));
    CHECK_FALSE(program.stopped());
    CHECK(played(program) == Ops{"pause for ever"});
    CHECK(program.held_for_good());
    CHECK(program.stopped());
    CHECK_FALSE(program.ended());
}

TEST_CASE("program: what is planned later takes its place", "[fault][program]") {
    fault::Program program;
    program.add(text("1"));
    program.add_later([&] {
        program.add(text("2"));
        program.add_later([&] { program.add(text("3")); });
    });
    program.add(text("4"));
    CHECK(played(program) == Ops{R"(send "1")", R"(send "2")", R"(send "3")", R"(send "4")"});
}

TEST_CASE("program: an end that is planned later drops what stands behind it", "[fault][program]") {
    fault::Program program;
    program.add_later([&] { program.end_with(wire::Reset{}); });
    program.add(text("never"));
    CHECK(played(program) == Ops{"reset"});
    CHECK(program.ended());
}

TEST_CASE("program: the last word before an end may be planned later", "[fault][program]") {
    fault::Program program;
    program.add_later([&] { program.add(text("close_notify")); });
    program.end_with(wire::Fin{});
    CHECK(played(program) == Ops{R"(send "close_notify")", "fin"});
}

TEST_CASE("program: a flood under TLS is sealed block by block, each a whole record", "[fault][program]") {
    constexpr std::uint64_t octets = 40'000;
    fault::Program program;
    program.add_sealed_flood("250-x\r\n", octets);
    program.add_sealed_flood("", octets);
    std::uint64_t plain = 0;
    std::size_t blocks = 0;
    while (!program.is_empty()) {
        const auto op = program.next(seal, limit_of_tests);
        REQUIRE(op);
        const auto& send = std::get<wire::Send>(*op);
        REQUIRE(send.plain);
        CHECK(send.bytes == seal(*send.plain));
        CHECK(send.plain->starts_with("250-x\r\n250-x\r\n"));
        plain += send.plain->size();
        ++blocks;
    }
    CHECK(plain == octets);
    CHECK(blocks == 3);
}

TEST_CASE("program: the last is known if it is a plain operation", "[fault][program]") {
    fault::Program program;
    CHECK(program.last() == nullptr);
    program.add(wire::HalfClose{});
    REQUIRE(program.last() != nullptr);
    CHECK(describe(*program.last()) == "half-close");
    program.add(text("x"));
    CHECK(program.last() == nullptr);
}

} // namespace postfault::test
