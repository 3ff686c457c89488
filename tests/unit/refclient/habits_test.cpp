// Each defect of the mail client against the correct client: the same conversation, and the one difference.

#include "client_under_test/conversation/defects.hpp"
#include "client_under_test/conversation/habits.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/unit/refclient/dialogue.hpp"

#include <catch2/catch.hpp>

using namespace refclient;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view message = "Subject: x\n\nend\n";
constexpr std::string_view wire = "Subject: x\r\n\r\nend\r\n.\r\n";

Policy policy_with(const char* defect) {
    Policy policy;
    policy.limits.set_all(10s);
    if (defect != nullptr)
        find_defect(defect)->plant(policy);
    return policy;
}

struct Send {
    explicit Send(const char* defect = nullptr, std::string_view text = message)
        : conversation({"me", "a@example", {"b@example"}, text}, policy_with(defect)), dialogue(conversation) {}

    Dialogue& greeted() { return dialogue.server("220 hi\r\n").client("EHLO me\r\n"); }

    Dialogue& mailing() { return greeted().server("250 mx\r\n").client("MAIL FROM:<a@example>\r\n"); }

    Dialogue& data() {
        return mailing().server("250 ok\r\n").client("RCPT TO:<b@example>\r\n").server("250 ok\r\n").client("DATA\r\n");
    }

    Dialogue& sent() { return data().server("354 go\r\n").client(wire); }

    Dialogue& taken() { return sent().server("250 queued\r\n"); }

    Outcome outcome() {
        REQUIRE(conversation.finished());
        return conversation.result().outcome;
    }

    SendConversation conversation;
    Dialogue dialogue;
};

} // namespace

TEST_CASE("timeout_restarts_per_byte: dripping octets hold the client", "[refclient][defects]") {
    for (const char* defect : {static_cast<const char*>(nullptr), "timeout_restarts_per_byte"}) {
        Send send{defect};
        for (int i = 0; i < 20; ++i)
            send.dialogue.server("2").wait(9s);
        CHECK(send.conversation.finished() == (defect == nullptr));
    }
}

TEST_CASE("whole_session_deadline: a long session is cut", "[refclient][defects]") {
    for (const char* defect : {static_cast<const char*>(nullptr), "whole_session_deadline"}) {
        Send send{defect};
        send.dialogue.wait(6s).server("220 hi\r\n").client("EHLO me\r\n").wait(6s);
        CHECK(send.conversation.finished() == (defect != nullptr));
    }
}

TEST_CASE("talks_before_greeting: the first word is said too early, and a healthy server still served",
          "[refclient][defects]") {
    Send send{"talks_before_greeting"};
    send.dialogue.client("EHLO me\r\n").server("220-a\r\n220 hi\r\n").client("").server("250 mx\r\n");
    send.dialogue.client("MAIL FROM:<a@example>\r\n");
    Send refused{"talks_before_greeting"};
    refused.dialogue.client("EHLO me\r\n").server("554 no\r\n").client("QUIT\r\n");
}

TEST_CASE("reply_is_one_read: a piece of a reply is taken for all of it", "[refclient][defects]") {
    Send send{"reply_is_one_read"};
    send.greeted().server("250-mx\r\n").client("MAIL FROM:<a@example>\r\n");
    Send whole{"reply_is_one_read"};
    whole.greeted().server("250-mx\r\n250 SIZE\r\n").client("MAIL FROM:<a@example>\r\n").server("25");
    whole.dialogue.client("QUIT\r\n").ends(Outcome::temp, "no reply: \"25\"", Ending::said_goodbye);
}

TEST_CASE("surplus_reply_accepted: a surplus becomes an answer", "[refclient][defects]") {
    Send shifted{"surplus_reply_accepted"};
    shifted.greeted().server("250 mx\r\n250 surplus\r\n").client("MAIL FROM:<a@example>\r\nRCPT TO:<b@example>\r\n");
    Send lost{"surplus_reply_accepted"};
    lost.data().server("354 go\r\n250 surplus\r\n").client("Subject: x\r\n\r\nend\r\n.\r\nQUIT\r\n");
    lost.dialogue.server("554 no\r\n");
    CHECK(lost.outcome() == Outcome::ok);
}

TEST_CASE("class_confusion: the text decides", "[refclient][defects]") {
    CHECK(by_guess({250, {"ok"}}) == Meaning::success);
    CHECK(by_guess({250, {"error: rejected"}}) == Meaning::perm);
    CHECK(by_guess({451, {"later"}}) == Meaning::perm);
    CHECK(by_guess({451, {"accepted"}}) == Meaning::success);
    CHECK(by_guess({550, {"success"}}) == Meaning::success);
    CHECK(by_guess({550, {"no"}}) == Meaning::temp);
    CHECK(by_guess({354, {"go"}}) == Meaning::go_on);
    CHECK(by_first_digit({250, {"error"}}) == Meaning::success);
    CHECK(by_first_digit({354, {"go"}}) == Meaning::go_on);
    CHECK(by_first_digit({451, {"ok"}}) == Meaning::temp);
    CHECK(by_first_digit({550, {"ok"}}) == Meaning::perm);
}

TEST_CASE("helo_after_421: HELO follows any failure", "[refclient][defects]") {
    for (const char* reply : {"421 busy\r\n", "550 no\r\n"}) {
        Send send{"helo_after_421"};
        send.greeted().server(reply).client("HELO me\r\n");
    }
    Send elsewhere{"helo_after_421"};
    elsewhere.mailing().server("421 busy\r\n").ends(Outcome::temp, "421", Ending::dismissed);
}

