#pragma once

#include "fakeserver/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::judge {

enum class VerdictKind { pass, fail, xfail, xpass, not_reached, skipped, error };

// Why, with a stable code: PF001…PF013 for invariants, `expect.KEY` for expectations, `next` for a later step that
// failed, `fault` for not reached, `busy`, `baseline`, `harness` for errors, `skip` for skipped, `xfail` for a known
// failure.
struct Reason {
    std::string code;
    std::string text;

    bool operator==(const Reason&) const = default;
};

// How the client ended a connection, seen from the server.
enum class ClientClose { quit, fin, reset, open };

struct ConnectionMeasure {
    int number = 0;
    std::uint32_t address = 1; // of the server
    Instant opened{};
    std::optional<Instant> fault_fired;
    std::optional<Instant> client_quit; // QUIT received
    std::optional<Instant> client_end;  // FIN or RST received
    ClientClose close = ClientClose::open;
    std::optional<Duration> gives_up;  // fault fired → FIN, RST or QUIT
    std::optional<Duration> close_lag; // server's FIN → client's FIN or RST
    std::optional<Instant> server_fin;
    std::optional<Instant> server_reset; // nothing is left that the client could close
    std::uint16_t client_port = 0;       // 0 = not known
    bool ended_with_process = false;     // the client's end came with the end of its process, so the kernel closed it
    bool reset_was_forced = false;       // RST because octets of the server were still unread

    bool operator==(const ConnectionMeasure&) const = default;
};

// What the record says in numbers, before any judgement.
struct Measures {
    bool fault_fired = false;           // at least one, or the scenario has none
    std::vector<std::size_t> not_fired; // faults of the scenario, from 0, that should have fired and did not
    std::optional<Instant> fault_at;
    std::optional<Duration>
        gives_up; // of the run: first fault → the client gave up (FIN, RST, QUIT, or return if never connected)
    std::vector<ConnectionMeasure> connections;
    Duration uncertainty{0}; // what the machine may have added to any measured time

    bool operator==(const Measures&) const = default;
};

struct Verdict {
    VerdictKind kind = VerdictKind::pass;
    std::vector<Reason> reasons;        // empty for pass
    std::vector<Reason> not_observable; // invariants and expectations that this run could not show
    std::vector<std::string> notes;     // e.g. a legal second copy after a lost acknowledgement
    Measures measures;

    bool operator==(const Verdict&) const = default;
};

std::string_view to_string(VerdictKind kind); // `not reached`, as in DESIGN.md
std::string_view to_string(ClientClose close);

} // namespace postfault::judge
