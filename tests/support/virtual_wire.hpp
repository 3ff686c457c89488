#pragma once

#include "fakeserver/base/check.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/base/units.hpp"
#include "fakeserver/fault/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::test {

// For lists of operations in tests: `send "220 ready\r\n" ends greeting`, `pause 2s`, `took received EHLO`.
inline std::string describe(const wire::Op& op) {
    struct Describe {
        static std::string lasting(std::string_view what, const std::optional<Duration>& time) {
            return fmt::format("{} {}", what, time ? to_string(*time) : "for ever");
        }

        std::string operator()(const wire::Send& send) const {
            // Ciphertext is different in every run.
            const std::string bytes = send.plain ? "TLS of \"" + escaped(*send.plain) : "\"" + escaped(send.bytes);
            return fmt::format("send {}\"{}{}", bytes, send.ends.empty() ? "" : " ends ", send.ends);
        }

        std::string operator()(const wire::Flood& flood) const {
            return fmt::format("flood {} of \"{}\"", flood.octets, escaped(flood.pattern));
        }

        std::string operator()(const wire::Pause& pause) const {
            return lasting("pause", pause.lasts) + (pause.paced ? " paced" : "");
        }

        std::string operator()(const wire::StopReading& stop) const { return lasting("stop reading", stop.lasts); }

        std::string operator()(const wire::PaceReading& pace) const {
            return fmt::format("read {} each {}", pace.octets, to_string(pace.every));
        }

        std::string operator()(const wire::Fin&) const { return "fin"; }

        std::string operator()(const wire::HalfClose& half) const {
            return half.fin ? "half-close" : "half-close without FIN";
        }

        std::string operator()(const wire::Reset&) const { return "reset"; }

        std::string operator()(const wire::Fired& fired) const { return fmt::format("fired {}", fired.fault); }

        std::string operator()(const wire::Took& took) const {
            using Kind = protocol::Step::Kind;
            switch (took.step.kind) {
            case Kind::received:
                return "took received " + took.step.subject;
            case Kind::reply:
                return "took reply " + took.step.subject;
            case Kind::body:
                return fmt::format("took body {}", took.step.offset);
            case Kind::upgrade:
                return "took upgrade";
            case Kind::chosen:
                return "took chosen " + took.step.text;
            case Kind::close:
                break;
            }
            return "took close";
        }
    };

    return std::visit(Describe{}, op);
}

// Trouble below the scenarios: when so many octets have gone out (or have come in) and there is one more, wherever in
// the conversation that is.
struct Strike {
    enum class Side { output, input };
    enum class How {
        fin,
        reset,
        stall, // silence; on the input side nothing is read any more either
        drip,  // output only: from here on an octet at a time
    };

    Side side = Side::output;
    std::uint64_t at = 0;
    How how = How::fin;
    Duration every{0}; // between two octets that drip
};

inline std::string_view to_string(Strike::How how) {
    switch (how) {
    case Strike::How::fin:
        return "fin";
    case Strike::How::reset:
        return "reset";
    case Strike::How::stall:
        return "stall";
    case Strike::How::drip:
        return "drip";
    }
    return "?";
}

struct WireSettings {
    std::size_t room = std::size_t{1} << 20; // the socket buffers between a client that writes and a server that reads
    bool bytewise = false;                   // what the client says reaches the session octet by octet
    std::optional<Strike> strike;
};

// Executes the operations of one fault::Conversation on a clock moved by hand, as transport::Connection does on a real
// one: reading goes on beside the acting, a pause holds the acting only, and between the client and a server that does
// not read is a bounded buffer. Without latency: what is written has arrived.
class VirtualWire {
public:
    struct Sent {
        Instant at;
        std::string bytes;
    };

    // How our side of the connection stands.
    enum class End { open, fin, reset, closed };

    explicit VirtualWire(fault::Conversation& conversation, WireSettings settings = {})
        : conversation_(conversation), settings_(settings) {}

    void connect() {
        conversation_.on_connected();
        settle();
    }

    // As many octets as there is room for; how many is the answer. 0 also if the connection is gone.
    std::size_t write(std::string_view bytes) {
        if (client_ended_ || end_ == End::reset || end_ == End::closed)
            return 0;
        // What is read at once makes room for more.
        std::size_t taken = 0;
        while (taken < bytes.size() && buffer_.size() < settings_.room) {
            const std::size_t count = std::min(settings_.room - buffer_.size(), bytes.size() - taken);
            buffer_.append(bytes.substr(taken, count));
            taken += count;
            settle();
        }
        return taken;
    }

    // The client closes; what it has written before is read first.
    void client_fin() {
        client_closing_ = true;
        settle();
    }

    // The client resets; what nobody has read yet is lost.
    void client_reset() {
        buffer_.clear();
        client_ended_ = true;
        settle();
    }

    Instant now() const { return now_; }

