#pragma once

#include "fakeserver/base/time.hpp"
#include "fakeserver/journal/event.hpp"
#include "harness/observe/observation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postfault::judge {

// How well a copy agrees with the original.
enum class Match {
    identical, // octet for octet, but for line ends
    extended,  // every line of the original's header and its whole body are there; header lines were added
    altered,   // anything else, truncation included
    unknown,   // could not be looked at
};

// A message that the server took during the run.
struct StoredCopy {
    Instant at{};
    int connection = 0;
    std::size_t step = 0; // whose message it is, from 0; npos = not one of ours
    std::string message_id;
    std::uint64_t octets = 0;
    Match match = Match::unknown;
    std::string detail;                  // where it differs
    std::vector<std::string> recipients; // for whom it was taken, or the newsgroups; empty = not known
    bool smuggled = false; // it is not one of ours because it is a part of one of ours, which was taken for commands

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    bool operator==(const StoredCopy&) const = default;
};

// What a reading client handed to its user.
struct DeliveredCopy {
    std::size_t step = 0;
    bool present = false;
    std::uint64_t octets = 0;
    Match match = Match::unknown;
    std::string detail;

    bool operator==(const DeliveredCopy&) const = default;
};

// What this client can tell and show; stated by its profile.
struct ClientAbilities {
    bool limit_known = false;          // T is the client's own, not only the scale of the scenario
    bool returns_by_line = false;      // it says `returned` while its process lives on; else its end is the return
    bool steps_in_one_process = false; // several operations in one process
    bool ok_means_queued = false;      // exit 0 is a promise to try, not a delivery
    bool delivery_visible = false;     // what it read can be compared
    bool delivers_as_stream = false;   // to standard output: what came before a failure was never called whole
    std::vector<std::string> results;  // words it can tell apart, e.g. ok, temp, perm, uncertain or ok, failure

    bool operator==(const ClientAbilities&) const = default;
};

// How late a regular timer of the harness was served: the measure of what the machine did to our own clock.
struct Lateness {
    Instant at{};
    Duration by{0};

    bool operator==(const Lateness&) const = default;
};

// Everything about one run. The verdict is a pure function of this and the scenario.
struct RunRecord {
    std::string id;
    std::string client;
    std::uint64_t seed = 0;
    Duration limit{0};    // T
    Duration patience{0}; // the run is cut off then
    ClientAbilities abilities;
    std::vector<std::string> repeat; // command line that repeats exactly this run
    std::vector<journal::Event> journal;
    std::vector<observe::Observation> clients; // one per process, in step order
    std::vector<StoredCopy> stored;
    std::vector<DeliveredCopy> delivered;
    std::vector<Lateness> lateness;    // only those above 1 ms, in order of time
    bool cut_off = false;              // the patience was over and the harness ended the client
    std::optional<Instant> cut_off_at; // when; what the connections did from then on is not the client's doing
    std::string harness_trouble;       // why the run could not be made; empty = it was

    bool operator==(const RunRecord&) const = default;
};

// One JSON document, `postfault.record/1`. from_json throws nlohmann::json::exception on anything that to_json did not
// write.
nlohmann::json to_json(const RunRecord& record);
RunRecord record_from_json(const nlohmann::json& json);

} // namespace postfault::judge
