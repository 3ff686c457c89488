#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/script/session.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace postfault;
using namespace postfault::protocol;

namespace {

using Steps = std::vector<std::string>;

Script::Turn says(std::string text) { return {"greeting", "", false, false, std::move(text), 1}; }

Script::Turn hears(std::string subject, std::string glob, std::string answer, std::size_t line = 1) {
    return {std::move(subject), std::move(glob), false, false, std::move(answer), line};
}

Script::Turn uploads(bool stores, std::string answer) { return {"dot", "", true, stores, std::move(answer), 1}; }

std::string described(const Step& step) {
    switch (step.kind) {
    case Step::Kind::received:
        return fmt::format("received {} \"{}\"{}{}", step.subject, escaped(step.text),
                           step.problem.empty() ? "" : ": " + step.problem, step.stored ? " stored" : "");
    case Step::Kind::reply:
        return fmt::format("reply {} \"{}\"", step.subject, escaped(step.text));
    case Step::Kind::close:
        return "close " + step.subject;
    case Step::Kind::body:
    case Step::Kind::upgrade:
    case Step::Kind::chosen:
        break;
    }
    return "?";
}

class Played {
public:
    explicit Played(std::vector<Script::Turn> turns) : service_({std::move(turns)}), session_(service_.open()) {}

    Steps connect() {
        session_->on_connected();
        return take();
    }

    Steps client(std::string_view bytes) {
        session_->on_bytes(bytes);
        return take();
    }

    Steps take() {
        Steps steps;
        while (const auto step = session_->next_step())
            steps.push_back(described(*step));
        return steps;
    }

    script::Service& service() { return service_; }

    Session& session() { return *session_; }

private:
    script::Service service_;
    std::unique_ptr<Session> session_;
};

} // namespace

TEST_CASE("script: nothing is said before there is a connection", "[script]") {
    Played server({says("220 mx\r\n")});
    CHECK(server.take().empty());
    CHECK(server.client("EHLO early\r\n").empty());
    CHECK(server.connect().front() == R"(received greeting "")");
}

TEST_CASE("script: each line that was expected gets its answer", "[script]") {
    Played server({says("220 mx\r\n"), hears("EHLO", "EHLO *", "250 mx\r\n"), hears("QUIT", "QUIT", "221 bye\r\n")});
    CHECK(server.connect() == Steps{R"(received greeting "")", R"(reply greeting "220 mx\r\n")"});
    CHECK(server.client("ehlo me").empty());
    CHECK(server.client("\r\n") == Steps{R"(received EHLO "ehlo me")", R"(reply EHLO "250 mx\r\n")"});
    CHECK(server.client("QUIT\n") == Steps{R"(received QUIT "QUIT")", R"(reply QUIT "221 bye\r\n")"});
}

TEST_CASE("script: an answer without text is none, and pipelined lines are heard in order", "[script]") {
    Played server({says(""), hears("A", "a", ""), hears("B", "b", "2\r\n")});
    CHECK(server.connect() == Steps{R"(received greeting "")"});
    CHECK(server.client("a\r\nb\r\n") == Steps{R"(received A "a")", R"(received B "b")", R"(reply B "2\r\n")"});
}

TEST_CASE("script: a line that was not expected ends the connection, and says which one was", "[script]") {
    Played server({says("220\r\n"), hears("EHLO", "EHLO *", "250\r\n", 4)});
    server.connect();
    CHECK(server.client("HELO me\r\nQUIT\r\n") ==
          Steps{R"(received HELO "HELO me": line 4 of the script expects 'EHLO *')", "close HELO"});
    CHECK(server.client("EHLO me\r\n").empty());
}

TEST_CASE("script: a line without an end is not what was expected, even of a script that takes any", "[script]") {
    Played server({says("220\r\n"), hears("line 2", "*", "250\r\n", 2)});
    server.connect();
    CHECK(server.client(std::string(std::size_t{65} * 1024, 'x')).empty());
    const Steps steps = server.client("\r\n");
    REQUIRE(steps.size() == 2);
    CHECK(steps.front().starts_with("received " + std::string(32, 'X') + " \"xxx"));
    CHECK(steps.front().ends_with("line 2 of the script expects '*'"));
    CHECK(steps.back() == "close " + std::string(32, 'X'));
}

TEST_CASE("script: over its end the server hears and says nothing", "[script]") {
    Played server({says("220\r\n")});
    server.connect();
    CHECK(server.client("quit\r\n\r\nwhat now\r\n") ==
          Steps{R"(received QUIT "quit")", R"(received  "")", R"(received WHAT "what now")"});
}

TEST_CASE("script: an upload is taken to its dot, and stored before it is answered", "[script]") {
    Played server({says("220\r\n"), hears("DATA", "DATA", "354\r\n"), uploads(true, "250\r\n"), uploads(false, "")});
    server.connect();
    CHECK_FALSE(server.session().in_upload());
    CHECK(server.client("DATA\r\n") == Steps{R"(received DATA "DATA")", R"(reply DATA "354\r\n")"});
    CHECK(server.session().in_upload());
    CHECK(server.client("Message-ID: <1@x>\r\n\r\n..a\r\n.\r").empty());
    CHECK(server.service().stored().empty());
    CHECK(server.client("\n") ==
          Steps{R"(received dot "")", R"(received accepted "" stored)", R"(reply accepted "250\r\n")"});
    REQUIRE(server.service().stored().size() == 1);
    CHECK(server.service().stored().front()->content == "Message-ID: <1@x>\r\n\r\n.a\r\n");
    CHECK(server.service().stored().front()->message_id == "<1@x>");
    // The next one begins anew, and is not stored.
    CHECK(server.session().in_upload());
    CHECK(server.client("b\r\n.\r\nNOOP\r\n") == Steps{R"(received dot "")", R"(received NOOP "NOOP")"});
    CHECK(server.service().stored().size() == 1);
}

TEST_CASE("script: two uploads that are stored are two messages", "[script]") {
    Played server({says("220\r\n"), uploads(true, ""), uploads(true, "")});
    server.connect();
    server.client("a\r\n.\r\nb\r\n.\r\n");
    REQUIRE(server.service().stored().size() == 2);
    CHECK(server.service().stored()[0]->content == "a\r\n");
    CHECK(server.service().stored()[1]->content == "b\r\n");
}

TEST_CASE("script: every connection hears it from its beginning", "[script]") {
    script::Service service({{says("220\r\n"), hears("A", "a", "2\r\n")}});
    for (int connection = 0; connection < 2; ++connection) {
        const auto session = service.open();
        session->on_connected();
        session->on_bytes("a\r\n");
        Steps steps;
        while (const auto step = session->next_step())
            steps.push_back(described(*step));
        CHECK(steps.size() == 4);
    }
}

TEST_CASE("script: a fault can take the answer away or give another one", "[script]") {
    Played server({says("220\r\n"), hears("A", "a", "2\r\n"), hears("B", "b", "2\r\n")});
    server.connect();
    server.session().on_bytes("a\r\nb\r\n");
    CHECK(described(*server.session().next_step()) == R"(received A "a")");
    server.session().discard();
    CHECK(described(*server.session().next_step()) == R"(received B "b")");
    server.session().answer_with("4\r\n");
    CHECK(server.take() == Steps{R"(reply B "4\r\n")"});
}
