#include "fakeserver/fault/admission.hpp"
#include "tests/unit/fault/played.hpp"

#include <string>

namespace postfault::test {

TEST_CASE("Without faults a conversation is what the session says", "[fault]") {
    Played server({});
    server.conversation().on_connected();
    CHECK(server.take(true) == Ops{"took received greeting", "took reply greeting", greeting_sent});
    server.conversation().on_bytes(std::string(hello) + "QUIT\r\n");
    CHECK(server.take(true) == Ops{"took received EHLO", "took reply EHLO", ehlo_sent, "took received QUIT",
                                   "took reply QUIT", R"(send "221 Bye\r\n" ends QUIT)", "took close", "fin"});
    CHECK(server.conversation().ended());
    CHECK_FALSE(server.conversation().held_for_good());
}

TEST_CASE("A fault at connect acts before the greeting is even due", "[fault][points]") {
    CHECK(Played({fault("connect", {"stall"})}).connect() == Ops{"fired 0", "pause for ever"});
    CHECK(Played({fault("connect", {"delay T"})}).connect() == Ops{"fired 0", "pause 2s", greeting_sent});
    CHECK(Played({fault("connect", {"accept-late 0.5T"})}).connect() == Ops{"fired 0", "pause 1s", greeting_sent});
    CHECK(Played({fault("connect", {"inject hello"})}).connect() ==
          Ops{"fired 0", R"(send "hello\r\n")", greeting_sent});
    CHECK(Played({fault("connect", {"fin"})}).connect() == Ops{"fired 0", "fin"});
    CHECK(Played({fault("connect", {"reset"})}).connect() == Ops{"fired 0", "reset"});
    CHECK(Played({fault("connect", {"deaf 1s"})}).connect() == Ops{"fired 0", "stop reading 1s", greeting_sent});
    CHECK(Played({fault("connect", {"flood 100"})}).connect() ==
          Ops{"fired 0", R"(flood 100 of "flood\r\n")", greeting_sent});
}

TEST_CASE("What the listener does to a connection never happens inside one", "[fault][points]") {
    for (const char* action : {"refuse", "blackhole"}) {
        scenario::Fault kept_out = fault("connect", {action});
        kept_out.probability = 0.999999; // the listener's draw let this one in
        CHECK(Played({kept_out}).connect() == Ops{greeting_sent});
    }
}

TEST_CASE("A fault at a command acts before its reply", "[fault][points]") {
    Played server({fault("EHLO", {"delay 0.5T"})});
    CHECK(server.connect() == Ops{greeting_sent});
    CHECK(server.client(hello) == Ops{"fired 0", "pause 1s", ehlo_sent});
    CHECK(server.client("NOOP\r\n") == Ops{R"(send "250 Ok\r\n" ends NOOP)"});
}

TEST_CASE("A fault inside a reply acts between the octets named", "[fault][points]") {
    const auto cut = [](const char* at) {
        Played server({fault(at, {"delay 1s"})});
        server.connect();
        return server.client(hello);
    };
    CHECK(cut("EHLO reply@0") == Ops{"fired 0", "pause 1s", ehlo_sent});
    CHECK(cut("EHLO reply@4") == Ops{R"(send "250-")", "fired 0", "pause 1s",
                                     R"(send "mx\r\n250-SIZE 1000\r\n250 PIPELINING\r\n" ends EHLO)"});
    CHECK(cut("EHLO reply@50%") == Ops{R"(send "250-mx\r\n250-SIZE 10")", "fired 0", "pause 1s",
                                       R"(send "00\r\n250 PIPELINING\r\n" ends EHLO)"});
    CHECK(cut("EHLO reply@-2") == Ops{R"(send "250-mx\r\n250-SIZE 1000\r\n250 PIPELINING")", "fired 0", "pause 1s",
                                      R"(send "\r\n" ends EHLO)"});
    CHECK(cut("EHLO reply@line 3") == Ops{R"(send "250-mx\r\n250-SIZE 1000\r\n")", "fired 0", "pause 1s",
                                          R"(send "250 PIPELINING\r\n" ends EHLO)"});
    // Beyond the end: behind the last octet, but the reply is not done before the fault is.
    CHECK(cut("EHLO reply@100%") == Ops{R"(send "250-mx\r\n250-SIZE 1000\r\n250 PIPELINING\r\n")", "fired 0",
                                        "pause 1s", R"(send "" ends EHLO)"});
    CHECK(cut("EHLO reply@line 9") == cut("EHLO reply@100%"));
    CHECK(cut("EHLO reply@4096") == cut("EHLO reply@100%"));
}

TEST_CASE("A fault at done acts when the reply is complete", "[fault][points]") {
    Played server({fault("greeting done", {"fin"}), fault("EHLO done", {"reset"})});
    CHECK(server.connect() == Ops{greeting_sent, "fired 0", "fin"});
    CHECK(server.conversation().ended());
    CHECK(server.client(hello) == Ops{});
}

TEST_CASE("A fault in an upload acts after so many of its octets", "[fault][points]") {
    Played server({fault("body@5", {"delay 1s"}), fault("body@0", {"inject x"})});
    server.connect();
    const Ops data = server.client(to_data);
    REQUIRE(data.size() >= 2);
    CHECK(data[data.size() - 2] == "fired 1");
    CHECK(data.back() == R"(send "x\r\n")");
    CHECK(server.client("Subj") == Ops{});
    CHECK(server.client("e") == Ops{"fired 0", "pause 1s"});
    CHECK(server.client("ct: x\r\n\r\none\r\n.\r\n") == Ops{R"(send "250 Ok, stored as message 1\r\n" ends accepted)"});
}

TEST_CASE("A percentage of an upload is one of its expected size, and a count is taken as it is", "[fault][points]") {
    fault::Occasion occasion;
    occasion.upload_octets = 22;
    Played half({fault("body@50%", {"delay 1s"})}, occasion);
    half.after(to_data);
    CHECK(half.client("Subject: x").empty());
    CHECK(half.client("\r") == Ops{"fired 0", "pause 1s"});

    // The size is not known, and the count holds all the same.
    Played count({fault("body@3", {"delay 1s"})});
    count.after(to_data);
    CHECK(count.client("Su").empty());
    CHECK(count.client("b") == Ops{"fired 0", "pause 1s"});

    // The expectation was too small.
    occasion.upload_octets = 10;
    Played beyond({fault("body@12", {"delay 1s"})}, occasion);
    beyond.after(to_data);
    CHECK(beyond.client("Subject: x\r").empty());
    CHECK(beyond.client("\n") == Ops{"fired 0", "pause 1s"});
}

TEST_CASE("At dot nothing is stored yet, at accepted it is", "[fault][points]") {
    Played dot({fault("dot", {"stall"})});
    dot.after(to_data);
    CHECK(dot.client(letter_on_wire) == Ops{"fired 0", "pause for ever"});
    CHECK(dot.stored() == 0);
    CHECK(dot.conversation().held_for_good());

    Played accepted({fault("accepted", {"stall"})});
    accepted.after(to_data);
    CHECK(accepted.client(letter_on_wire) == Ops{"fired 0", "pause for ever"});
    CHECK(accepted.stored() == 1);

    Played reset({fault("dot", {"reset"})});
    reset.after(to_data);
    CHECK(reset.client(letter_on_wire) == Ops{"fired 0", "reset"});
    CHECK(reset.stored() == 0);

    Played cut({fault("accepted reply@5", {"fin"})});
    cut.after(to_data);
    CHECK(cut.client(letter_on_wire) == Ops{R"(send "250 O")", "fired 0", "fin"});
    CHECK(cut.stored() == 1);
}

TEST_CASE("A delay at dot stores only when the delay is over", "[fault][points]") {
    Played server({fault("dot", {"delay 1s"})});
    server.after(to_data);
    server.conversation().on_bytes(letter_on_wire);
    for (const char* expected : {"took received dot", "fired 0", "pause 1s"}) {
        const auto op = server.conversation().next_op();
        REQUIRE(op);
        CHECK(describe(*op) == expected);
    }
    CHECK(server.stored() == 0);
    CHECK(server.take() == Ops{R"(send "250 Ok, stored as message 1\r\n" ends accepted)"});
    CHECK(server.stored() == 1);
}

TEST_CASE("Faults are chosen by connection and by occurrence", "[fault][selectors]") {
    const auto on_connection = [](std::uint32_t number) {
        scenario::Fault odd = fault("greeting", {"delay 1s"});
        odd.conn = scenario::Selector{3, std::nullopt, 2};
        fault::Occasion occasion;
        occasion.connection = number;
        return Played({odd}, occasion).connect().size() > 1;
    };
    CHECK_FALSE(on_connection(1));
    CHECK_FALSE(on_connection(2));
    CHECK(on_connection(3));
    CHECK_FALSE(on_connection(4));
    CHECK(on_connection(5));

    for (const char* at : {"NOOP", "NOOP reply@3", "NOOP done"}) {
        scenario::Fault second = fault(at, {"inject x"});
        second.nth = scenario::Selector{2, 3, 1};
        Played server({second});
        server.connect();
        CAPTURE(at);
        CHECK(server.client("NOOP\r\n").size() == 1);
        CHECK(server.client("NOOP\r\n").size() >= 2);
        CHECK(server.client("RSET\r\n").size() == 1);
        CHECK(server.client("NOOP\r\n").size() >= 2);
        CHECK(server.client("NOOP\r\n").size() == 1);
    }
}

TEST_CASE("A probability is drawn from the seed: the same for the same seed, about as often as stated", "[fault]") {
    scenario::Fault sometimes = fault("greeting", {"delay 1s"});
    sometimes.probability = 0.25;
    const auto fires = [&](std::uint64_t seed) {
        fault::Occasion occasion;
        occasion.rng = Rng(seed);
        return Played({sometimes}, occasion).connect().size() > 1;
    };
    int count = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        CHECK(fires(seed) == fires(seed));
        count += fires(seed) ? 1 : 0;
    }
    CHECK(count > 70);
    CHECK(count < 130);
}