TEST_CASE("body_without_354: the message goes out without 354", "[refclient][defects]") {
    Send odd{"body_without_354"};
    odd.data().server("250 ok\r\n").client(wire);
    Send silent{"body_without_354"};
    silent.data().wait(10s).client(wire);
    Send refused{"body_without_354"};
    refused.data().server("554 no\r\n").client("QUIT\r\n");
}

TEST_CASE("mid_data_reply_lost: a refusal in the middle of the message is not heard", "[refclient][defects]") {
    const std::string large(100000, 'a');
    for (const char* defect : {static_cast<const char*>(nullptr), "mid_data_reply_lost"}) {
        Send send{defect, large};
        send.data().server("354 go\r\n").server("552 too big\r\n").reset();
        CHECK(send.outcome() == (defect == nullptr ? Outcome::perm : Outcome::temp));
    }
}

TEST_CASE("the farewell: skipped, or its reply not waited for", "[refclient][defects]") {
    Send skipped{"skip_quit"};
    skipped.taken().client("").ends(Outcome::ok, "queued", Ending::gave_up);
    Send impatient{"close_before_221"};
    impatient.taken().client("QUIT\r\n").ends(Outcome::ok, "queued", Ending::said_goodbye);
    Send leaking{"leak_socket_on_error_reply"};
    leaking.mailing().server("550 no\r\n").client("").ends(Outcome::perm, "550", Ending::gave_up);
    Send good{"leak_socket_on_error_reply"};
    good.taken().client("QUIT\r\n");
}

TEST_CASE("quit_error_masks_success: trouble in the farewell becomes the result", "[refclient][defects]") {
    const auto outcome_of = [](const auto& fate) {
        Send send{"quit_error_masks_success"};
        fate(send.taken().client("QUIT\r\n"));
        return send.outcome();
    };
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.server("221 bye\r\n"); }) == Outcome::ok);
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.server("500 what\r\n"); }) == Outcome::temp);
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.server("what\r\n"); }) == Outcome::temp);
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.end_of_stream(); }) == Outcome::temp);
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.reset(); }) == Outcome::temp);
    CHECK(outcome_of([](Dialogue& dialogue) { dialogue.wait(10s); }) == Outcome::temp);
}

TEST_CASE("quit_waits_forever: there is no limit for the farewell and one for all else", "[refclient][defects]") {
    Send send{"quit_waits_forever"};
    send.taken().client("QUIT\r\n").wait(1h);
    CHECK_FALSE(send.conversation.finished());
    Send silent{"quit_waits_forever"};
    silent.mailing().wait(10s).ends(Outcome::temp, "MAIL", Ending::timed_out);
}

TEST_CASE("write_on_dead_socket: QUIT is said to a connection that is gone", "[refclient][defects]") {
    Send send{"write_on_dead_socket"};
    send.mailing().reset().end_of_stream();
    CHECK_FALSE(send.conversation.finished());
    CHECK(send.conversation.pending_output() == "QUIT\r\n");
    send.dialogue.reset().ends(Outcome::temp, "reset by peer", Ending::transport_error);

    Send done{"write_on_dead_socket"};
    done.taken().reset();
    CHECK(done.conversation.pending_output() == "QUIT\r\n");
    done.dialogue.reset().ends(Outcome::ok, "", Ending::transport_error);
}

TEST_CASE("limits: each defect takes its own and no other", "[refclient][defects]") {
    const auto without = [](const char* defect) {
        std::vector<Wait> waits;
        const Policy policy = policy_with(defect);
        for (std::size_t i = 0; i < wait_count; ++i)
            if (!policy.limits[static_cast<Wait>(i)])
                waits.push_back(static_cast<Wait>(i));
        return waits;
    };
    CHECK(without(nullptr).empty());
    CHECK(without("no_connect_timeout") == std::vector{Wait::connect});
    CHECK(without("no_write_timeout") == std::vector{Wait::block});
    CHECK(without("quit_waits_forever") == std::vector{Wait::quit});
    CHECK(without("timeout_armed_after_greeting") == std::vector{Wait::greeting});
    CHECK(policy_with("final_dot_timeout_short").limits[Wait::final_reply] == 5s);
    CHECK(policy_with("final_dot_timeout_short").limits[Wait::rcpt] == 10s);
    CHECK(without("limits_halved").empty());
    CHECK(policy_with("limits_halved").limits[Wait::final_reply] == 5s);
    CHECK(policy_with("limits_halved").limits[Wait::connect] == 5s);
}

TEST_CASE("unbounded_reply: any number of lines of any length is kept", "[refclient][defects]") {
    Send send{"unbounded_reply"};
    send.greeted();
    const std::string text(5000, 'a');
    for (int i = 0; i < 3000; ++i)
        send.dialogue.server("250-").server(text).server("\r\n");
    CHECK_FALSE(send.conversation.finished());
}

TEST_CASE("success_on_eof_after_dot: a lost reply counts as good", "[refclient][defects]") {
    Send send{"success_on_eof_after_dot"};
    send.sent().server("25").end_of_stream();
    CHECK(send.outcome() == Outcome::ok);
    Send before{"success_on_eof_after_dot"};
    before.data().end_of_stream();
    CHECK(before.outcome() == Outcome::temp);
}
