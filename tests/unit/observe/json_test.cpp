#include "harness/observe/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace postfault::observe {

namespace {

Observation everything() {
    std::string all_octets;
    for (int octet = 0; octet < 256; ++octet)
        all_octets += static_cast<char>(octet);

    Snapshot snapshot;
    snapshot.at = Instant{Duration{1'500'000}};
    snapshot.reason = "patience is over";
    snapshot.sockets = {{12, 4, "CLOSE_WAIT", 40000, 2525, 7, 11}};
    snapshot.threads = {{12, 13, "a \"name\"", 'S', "recvfrom(fd 4)", "no timeout"}};
    snapshot.cpu = Duration{1};
    snapshot.run_delay = Duration{2};
    snapshot.rss = 3'000'000'000;
    snapshot.peak_rss = 4'000'000'000;
    snapshot.descriptors = 5;
    snapshot.processes = 6;

    Observation observation;
    observation.command = {"client", "--to", "\xff\\x41"};
    observation.started = Instant{Duration{10}};
    observation.ended = ProcessEnd{Instant{Duration{20}}, std::nullopt, 9, true};
    observation.returned = {{Instant{Duration{15}}, "temp", "no reply"}};
    observation.output = {{Instant{Duration{11}}, true, all_octets}, {Instant{Duration{12}}, false, "\\x00"}};
    observation.snapshots = {snapshot};
    observation.left_behind = {"process 7: sleep 1000"};
    observation.max_rss = 8;
    observation.cpu = Duration{9};
    observation.connects_watched = true;
    return observation;
}

} // namespace

TEST_CASE("an observation survives JSON, any octet of the output included", "[observe][json]") {
    const Observation full = everything();
    CHECK(from_json(nlohmann::json::parse(to_json(full).dump())) == full);
    CHECK(from_json(nlohmann::json::parse(to_json(Observation{}).dump())) == Observation{});
    Observation exited;
    exited.ended = ProcessEnd{Instant{Duration{1}}, 75, std::nullopt, false};
    CHECK(from_json(to_json(exited)) == exited);
}

TEST_CASE("JSON that is no observation is refused", "[observe][json]") {
    CHECK_THROWS_AS(from_json(nlohmann::json::parse(R"({"output": [{"text": 5}]})")), nlohmann::json::exception);
    CHECK_THROWS_AS(from_json(nlohmann::json::array()), nlohmann::json::exception);
}

} // namespace postfault::observe