TEST_CASE("Several faults at one point act in the order of the scenario, in a reply in the order of their places",
          "[fault]") {
    Played at_command({fault("NOOP", {"delay 1s"}), fault("NOOP", {"inject x"}), fault("NOOP", {"reply 250 fine"})});
    at_command.connect();
    CHECK(at_command.client("NOOP\r\n") ==
          Ops{"fired 0", "pause 1s", "fired 1", R"(send "x\r\n")", "fired 2", R"(send "250 fine\r\n" ends NOOP)"});
    Played in_reply({fault("NOOP reply@-1", {"inject a"}), fault("NOOP reply@3", {"inject b"}),
                     fault("NOOP reply@3", {"inject c"}), fault("NOOP done", {"inject d"})});
    in_reply.connect();
    CHECK(in_reply.client("NOOP\r\n") == Ops{R"(send "250")", "fired 1", R"(send "b\r\n")", "fired 2",
                                             R"(send "c\r\n")", R"(send " Ok\r")", "fired 0", R"(send "a\r\n")",
                                             "fired 3", R"(send "\nd\r\n" ends NOOP)"});
}

TEST_CASE("A surplus line leaves together with the reply before it, what follows it in the list does not", "[fault]") {
    Played server({fault("NOOP done", {"inject 250 a", "inject 250 b", "delay 1s", "inject 250 c"})});
    server.connect();
    CHECK(server.client("NOOP\r\n") ==
          Ops{"fired 0", R"(send "250 Ok\r\n250 a\r\n250 b\r\n" ends NOOP)", "pause 1s", R"(send "250 c\r\n")"});
    Played paced({fault("NOOP", {"split lines"}), fault("NOOP done", {"inject 250 a"})});
    paced.connect();
    CHECK(paced.client("NOOP\r\n") ==
          Ops{"fired 0", R"(send "250 Ok\r\n" ends NOOP)", "fired 1", R"(send "250 a\r\n")"});
}

