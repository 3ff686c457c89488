#include "fakeserver/base/rng.hpp"
#include "fakeserver/scenario/parse_words.hpp"
#include "fakeserver/scenario/tables.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::scenario;
using namespace std::chrono_literals;

TEST_CASE("selectors count from 1", "[scenario][selector]") {
    CHECK(*parse_selector("3") == Selector{3, 3, 1});
    CHECK(*parse_selector("1..2") == Selector{1, 2, 1});
    CHECK(*parse_selector("3+") == Selector{3, {}, 1});
    CHECK(*parse_selector("3+2") == Selector{3, {}, 2});
    CHECK_FALSE(parse_selector("025"));
    CHECK_FALSE(parse_selector("0"));
    CHECK_FALSE(parse_selector(""));
    CHECK_FALSE(parse_selector("1..2+1"));
    CHECK_FALSE(parse_selector("99999999999999999999"));
}

TEST_CASE("selectors match what they say", "[scenario][selector]") {
    const auto matched = [](std::string_view text) {
        std::vector<std::uint32_t> numbers;
        for (std::uint32_t number = 0; number <= 8; ++number)
            if (parse_selector(text)->matches(number))
                numbers.push_back(number);
        return numbers;
    };
    using Numbers = std::vector<std::uint32_t>;
    CHECK(matched("3") == Numbers{3});
    CHECK(matched("1..2") == Numbers{1, 2});
    CHECK(matched("6+") == Numbers{6, 7, 8});
    CHECK(matched("3+2") == Numbers{3, 5, 7});
}

TEST_CASE("printed selectors and ranges read back as the same", "[scenario][property]") {
    const std::uint64_t seed = 77;
    CAPTURE(seed);
    Rng rng(seed);
    const auto number = [&] { return static_cast<std::uint32_t>(1 + rng.below(50)); };
    for (int round = 0; round < 2000; ++round) {
        Selector selector{number(), {}, 1};
        if (rng.chance(0.5))
            selector.last = selector.first + number() - 1;
        else
            selector.step = number();
        CAPTURE(to_string(selector));
        REQUIRE(*parse_selector(to_string(selector)) == selector);

        CountRange count{number() - 1, {}};
        if (rng.chance(0.5))
            count.to = count.from + number() - 1;
        CAPTURE(to_string(count));
        REQUIRE(*parse_count_range(to_string(count)) == count);

        TimeRange time;
        const bool is_relative = rng.chance(0.5);
        const auto bound = [&](double seconds) {
            return is_relative ? TimeValue{Duration{0}, seconds} : TimeValue{from_seconds(seconds), 0};
        };
        const double from = static_cast<double>(number()) / 10;
        if (rng.chance(0.7))
            time.from = bound(from);
        if (!time.from || rng.chance(0.7))
            time.to = bound(from + 1);
        CAPTURE(to_string(time));
        REQUIRE(*parse_time_range(to_string(time)) == time);
    }
}

TEST_CASE("times are ranges", "[scenario][range]") {
    CHECK(*parse_time_range("0.8T..1.5T") == TimeRange{TimeValue{Duration{0}, 0.8}, TimeValue{Duration{0}, 1.5}});
    CHECK(*parse_time_range("..2T") == TimeRange{{}, TimeValue{Duration{0}, 2}});
    CHECK(*parse_time_range("28s..") == TimeRange{TimeValue{Duration{28s}, 0}, {}});
    CHECK(parse_time_range("5s..2T"));
    CHECK(parse_time_range("0.8T..5").where() == 6);
    CHECK(parse_time_range("2T").problem() ==
          "nothing takes exactly that long; say '..2T' for at most or '2T..' for at least");
}

TEST_CASE("counts are numbers or ranges", "[scenario][range]") {
    CHECK(*parse_count_range("3") == CountRange{3, 3});
    CHECK(*parse_count_range("0") == CountRange{0, 0});
    CHECK(*parse_count_range("1..2") == CountRange{1, 2});
    CHECK(*parse_count_range("1+") == CountRange{1, {}});
    CHECK(parse_count_range("1..2")->holds(2));
    CHECK_FALSE(parse_count_range("1..2")->holds(3));
    CHECK(parse_count_range("1+")->holds(3));
}

TEST_CASE("a flag is true or false", "[scenario]") {
    CHECK(*parse_flag("true"));
    CHECK_FALSE(*parse_flag("false"));
    for (const char* text : {"", "yes", "True", "1", "true "})
        CHECK_FALSE(parse_flag(text));
}

