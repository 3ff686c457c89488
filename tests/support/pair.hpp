#pragma once

#include "client_under_test/conversation/conversation.hpp"
#include "fakeserver/fault/conversation.hpp"
#include "fakeserver/protocol/service.hpp"
#include "fakeserver/scenario/scenario.hpp"
#include "tests/support/virtual_wire.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::test {

enum class Delivery { whole, bytewise };

inline std::string_view to_string(Delivery delivery) { return delivery == Delivery::whole ? "whole" : "bytewise"; }

struct PairSettings {
    scenario::Scenario scenario; // its faults only
    std::optional<Strike> strike;
    Delivery delivery = Delivery::whole;
    std::size_t room = std::size_t{1} << 20;
    Duration limit = std::chrono::seconds{2}; // T
    std::uint64_t upload_octets = 0;
    std::uint64_t seed = 1;
    refclient::Policy policy;                       // its limits should be `limit`
    std::vector<std::string>* operations = nullptr; // filled if there
};

struct PairRun {
    bool fault_fired = false;
    std::optional<Instant> fired_at;
    bool still_waiting = false; // the client did not finish, and nothing would ever have happened again
    refclient::Outcome outcome = refclient::Outcome::temp; // means nothing while still_waiting
    std::string text;
    Instant finished_at{};
    std::size_t stored = 0;      // when the client finished
    std::size_t stored_late = 0; // more of them, until the server was through with what it had been sent
    bool client_closed = false;
    std::vector<std::string> commands;
    std::uint64_t server_octets = 0;
    std::uint64_t client_octets = 0; // read by the server

    bool finished_within(Duration duration) const {
        return !still_waiting && fired_at && finished_at - *fired_at <= duration;
    }
};

// A whole conversation between a client and a server, each on its own idea of the protocol, both without a socket, on
// one virtual clock that only moves when nothing is left to do. The two ends are told everything that sockets tell.
class Pair {
public:
    Pair(refclient::Conversation& client, protocol::Service& service, const PairSettings& settings)
        : client_(client), service_(service), settings_(settings), session_(service.open()),
          server_(settings.scenario, *session_, occasion(settings)),
          wire_(server_, {settings.room, settings.delivery == Delivery::bytewise, settings.strike}) {}

    PairRun run() {
        const Instant patience = Instant{} + 1000 * settings_.limit;
        client_.on_connected(for_client(Instant{}));
        wire_.connect();
        exchange();
        while (!client_.finished()) {
            const std::optional<Instant> next = next_event();
            if (!next || *next > patience)
                break;
            wire_.advance_to(*next);
            exchange();
            client_.on_time(for_client(wire_.now()));
            exchange();
        }
        PairRun result;
        result.still_waiting = !client_.finished();
        result.outcome = client_.result().outcome;
        result.text = client_.result().text;
        result.finished_at = wire_.now();
        result.stored = service_.stored().size();
        if (client_.finished() && settings_.policy.closing[*client_.ending()] == refclient::Release::close) {
            result.client_closed = true;
            wire_.client_fin();
        }
        // The server may still be busy with what it was sent.
        for (auto next = wire_.deadline(); next && *next <= patience; next = wire_.deadline())
            wire_.advance_to(*next);
        result.stored_late = service_.stored().size() - result.stored;
        result.fired_at = wire_.fired_at();
        result.fault_fired = result.fired_at.has_value();
        result.commands = wire_.commands();
        result.server_octets = wire_.octets_sent();
        result.client_octets = wire_.octets_read();
        if (settings_.operations != nullptr)
            *settings_.operations = wire_.operations();
        return result;
    }

private:
    static fault::Occasion occasion(const PairSettings& settings) {
        fault::Occasion occasion;
        occasion.limit = settings.limit;
        occasion.upload_octets = settings.upload_octets;
        occasion.rng = Rng(settings.seed);
        return occasion;
    }

    static refclient::Instant for_client(Instant instant) { return refclient::Instant{instant.time_since_epoch()}; }

    std::optional<Instant> next_event() const {
        std::optional<Instant> next = wire_.deadline();
        if (const auto limit = client_.deadline()) {
            const Instant at{limit->time_since_epoch()};
            next = next ? std::min(*next, at) : at;
        }
        return next;
    }

    // Until neither end has anything more to say at this moment. Reading goes before writing, as the client asks for.
    void exchange() {
        for (bool moved = true; moved && !client_.finished();) {
            moved = false;
            while (wire_.output_waits() && !client_.finished() && client_.listens()) {
                deliver(wire_.take_output());
                moved = true;
            }
            if (!told_end_ && !client_.finished()) {
                if (wire_.end() == VirtualWire::End::fin) {
                    client_.on_end_of_stream(for_client(wire_.now()));
                    told_end_ = moved = true;
                } else if (wire_.end() != VirtualWire::End::open) {
                    client_.on_transport_error("Connection reset by peer", for_client(wire_.now()));
                    told_end_ = moved = true;
                }
            }
            moved |= write();
        }
    }

    void deliver(std::string_view bytes) {
        const std::size_t piece = settings_.delivery == Delivery::whole ? bytes.size() : 1;
        while (!bytes.empty() && !client_.finished()) {
            client_.on_bytes(bytes.substr(0, piece), for_client(wire_.now()));
            bytes.remove_prefix(std::min(piece, bytes.size()));
        }
    }

    bool write() {
        const std::string_view output = client_.pending_output();
        if (output.empty() || client_.finished())
            return false;
        const std::string copy(output); // valid until the next event only, and the server may answer at once
        const std::size_t count = wire_.write(copy);
        if (count == 0)
            return false;
        client_.on_written(count, for_client(wire_.now()));
        return true;
    }

    refclient::Conversation& client_;
    protocol::Service& service_;
    const PairSettings& settings_;
    std::unique_ptr<protocol::Session> session_;
    fault::Conversation server_;
    VirtualWire wire_;
    bool told_end_ = false;
};

} // namespace postfault::test