    // When something happens by itself. Empty: only the client can change anything.
    std::optional<Instant> deadline() const {
        if (over())
            return std::nullopt;
        std::optional<Instant> next = pause_until_;
        const auto consider = [&](Instant at) { next = next ? std::min(*next, at) : at; };
        if (deaf_ && deaf_until_ && *deaf_until_ > now_)
            consider(*deaf_until_);
        if (pace_ && next_read_ > now_ && !buffer_.empty() && !client_ended_)
            consider(next_read_);
        if (const auto limit = conversation_.idle_limit(); limit && at_rest_)
            consider(*at_rest_ + *limit);
        return next;
    }

    // Serves every deadline on the way, in order.
    void advance_to(Instant time) {
        for (auto next = deadline(); next && *next <= time; next = deadline()) {
            now_ = std::max(now_, *next);
            settle();
        }
        now_ = std::max(now_, time);
        settle();
    }

    void advance(Duration duration) { advance_to(now_ + duration); }

    // Until only the client could change anything. Give it nothing that lasts for ever at a finite pace.
    void play_out() {
        while (const auto next = deadline())
            advance_to(*next);
    }

    // Each operation's octets on their own, with the time when they left.
    const std::vector<Sent>& sent() const { return sent_; }

    std::string all_sent() const {
        std::string all;
        for (const Sent& piece : sent_)
            all += piece.bytes;
        return all;
    }

    // What has come to the client since it last looked, at most one operation's octets at a time; empty if nothing.
    std::string take_output() {
        if (delivered_ == sent_.size())
            return {};
        return sent_[delivered_++].bytes;
    }

    bool output_waits() const { return delivered_ < sent_.size(); }

    // Every operation in the order of its execution.
    const std::vector<std::string>& operations() const { return operations_; }

    // Verbs that the session took, in order.
    const std::vector<std::string>& commands() const { return commands_; }

    // Numbers of the scenario's faults, in order.
    const std::vector<std::size_t>& fired() const { return fired_; }

    // When the first fault or the strike began.
    std::optional<Instant> fired_at() const { return fired_at_; }

    bool struck() const { return struck_; }

    End end() const { return end_; }

    bool is_deaf() const { return deaf_; }

    std::size_t unread() const { return buffer_.size(); } // by the server's socket

    std::uint64_t octets_sent() const { return octets_sent_; }

    std::uint64_t octets_read() const { return octets_read_; }

    // A QUIT came while an operation took its time.
    bool unread_quit() const { return unread_quit_; }

    // The client's FIN or RST has been seen.
    bool client_end_seen() const { return client_ended_; }

private:
    bool over() const { return end_ == End::reset || end_ == End::closed; }

    bool busy() const { return held_ || pause_until_.has_value(); }

    void settle() {
        while (!over()) {
            const bool acted = act();
            const bool read_some = read();
            if (!acted && !read_some)
                break;
        }
    }

    bool act() {
        bool acted = false;
        while (!over()) {
            if (pause_until_) {
                if (*pause_until_ > now_)
                    return acted;
                pause_until_.reset();
                acted = true;
            }
            if (!dripping_.empty()) {
                drip_one();
                acted = true;
                continue;
            }
            if (held_) {
                // An endless stall ends with the client.
                if (client_ended_ && !keep_) {
                    end_ = End::closed;
                    return true;
                }
                return acted;
            }
            std::optional<wire::Op> op = conversation_.next_op();
            if (!op) {
                if (client_ended_ && !keep_) {
                    end_ = End::closed;
                    return true;
                }
                if (!at_rest_)
                    at_rest_ = now_;
                const auto limit = conversation_.idle_limit();
                if (!limit || *at_rest_ + *limit > now_)
                    return acted;
                conversation_.on_silence(*limit);
                acted = true;
                continue;
            }
            acted = true;
            operations_.push_back(describe(*op));
            execute(*op);
        }
        return acted;
    }

    void execute(const wire::Op& op) {
        if (const auto* data = std::get_if<wire::Send>(&op)) {
            send(data->bytes);
        } else if (const auto* endless = std::get_if<wire::Flood>(&op)) {
            flood(*endless);
        } else if (const auto* rest = std::get_if<wire::Pause>(&op)) {
            pause(*rest);
        } else if (const auto* stop = std::get_if<wire::StopReading>(&op)) {
            deaf_ = true;
            deaf_until_ = stop->lasts ? std::optional(now_ + *stop->lasts) : std::nullopt;
        } else if (const auto* pace = std::get_if<wire::PaceReading>(&op)) {
            pace_ = *pace;
            next_read_ = now_ + pace->every;
        } else if (std::holds_alternative<wire::Fin>(op)) {
            fin(false);
        } else if (std::holds_alternative<wire::HalfClose>(op)) {
            fin(true);
        } else if (std::holds_alternative<wire::Reset>(op)) {
            end_ = End::reset;
        } else if (const auto* fired = std::get_if<wire::Fired>(&op)) {
            fired_.push_back(fired->fault);
            note_fired();
        } else if (const auto* took = std::get_if<wire::Took>(&op)) {
            const protocol::Step& step = took->step;
            if (step.kind == protocol::Step::Kind::received && step.subject != "greeting" && step.subject != "dot" &&
                step.subject != "accepted")
                commands_.push_back(step.subject);
        }
    }

