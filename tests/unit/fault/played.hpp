#pragma once

#include "fakeserver/fault/conversation.hpp"
#include "fakeserver/protocol/nntp/service.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "fakeserver/scenario/parse_action.hpp"
#include "fakeserver/scenario/parse_point.hpp"
#include "tests/support/virtual_wire.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postfault::test {

using Ops = std::vector<std::string>;

constexpr Duration limit_of_tests = std::chrono::seconds{2}; // T

// `fault("EHLO reply@5", {"delay 0.5T", "fin"})`
inline scenario::Fault fault(std::string_view at, std::initializer_list<std::string_view> actions,
                             scenario::Protocol protocol = scenario::Protocol::smtp) {
    scenario::Fault result;
    const auto point = scenario::parse_point(at, protocol);
    INFO(point.problem());
    REQUIRE(point);
    result.at = *point;
    for (const std::string_view text : actions) {
        const auto action = scenario::parse_action(text);
        INFO(action.problem());
        REQUIRE(action);
        result.actions.push_back(*action);
    }
    return result;
}

inline scenario::Fault news_fault(std::string_view at, std::initializer_list<std::string_view> actions) {
    return fault(at, actions, scenario::Protocol::nntp);
}

// A server with faults, asked by hand. What it does is a list of operations; steps that were merely taken are left out.
class Played {
public:
    explicit Played(std::vector<scenario::Fault> faults, fault::Occasion occasion = {},
                    scenario::Protocol protocol = scenario::Protocol::smtp) {
        scenario_.protocol = protocol;
        scenario_.faults = std::move(faults);
        if (protocol == scenario::Protocol::smtp) {
            protocol::smtp::Settings settings;
            settings.hostname = "mx";
            settings.extensions = {"SIZE 1000", "PIPELINING"};
            service_ = std::make_unique<protocol::smtp::Service>(settings);
        } else {
            protocol::nntp::Settings settings;
            settings.hostname = "news";
            settings.groups.front().articles = {"Message-ID: <1@x>\r\n\r\n.dot\r\n"};
            service_ = std::make_unique<protocol::nntp::Service>(settings);
        }
        if (occasion.limit == Duration{0})
            occasion.limit = limit_of_tests;
        session_ = service_->open();
        conversation_.emplace(scenario_, *session_, std::move(occasion));
    }

    Ops connect() {
        conversation_->on_connected();
        return take();
    }

    Ops client(std::string_view bytes) {
        conversation_->on_bytes(bytes);
        return take();
    }

    // Connected, and all this said; what was done meanwhile does not matter.
    Played& after(std::string_view bytes) {
        connect();
        client(bytes);
        return *this;
    }

    Ops take(bool with_steps = false) {
        Ops ops;
        while (const auto op = conversation_->next_op())
            if (with_steps || !std::holds_alternative<wire::Took>(*op))
                ops.push_back(describe(*op));
        return ops;
    }

    fault::Conversation& conversation() { return *conversation_; }

    std::size_t stored() const { return service_->stored().size(); }

private:
    scenario::Scenario scenario_;
    std::unique_ptr<protocol::Service> service_;
    std::unique_ptr<protocol::Session> session_;
    std::optional<fault::Conversation> conversation_;
};

constexpr std::string_view hello = "EHLO c\r\n";
constexpr std::string_view to_data = "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
constexpr std::string_view letter_on_wire = "Subject: x\r\n\r\none\r\n.\r\n"; // 22 octets

inline const std::string greeting_sent = R"(send "220 mx ESMTP postfault\r\n" ends greeting)";
inline const std::string ehlo_sent = R"(send "250-mx\r\n250-SIZE 1000\r\n250 PIPELINING\r\n" ends EHLO)";

} // namespace postfault::test