TEST_CASE("Nothing fires while the faults are not armed", "[fault]") {
    bool armed = false;
    fault::Occasion occasion;
    occasion.faults_armed = [&armed] { return armed; };
    Played server({fault("greeting", {"stall"}), fault("NOOP", {"fin"})}, occasion);
    CHECK(server.connect() == Ops{greeting_sent});
    CHECK(server.client("NOOP\r\n") == Ops{R"(send "250 Ok\r\n" ends NOOP)"});
    armed = true;
    CHECK(server.client("NOOP\r\n") == Ops{"fired 1", "fin"});
}

TEST_CASE("A fault at QUIT stays with a connection that was opened while there were faults", "[fault]") {
    bool armed = true;
    fault::Occasion occasion;
    occasion.faults_armed = [&armed] { return armed; };
    Played before({fault("NOOP", {"fin"}), fault("QUIT", {"stall"})}, occasion);
    before.connect();
    armed = false;
    Played after({fault("QUIT", {"stall"})}, occasion);
    after.connect();
    CHECK(before.client("NOOP\r\n") == Ops{R"(send "250 Ok\r\n" ends NOOP)"});
    CHECK(before.client("QUIT\r\n") == Ops{"fired 1", "pause for ever"});
    CHECK(after.client("QUIT\r\n").front() == R"(send "221 Bye\r\n" ends QUIT)");
}

