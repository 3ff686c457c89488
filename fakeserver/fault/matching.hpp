#pragma once

#include "fakeserver/base/time.hpp"
#include "fakeserver/fault/occasion.hpp"
#include "fakeserver/protocol/facts.hpp"
#include "fakeserver/protocol/step.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::fault {

// A fault that is to happen now.
struct Due {
    std::size_t number = 0; // in the scenario
    const scenario::Fault* fault = nullptr;
};

// Which faults are due where in one connection: the place, which of its occurrences this is, what `if` asks for, and
// chance, which is drawn once for each fault and occurrence however often it is asked. What a fault then does is not
// its business.
class Matching {
public:
    // Both outlive it. Where the client chooses its scenario, there is no fault until it has done so.
    Matching(const scenario::Scenario& scenario, const Occasion& occasion);

    // What is played now.
    const scenario::Scenario& scenario() const { return chosen_ ? *chosen_ : scenario_; }

    // A `received` step: counts its subject and learns what is known now. `facts` is only called if anybody asks. True
    // if the client has chosen its scenario by that; upload_places() are others then.
    bool on_received(const protocol::Step& step, const std::function<protocol::Facts()>& facts);

    // The client has said something.
    void on_bytes() { silence_ = Duration{0}; }

    // The octets of an upload at which a fault may be due, ascending.
    std::vector<std::uint64_t> upload_places() const;

    // But for those that keep the connection out (admission.hpp): they are over before there is a conversation.
    std::vector<Due> at_connect() const;

    // At a point of that kind, at the occurrence of the subject that was received last.
    std::vector<Due> at(scenario::Point::Kind kind, std::string_view subject) const;

    // One of upload_places() was passed. To be asked once for each.
    std::vector<Due> at_upload(std::uint64_t offset);

    // How long the client may say nothing before the next fault at `idle`.
    std::optional<Duration> idle_limit() const;

    // The client has said nothing for so long; what that makes due, in the scenario's order.
    std::vector<Due> on_silence(Duration silent);

private:
    void learn(const protocol::Step& step, const std::function<protocol::Facts()>& facts);
    bool let_choose();
    void count(const std::string& subject);
    std::uint32_t counted(std::string_view subject) const; // which one the last was
    bool armed() const;
    bool stays_armed(const scenario::Fault& fault) const;
    std::vector<Due> due(const std::function<bool(const scenario::Point&)>& at, std::uint32_t occurrence) const;
    bool is_due(std::size_t number, std::uint32_t occurrence) const;

    const scenario::Scenario& scenario_;
    const Occasion& occasion_;
    std::optional<scenario::Scenario> chosen_; // where there is a choice; without faults before it is made
    bool may_choose_;
    std::uint32_t connection_;    // of the client's; those of each scenario count for themselves
    std::uint64_t upload_octets_; // expected
    std::map<std::string, std::uint32_t, std::less<>> occurrences_;
    protocol::Facts facts_; // as they were when the last subject had come
    bool opened_armed_;     // while there were faults; those at `idle` and QUIT stay with the connection
    Duration silence_{0};   // of the client, as far as faults at `idle` have seen it
};

} // namespace postfault::fault
