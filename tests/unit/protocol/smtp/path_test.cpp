#include "fakeserver/protocol/smtp/path.hpp"

#include <catch2/catch.hpp>

using postfault::protocol::smtp::parse_path;

TEST_CASE("paths of RFC 5321 are understood", "[smtp][path]") {
    struct Case {
        std::string_view text;
        std::string_view mailbox;
        std::string_view parameters;
    };

    const Case cases[] = {
        {"<a@b>", "a@b", ""},
        {" <a@b> ", "a@b", ""},
        {"<>", "", ""},
        {"<> SIZE=5", "", "SIZE=5"},
        {"<first.last+tag@sub.example.com> SIZE=5 BODY=7BIT", "first.last+tag@sub.example.com", "SIZE=5 BODY=7BIT"},
        {"<@relay.example:a@b>", "a@b", ""},
        {"<@one,@two.example:a@b>", "a@b", ""},
        {R"(<"quo ted"@b>)", R"("quo ted"@b)", ""},
        {R"(<"a\"> b"@b> X)", R"("a\"> b"@b)", "X"},
        {"<a@[192.0.2.1]>", "a@[192.0.2.1]", ""},
        {"<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", ""},
        {"<PostMaster>", "PostMaster", ""},
        {"<a@under_score.example>", "a@under_score.example", ""},
    };
    for (const Case& each : cases) {
        CAPTURE(each.text);
        const auto path = parse_path(each.text);
        REQUIRE(path);
        CHECK(path->mailbox == each.mailbox);
        CHECK(path->parameters == each.parameters);
        CHECK(!path->has_non_ascii);
    }
    CHECK(parse_path("<\xc3\xa4@b>")->has_non_ascii);
}

TEST_CASE("what is no path is refused", "[smtp][path]") {
    for (const std::string_view text : {"",
                                        "a@b",
                                        "<a@b",
                                        "<a>",
                                        "<a@>",
                                        "<@b>",
                                        "<a@b>x",
                                        "<a..b@c>",
                                        "<.a@b>",
                                        "<a.@b>",
                                        "<a@b..c>",
                                        "<a@b.>",
                                        "<a b@c>",
                                        "<a@b c>",
                                        "<a@b@c>",
                                        R"(<"open@b>)",
                                        R"(<"a\)",
                                        "<a@[]>",
                                        "<a@[1.2.3.4>",
                                        "<@relay a@b>",
                                        "<@relay,:a@b>",
                                        "<<a@b>>",
                                        "<postmaster",
                                        "<postmasters>",
                                        "< >",
                                        "<"}) {
        CAPTURE(text);
        CHECK(!parse_path(text));
    }
}