TEST_CASE("What a connection will meet is planned before it exists", "[fault][connect]") {
    using fault::Admission;
    scenario::Scenario scenario;
    scenario.faults = {fault("greeting", {"stall"}), fault("connect", {"delay 1s"}), fault("connect", {"refuse"}),
                       fault("connect", {"blackhole"})};
    scenario.faults[2].conn = scenario::Selector{2, 3, 1};
    scenario.faults[3].nth = scenario::Selector{3, 4, 1};
    const Rng rng(1);
    const auto plan = [&](std::uint32_t connection) { return fault::plan_connect(scenario, connection, 1, rng); };
    CHECK(plan(1).admission == Admission::accept);
    CHECK_FALSE(plan(1).fault.has_value());
    CHECK(plan(2).admission == Admission::refuse);
    CHECK(plan(2).fault == 2U);
    CHECK(plan(3).admission == Admission::refuse); // the first that applies
    CHECK(plan(4).admission == Admission::blackhole);
    CHECK(plan(4).fault == 3U);
    CHECK(plan(5).admission == Admission::accept);

    scenario.faults = {fault("connect", {"refuse"})};
    scenario.faults[0].probability = 0.5;
    int refused = 0;
    for (std::uint32_t connection = 1; connection <= 400; ++connection)
        refused += plan(connection).admission == Admission::refuse ? 1 : 0;
    CHECK(refused > 150);
    CHECK(refused < 250);
}

TEST_CASE("A fault may be for one of the server's addresses", "[fault][connect]") {
    using fault::Admission;
    scenario::Scenario scenario;
    scenario.faults = {fault("connect", {"refuse"}), fault("connect", {"blackhole"})};
    scenario.faults[0].address = 1;
    scenario.faults[1].address = 2;
    scenario.faults[1].conn = scenario::Selector{3, 3, 1};
    const Rng rng(1);
    const auto admission = [&](std::uint32_t connection, std::uint32_t address) {
        return fault::plan_connect(scenario, connection, address, rng).admission;
    };
    CHECK(admission(1, 1) == Admission::refuse);
    CHECK(admission(3, 1) == Admission::refuse);
    CHECK(admission(1, 2) == Admission::accept);
    CHECK(admission(3, 2) == Admission::blackhole); // connections are counted over all addresses
    CHECK(admission(3, 3) == Admission::accept);

    for (const std::uint32_t address : {1U, 2U}) {
        CAPTURE(address);
        scenario::Fault greeting = fault("greeting", {"reply 421 away"});
        greeting.address = 2;
        fault::Occasion occasion;
        occasion.address = address;
        Played server({greeting}, occasion);
        const Ops ops = server.connect();
        CHECK((ops == Ops{greeting_sent}) == (address == 1));
        CHECK((ops.front() == "fired 0") == (address == 2));
    }
}

} // namespace postfault::test