    void send(std::string_view bytes) {
        if (bytes.empty() || end_ != End::open)
            return;
        const auto& strike = settings_.strike;
        if (!strike || strike->side != Strike::Side::output) {
            emit(bytes);
            return;
        }
        if (!struck_) {
            const std::uint64_t before = strike->at - octets_sent_;
            if (before >= bytes.size()) {
                emit(bytes);
                return;
            }
            emit(bytes.substr(0, before));
            bytes.remove_prefix(before);
            strike_now();
            if (end_ != End::open || held_)
                return;
        }
        dripping_ = bytes;
    }

    void drip_one() {
        if (dripped_ && !rested_) {
            rested_ = true;
            pause_until_ = now_ + settings_.strike->every;
            return;
        }
        emit(std::string_view(dripping_).substr(0, 1));
        dripping_.erase(0, 1);
        dripped_ = true;
        rested_ = false;
    }

    void emit(std::string_view bytes) {
        if (bytes.empty())
            return;
        octets_sent_ += bytes.size();
        // To a client that is gone nothing comes.
        if (!client_ended_)
            sent_.push_back({now_, std::string(bytes)});
    }

    void flood(const wire::Flood& flood) {
        if (flood.pattern.empty())
            return;
        std::string block;
        while (block.size() < std::size_t{16} * 1024)
            block += flood.pattern;
        for (std::uint64_t sent = 0; sent < flood.octets && !client_ended_ && end_ == End::open;) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), flood.octets - sent));
            send(std::string_view(block).substr(0, count));
            sent += count;
        }
    }

    void pause(const wire::Pause& pause) {
        if (!pause.lasts) {
            held_ = true;
            return;
        }
        schedule_ = (pause.paced && schedule_ ? *schedule_ : now_) + *pause.lasts;
        pause_until_ = schedule_;
    }

    void fin(bool keep) {
        keep_ = keep;
        if (end_ != End::open)
            return;
        end_ = End::fin;
        pace_.reset();
        deaf_ = false;
    }

    bool may_read() {
        if (deaf_ && deaf_until_ && now_ >= *deaf_until_)
            deaf_ = false;
        if (pace_ && now_ < next_read_)
            return false;
        return !deaf_ && conversation_.wants_bytes();
    }

    bool read() {
        if (client_ended_ || !may_read())
            return false;
        if (buffer_.empty()) {
            if (!client_closing_)
                return false;
            client_ended_ = true;
            return true;
        }
        std::size_t most = buffer_.size();
        if (pace_) {
            most = std::min<std::uint64_t>(most, pace_->octets);
            next_read_ = now_ + pace_->every;
        }
        const auto& strike = settings_.strike;
        if (strike && strike->side == Strike::Side::input && !struck_) {
            most = std::min<std::uint64_t>(most, strike->at - octets_read_);
            if (most == 0) {
                strike_now();
                return true;
            }
        }
        const std::string bytes = buffer_.substr(0, most);
        buffer_.erase(0, most);
        octets_read_ += most;
        const std::size_t piece = settings_.bytewise ? 1 : bytes.size();
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            at_rest_.reset();
            conversation_.on_bytes(std::string_view(bytes).substr(at, piece));
            if (busy() && conversation_.ends_with_quit())
                unread_quit_ = true;
            act();
        }
        return true;
    }

    void strike_now() {
        struck_ = true;
        note_fired();
        switch (settings_.strike->how) {
        case Strike::How::fin:
            fin(false);
            held_ = true;
            break;
        case Strike::How::reset:
            end_ = End::reset;
            break;
        case Strike::How::stall:
            held_ = true;
            if (settings_.strike->side == Strike::Side::input) {
                deaf_ = true;
                deaf_until_.reset();
            }
            break;
        case Strike::How::drip:
            POSTFAULT_CHECK(settings_.strike->side == Strike::Side::output, "only output drips");
            break;
        }
    }

    void note_fired() {
        if (!fired_at_)
            fired_at_ = now_;
    }

    fault::Conversation& conversation_;
    std::optional<Instant> at_rest_; // since when there is nothing to do
    WireSettings settings_;
    Instant now_{};

    std::string buffer_; // written by the client, not read by us
    std::vector<Sent> sent_;
    std::size_t delivered_ = 0; // so many of sent_ have been taken by the client
    std::uint64_t octets_sent_ = 0;
    std::uint64_t octets_read_ = 0;

    End end_ = End::open;
    bool keep_ = false;
    bool held_ = false; // no further operation
    bool client_closing_ = false;
    bool client_ended_ = false;

    std::optional<Instant> pause_until_;
    std::optional<Instant> schedule_;
    bool deaf_ = false;
    std::optional<Instant> deaf_until_;
    std::optional<wire::PaceReading> pace_;
    Instant next_read_{};

    bool struck_ = false;
    std::string dripping_;
    bool dripped_ = false;
    bool rested_ = false;

    std::optional<Instant> fired_at_;
    std::vector<std::size_t> fired_;
    std::vector<std::string> operations_;
    std::vector<std::string> commands_;
    bool unread_quit_ = false;
};

} // namespace postfault::test
