#include "harness/suite/compare.hpp"

#include <catch2/catch.hpp>

using namespace postfault;
using namespace postfault::suite;
using judge::Match;

namespace {

constexpr std::string_view letter = "From: a\r\nSubject: one\r\n two\r\n\r\nfirst\r\n.second\r\n";

std::string with_body(std::string_view body) { return "From: a\r\nSubject: one\r\n two\r\n\r\n" + std::string(body); }

} // namespace

TEST_CASE("a copy is the same octet for octet", "[suite][compare]") {
    CHECK(compare_stored(letter, letter).match == Match::identical);
    CHECK(compare_stored("", "").match == Match::identical);
    CHECK(compare_stored(letter, letter).detail == "");
}

TEST_CASE("submission may add, reorder and refold header lines", "[suite][compare]") {
    for (const std::string_view header : {
             "Received: x\r\nFrom: a\r\nSubject: one\r\n two\r\n",
             "Subject: one\r\n two\r\nFrom: a\r\n",
             "From: a\r\nSubject: one two\r\n",
             "From: a\r\nSubject: one\r\n\ttwo\r\nX: y\r\n",
         }) {
        CAPTURE(header);
        const Comparison found = compare_stored(letter, std::string(header) + "\r\nfirst\r\n.second\r\n");
        CHECK(found.match == Match::extended);
        CHECK(found.detail == "");
    }
}

TEST_CASE("a header line that is gone or changed is named", "[suite][compare]") {
    const Comparison gone = compare_stored(letter, "From: a\r\n\r\nfirst\r\n.second\r\n");
    CHECK(gone.match == Match::altered);
    CHECK(gone.detail == "the header line \"Subject: one two\" is missing");
    CHECK(compare_stored(letter, "From: b\r\nSubject: one two\r\n\r\nfirst\r\n.second\r\n").detail ==
          "the header line \"From: a\" is missing");
}

TEST_CASE("a changed body is never fine, and the place is named", "[suite][compare]") {
    CHECK(compare_stored(letter, with_body("first\r\n")).detail == "the body is cut after 7 of 16 octets");
    CHECK(compare_stored(letter, with_body("first\r\n.second\r\n\r\n")).detail ==
          "the body has 2 octets too many: \"\\r\\n\"");
    CHECK(compare_stored(letter, with_body("first\r\n..second\r\n")).detail ==
          "the body differs at octet 8: \"second\\r\\n\" became \".second\\r\\n\"");
    CHECK(compare_stored(letter, with_body("")).match == Match::altered);
    CHECK(compare_stored(letter, "").match == Match::altered);
}

TEST_CASE("line ends are compared as CRLF", "[suite][compare]") {
    for (const std::string_view file : {"A: b\n\nc\n.d\n", "A: b\r\n\nc\r\n.d\n", "A: b\r\n\r\nc\r\n.d"}) {
        CAPTURE(file);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\n.d\r\n").match == Match::identical);
        CHECK(compare_stored(file, "A: b\n\nc\n.d\r\n").match == Match::identical);
        CHECK(compare_stored(file, "X: y\r\nA: b\r\n\r\nc\r\n.d\r\n").match == Match::extended);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\n.d\r\n\r\n").match == Match::altered);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\n..d\r\n").match == Match::altered);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\nd\r\n").match == Match::altered);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\n\r\n.d\r\n").match == Match::altered);
        CHECK(compare_stored(file, "A: b\r\n\r\nc\r\n").match == Match::altered);
    }
}

TEST_CASE("a bare CR may become a line end, a blank or nothing, but one of them everywhere", "[suite][compare]") {
    constexpr std::string_view file = "A: b\r\n\r\nc\r.d\re\n";
    for (const std::string_view body : {"c\r\n.d\r\ne\r\n", "c.de\r\n", "c .d e\r\n", "c\r.d\re\r\n"}) {
        CAPTURE(body);
        CHECK(compare_stored(file, "A: b\r\n\r\n" + std::string(body)).match == Match::identical);
    }
    for (const std::string_view body : {"c\r\n.de\r\n", "c\r\n..d\r\ne\r\n", "c\r\n", "c..de\r\n", "c\r\n.d\re\r\n"}) {
        CAPTURE(body);
        CHECK(compare_stored(file, "A: b\r\n\r\n" + std::string(body)).match == Match::altered);
    }
    // At the end of the text it has nothing to part.
    for (const std::string_view body : {"c\r\nd\r\n", "c\rd\r\r\n", "c\rd\r\n"})
        CHECK(compare_stored("A: b\r\n\r\nc\rd\r", "A: b\r\n\r\n" + std::string(body)).match == Match::identical);
    // One that was not there is no line end.
    CHECK(compare_stored("A: b\r\n\r\nc\r\nd\r\n", "A: b\r\n\r\nc\rd\r\n").match == Match::altered);
}

TEST_CASE("a body that was encoded is compared as it is when decoded", "[suite][compare]") {
    constexpr std::string_view file = "A: b\r\n\r\nc\r.d=\re\n";
    const auto copy = [](std::string_view encoding, std::string_view body) {
        return "A: b\r\nContent-Transfer-Encoding: " + std::string(encoding) + "\r\n\r\n" + std::string(body);
    };
    CHECK(compare_stored(file, copy("quoted-printable", "c=0D=2Ed=3d=\r\n=0De \r\n")).match == Match::extended);
    CHECK(compare_stored(file, copy("Quoted-Printable", "c=0D=2Ed=3D=0D\r\ne\r\n")).match == Match::altered);
    CHECK(compare_stored(file, copy("base64", "Yw0uZD0N\r\nZQ0K\r\n")).match == Match::extended);
    CHECK(compare_stored(file, copy("base64", "Yw0uZD0N\r\n")).match == Match::altered);
    CHECK(compare_stored(file, copy("base64", "?")).match == Match::altered);
    CHECK(compare_stored(file, copy("7bit", "c=0D.d=3D=0De\r\n")).match == Match::altered);
    CHECK(compare_stored("A: b\r\n\r\n=zz=3=\r\n", copy("quoted-printable", "=zz=3=\r\n")).match == Match::altered);
    CHECK(compare_stored("A: b\r\n\r\n=zz=3\r\n", copy("quoted-printable", "=zz=3=\r\n")).match == Match::extended);
}

TEST_CASE("on a disk lines may end in LF alone", "[suite][compare]") {
    CHECK(compare_delivered(letter, letter).match == Match::identical);
    CHECK(compare_delivered(letter, "From: a\nSubject: one\n two\n\nfirst\n.second\n").match == Match::identical);
    const Comparison cut = compare_delivered(letter, "From: a\nSubject: one\n");
    CHECK(cut.match == Match::altered);
    CHECK(cut.detail == "the article is cut after 21 of 41 octets");
    CHECK(compare_delivered(letter, "").match == Match::altered);
    CHECK(compare_delivered("a\r\n", "a\r\r\n").match == Match::altered);
}

TEST_CASE("delivered articles may not have header lines added", "[suite][compare]") {
    CHECK(compare_delivered("A: b\r\n\r\n", "X: y\r\nA: b\r\n\r\n").match == Match::altered);
}
