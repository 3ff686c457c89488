#include "client_under_test/conversation/send_conversation.hpp"
#include "client_under_test/driver/tunnel.hpp"
#include "tests/support/tls_mail_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

// The client's TLS against OpenSSL's server, cut at every octet of the ciphertext.
namespace refclient::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view letter = "Subject: secret\r\n\r\nbody\r\n";
constexpr Duration limit = 2s;

enum class How { fin, reset, stall };

std::string_view to_string(How how) { return how == How::fin ? "fin" : how == How::reset ? "reset" : "stall"; }

// The way that is cut. Of the client's octets the server does not see more, and it says no more.
enum class Side { servers, clients };

Policy policy_for(TlsMode mode) {
    Policy policy;
    policy.limits.set_all(limit);
    policy.tls = mode;
    policy.channel.ca_file = trusted_root().file();
    return policy;
}

struct Run {
    bool cut = false; // else the conversation was over before
    bool finished = false;
    Duration after_cut{0};
    Result result;
    std::size_t stored = 0;
    bool in_the_clear = false; // anything of the message
};

class Meeting {
public:
    Meeting(const Policy& policy, Side side, std::size_t at)
        : policy_(policy), side_(side), at_(at), server_(policy.tls == TlsMode::implicit),
          conversation_({"me", "a@example", {"b@example"}, letter}, policy_), tunnel_(conversation_, policy_) {}

    Run run(How how) {
        tunnel_.on_connected("localhost", now_);
        while (!cut_ && !tunnel_.finished() && (hear() || say())) {
        }
        const Instant cut_at = now_;
        if (cut_)
            strike(how);
        Run run;
        run.cut = cut_;
        run.finished = tunnel_.finished();
        run.after_cut = now_ - cut_at;
        run.result = conversation_.result();
        run.stored = server_.stored;
        run.in_the_clear = server_.in_the_clear.find("MAIL") != std::string::npos;
        return run;
    }

private:
    // What the server has to say, as far as it gets through.
    bool hear() {
        std::string octets = server_.take_output();
        if (octets.empty())
            return false;
        if (side_ == Side::servers)
            octets = pass(octets);
        tunnel_.on_bytes(octets, now_);
        return true;
    }

    bool say() {
        std::string octets{tunnel_.pending_output()};
        if (octets.empty())
            return false;
        tunnel_.on_written(octets.size(), now_);
        server_.on_bytes(side_ == Side::clients ? pass(octets) : octets);
        return true;
    }

    std::string pass(const std::string& octets) {
        const std::size_t count = std::min(octets.size(), at_ - passed_);
        passed_ += count;
        cut_ = count < octets.size();
        return octets.substr(0, count);
    }

    void strike(How how) {
        if (how == How::fin)
            tunnel_.on_end_of_stream(now_);
        else if (how == How::reset)
            tunnel_.on_transport_error("Connection reset by peer", now_);
        for (int waits = 0; waits < 3 && !tunnel_.finished(); ++waits) {
            now_ = tunnel_.deadline().value_or(now_);
            tunnel_.on_time(now_);
        }
    }

    const Policy& policy_;
    Side side_;
    std::size_t at_;
    std::size_t passed_ = 0;
    bool cut_ = false;
    Instant now_{};
    TlsMailServer server_;
    SendConversation conversation_;
    Tunnel tunnel_;
};

// Cuts at every `step`th octet of a side until there is nothing left to cut; how many that were.
template <class Check>
std::size_t sweep(const Policy& policy, Side side, std::size_t step, const Check& check) {
    for (std::size_t at = 0;; at += step)
        for (const How how : {How::fin, How::reset, How::stall}) {
            CAPTURE(at, to_string(how), policy.tls == TlsMode::implicit);
            const Run run = Meeting{policy, side, at}.run(how);
            if (!run.cut) {
                CHECK(run.result.outcome == Outcome::ok);
                return at;
            }
            check(run, how);
        }
}

// A handshake costs a millisecond. Behind STARTTLS it is the same as without.
std::size_t step_for(TlsMode mode) { return mode == TlsMode::implicit ? 1 : 7; }

} // namespace

TEST_CASE("TLS: wherever the server's side is cut, the client ends in time and says nothing that is not so",
          "[sweep][tls]") {
    for (const TlsMode mode : {TlsMode::starttls, TlsMode::implicit}) {
        const std::size_t octets = sweep(policy_for(mode), Side::servers, step_for(mode), [](const Run& run, How how) {
            CHECK(run.finished);
            CHECK(run.after_cut <= (how == How::stall ? limit : Duration{0}));
            CHECK((run.result.outcome != Outcome::ok || run.stored == 1));
            CHECK((run.result.outcome != Outcome::perm));
            CHECK_FALSE(run.in_the_clear);
        });
        CHECK(octets > 800);
    }
}

TEST_CASE("TLS: wherever the client's side is cut, the client ends in time and says nothing that is not so",
          "[sweep][tls]") {
    for (const TlsMode mode : {TlsMode::starttls, TlsMode::implicit})
        sweep(policy_for(mode), Side::clients, step_for(mode), [](const Run& run, How how) {
            CHECK(run.finished);
            CHECK(run.after_cut <= (how == How::stall ? limit : Duration{0}));
            CHECK((run.result.outcome != Outcome::ok || run.stored == 1));
            CHECK_FALSE(run.in_the_clear);
        });
}

TEST_CASE("TLS: the defect tls_handshake_unbounded shows at the octets of the handshake and nowhere else",
          "[sweep][tls][defects]") {
    Policy policy = policy_for(TlsMode::implicit);
    policy.limits[Wait::handshake] = std::nullopt;
    std::size_t stuck = 0;
    std::size_t last_stuck = 0;
    std::size_t at = 0;
    sweep(policy, Side::servers, 5, [&](const Run& run, How how) {
        if (how == How::stall) {
            stuck += run.finished ? 0 : 1;
            last_stuck = run.finished ? last_stuck : at;
            ++at;
        }
    });
    CHECK(stuck > 100);
    CHECK(last_stuck + 1 == stuck); // from the first octet on without a gap
    CHECK(at > stuck);
}

} // namespace refclient::test