TEST_CASE("a probability is in per cent", "[scenario]") {
    CHECK(*parse_probability("5%") == 0.05);
    CHECK(*parse_probability("0.5%") == 0.005);
    CHECK(*parse_probability("100%") == 1);
    for (const char* text : {"", "%", "5", "0.05", "0%", "101%", "-5%", "nan%", "1e1%"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_probability(text));
    }
}

TEST_CASE("results may be alternatives", "[scenario]") {
    using Words = std::vector<ResultWord>;
    CHECK(*parse_results("temp") == Words{ResultWord::temp});
    CHECK(*parse_results("temp or uncertain") == Words{ResultWord::temp, ResultWord::uncertain});
    CHECK(to_string(*parse_results("temp or uncertain")) == "temp or uncertain");
    for (const auto& row : result_rows())
        CHECK(*parse_results(to_string(row.value)) == Words{row.value});
    CHECK(*parse_closes("quit or fin") == std::vector<CloseKind>{CloseKind::quit, CloseKind::fin});
    CHECK(*parse_closes("quit or notify") == std::vector{CloseKind::quit, CloseKind::notify});
}

TEST_CASE("what was stored and received", "[scenario]") {
    for (const auto& row : stored_rows())
        CHECK(*parse_stored(to_string(row.value)) == row.value);
    for (const auto& row : received_rows())
        CHECK(*parse_received(to_string(row.value)) == row.value);
}

TEST_CASE("the addresses of a server are few, and counted from one", "[scenario]") {
    CHECK(*parse_address("1") == 1);
    CHECK(*parse_address("4") == most_addresses);
    for (const char* text : {"0", "5", "", "2 ", "127.0.0.1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text));
    }
}

TEST_CASE("sizes and patterns of expectations", "[scenario]") {
    CHECK(*parse_most_octets("32MiB") == 32 << 20);
    CHECK(*parse_most_octets("..32MiB") == 32 << 20);
    CHECK(parse_log_pattern("/timed? ?out/")->regex == "timed? ?out");
    CHECK_FALSE(parse_log_pattern("//"));
    CHECK_FALSE(parse_log_pattern("/(/"));
    CHECK_FALSE(parse_log_pattern("/" + std::string(10000, '(') + "/"));
}

TEST_CASE("steps are operations and waits", "[scenario]") {
    CHECK(parse_step("send")->operation == Operation::send);
    CHECK_FALSE(parse_step("wait 2T")->operation);
    CHECK(parse_step("wait 2T")->wait == TimeValue{Duration{0}, 2});
    CHECK(parse_step("wait 5").where() == 5);
    CHECK(parse_step("fetch").problem() == "the operation 'fetch' is not supported yet");
    CHECK(parse_step("send")->count == 1);
    CHECK(parse_step("relay x100")->operation == Operation::relay);
    CHECK(parse_step("relay  x1000")->count == 1000);
    CHECK(parse_step("feed x0").where() == 6);
    CHECK(parse_step("feed 5").problem() == "say 'feed xN' for the same operation several times, got 'feed 5'");
    CHECK(parse_step("feed ").problem() == "say 'feed xN' for the same operation several times, got 'feed '");
}

TEST_CASE("a log-in method belongs to a protocol", "[scenario]") {
    CHECK(*parse_log_in("USER", Protocol::nntp) == LogIn::user);
    CHECK(parse_log_in("USER", Protocol::lmtp).problem() == "'USER' is for news, not for lmtp");
    CHECK(parse_log_in("PLAIN", Protocol::nntp).problem() == "'PLAIN' is for mail, not for nntp");
    CHECK(parse_log_in("user", Protocol::nntp).problem() == "expected USER, got 'user' (did you mean 'USER'?)");
}

TEST_CASE("the tables are in the order of their enumerations", "[scenario][tables]") {
    for (const ProtocolRow& row : protocol_rows())
        CHECK(&row_of(row.protocol) == &row);
    for (const OperationRow& row : operation_rows())
        CHECK(&row_of(row.operation) == &row);
    for (const LogInRow& row : log_in_rows())
        CHECK(&row_of(row.method) == &row);
    CHECK(to_string(Operation::post) == "post");
    CHECK(to_string(Protocol::nntp) == "nntp");
    CHECK(to_string(CloseKind::reset) == "reset");
}
