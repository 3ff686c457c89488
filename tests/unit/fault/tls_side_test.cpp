#include "fakeserver/fault/tls_side.hpp"
#include "tests/unit/fault/open_letters.hpp"
#include "tests/unit/fault/played.hpp"

#include <memory>
#include <string>

namespace postfault::test {

namespace {

struct Secured {
    Secured() {
        tls.begin("abc");
        tls.on_established();
    }

    OpenLetters& letters() { return dynamic_cast<OpenLetters&>(tls.channel()); }

    // `subject: text`
    Ops news() {
        Ops told;
        for (const fault::TlsNews& each : tls.take_news())
            told.push_back(each.subject + ": " + each.text);
        return told;
    }

    fault::OpenChannel open = [] { return std::make_unique<OpenLetters>(); };
    fault::TlsSide tls{open};
};

} // namespace

TEST_CASE("tls side: nothing is sealed before the handshake is over, and what comes until then is counted",
          "[fault][tls]") {
    const fault::OpenChannel open = [] { return std::make_unique<OpenLetters>(); };
    fault::TlsSide tls(open);
    CHECK_FALSE(tls.has_begun());
    CHECK_FALSE(tls.seal());
    tls.begin("abc");
    tls.on_bytes("de");
    CHECK(tls.has_begun());
    CHECK(tls.unread() == 5);
    CHECK_FALSE(tls.seal());
    tls.advance();
    CHECK(tls.unread() == 0);
    tls.on_established();
    CHECK(tls.is_secured());
    CHECK(tls.seal()("x") == "<x>");
    tls.on_bytes("f");
    CHECK(tls.unread() == 0);
}

TEST_CASE("tls side: what the client says is read once, and kept for the journal", "[fault][tls]") {
    Secured secured;
    secured.tls.on_bytes("de");
    CHECK(secured.tls.read() == "abcde");
    CHECK(secured.tls.read().empty());
    secured.tls.on_bytes("f");
    secured.tls.read();
    CHECK(secured.tls.take_heard() == "abcdef");
    CHECK(secured.tls.take_heard().empty());
}

TEST_CASE("tls side: the journal hears of each turn once", "[fault][tls]") {
    Secured secured;
    CHECK(secured.news() == Ops{"begins: ", "established: TLSv0, NULL, no server name"});
    secured.tls.begin("more of it"); // it has begun
    secured.letters().close();
    CHECK_FALSE(secured.tls.client_closed());
    secured.tls.read();
    secured.tls.read();
    CHECK(secured.tls.client_closed());
    CHECK(secured.tls.alert("internal_error") == "<alert internal_error>");
    CHECK(secured.news() == Ops{"close_notify: from the client", "alert: internal_error to the client"});
}

TEST_CASE("tls side: a handshake stays behind us even when TLS has failed since", "[fault][tls]") {
    Secured secured;
    secured.letters().fail();
    CHECK_FALSE(secured.tls.is_secured());
    CHECK(secured.tls.has_shaken_hands());
}

TEST_CASE("tls side: without TLS an alert is only news", "[fault][tls]") {
    const fault::OpenChannel none;
    fault::TlsSide tls(none);
    CHECK(tls.alert("internal_error").empty());
    CHECK(tls.take_news().size() == 1);
}

} // namespace postfault::test
