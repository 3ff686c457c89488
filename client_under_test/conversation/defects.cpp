#include "client_under_test/conversation/defects.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace refclient {

namespace {

// All that is waited for between connecting and closing, except for the server to take what is written.
void no_read_timeout(Policy& policy) {
    for (const Wait wait : {Wait::greeting, Wait::hello, Wait::starttls, Wait::log_in, Wait::mail, Wait::rcpt,
                            Wait::go_ahead, Wait::chunk, Wait::final_reply, Wait::command, Wait::article, Wait::quit})
        policy.limits[wait] = std::nullopt;
}

void timeout_restarts_per_byte(Policy& policy) {
    policy.habits.limit_counts = LimitCounts::from_last_octet;
    policy.caps.least_progress = 1;
}

void final_dot_timeout_short(Policy& policy) {
    if (auto& limit = policy.limits[Wait::final_reply])
        *limit /= 2;
}

void leak_socket_on_error_reply(Policy& policy) {
    policy.habits.farewell_after_failure = Farewell::none;
    for (const Ending ending : {Ending::gave_up, Ending::dismissed, Ending::peer_closed})
        policy.closing[ending] = Release::keep_open;
}

void write_on_dead_socket(Policy& policy) {
    policy.habits.dead_peer = DeadPeer::is_a_signal;
    policy.habits.last_words = LastWords::quit;
}

void skip_quit(Policy& policy) {
    policy.habits.farewell_after_success = Farewell::none;
    policy.habits.farewell_after_failure = Farewell::none;
}

void close_before_221(Policy& policy) {
    policy.habits.farewell_after_success = Farewell::do_not_wait;
    policy.habits.farewell_after_failure = Farewell::do_not_wait;
}

void unbounded_reply(Policy& policy) {
    constexpr std::size_t any = std::numeric_limits<std::size_t>::max() / 2;
    policy.caps.reply_line = any;
    policy.caps.reply_lines = any;
    policy.caps.article = any;
    policy.caps.article_line = any;
}

// Left alone, and trusted all the same.
void stale_pool_fails_message(Policy& policy) {
    policy.idle = IdleConnection::ignored;
    policy.retry.repeat_unanswered = false;
}

void retry_at_once(Policy& policy) {
    policy.retry.first_pause = Duration{0};
    policy.retry.more = std::max(policy.retry.more, 1000U);
}

// Mistakes that can be made in either protocol.
constexpr std::array table{
    Defect{"close_before_221", "closes right behind QUIT instead of waiting for its reply", "niosmtp#22",
           close_before_221},
    Defect{"close_blocks", "waits in close() for the peer to take what is unsent", "KB Q254795, Exim 2864",
           [](Policy& policy) { policy.habits.close = Close::when_all_is_taken; }},
    Defect{"close_wait_idle", "does not notice that the server has closed an idle connection",
           "apple-mail-mcp#109, Net_SMTP#11", [](Policy& policy) { policy.idle = IdleConnection::ignored; }},
    Defect{"eof_busy_loop", "takes the end of the connection for 'try again' and spins until the limit",
           "keepalived#136, swiftmailer#469, hmailserver#568",
           [](Policy& policy) { policy.end_of_stream = EndOfStream::try_again; }},
    Defect{"final_dot_timeout_short", "gives up half-way through the wait for the reply to the message",
           "swiftmailer#828, fetchmail #10972, mastodon#23750", final_dot_timeout_short},
    Defect{"leak_socket_on_error_reply", "returns the server's refusal but leaves the connection open",
           "cpython#132796, Net_SMTP#63", leak_socket_on_error_reply},
    Defect{"leak_socket_on_timeout", "after a time-out returns the error but leaves the connection open",
           "KB Q254795, mail-api#10, nodemailer#52",
           [](Policy& policy) { policy.closing[Ending::timed_out] = Release::keep_open; }},
    Defect{"limits_halved", "gives up half-way through every wait", "OpenSMTPD ad9c8eb4, smtpsmug#9, envelope#20",
           [](Policy& policy) { policy.limits.halve_all(); }},
    Defect{"lock_held_after_failure", "after a failure the next operation waits for ever for its turn",
           "aiosmtplib#243, nodemailer-smtp-pool#7",
           [](Policy& policy) { policy.habits.turn = Turn::ends_with_success; }},
    Defect{"no_address_fallback", "gives up if the first of the server's addresses does not answer",
           "thunderbird-android#1382", [](Policy& policy) { policy.habits.addresses = Addresses::the_first; }},
    Defect{"no_connect_timeout", "waits for a connection as long as the system likes to",
           "neomutt#1779, infinidysk#529", [](Policy& policy) { policy.limits[Wait::connect] = std::nullopt; }},
    Defect{"no_read_timeout", "waits for ever for any reply and for the rest of any article",
           "golang/go#16436, PHPMailer#604, CVE-2005-1911", no_read_timeout},
    Defect{"no_write_timeout", "waits for ever for the server to take the next block of a message", "mail-api#69, curl",
           [](Policy& policy) { policy.limits[Wait::block] = std::nullopt; }},
    Defect{"quit_error_masks_success", "an error in the farewell becomes the result of the operation",
           "mORMot2#499, flask-mail#139, smtplib",
           [](Policy& policy) { policy.habits.farewell_trouble = FarewellTrouble::is_the_result; }},
    Defect{"quit_waits_forever", "waits for ever for the reply to QUIT", "OpenSMTPD#801, MailKit#827, curl",
           [](Policy& policy) { policy.limits[Wait::quit] = std::nullopt; }},
    Defect{"reply_is_one_read", "takes whatever one read brings for one reply",
           "simplesmtp#42, emailjs#140, ruby net-protocol#66",
           [](Policy& policy) { policy.habits.reply_ends = ReplyEnds::with_each_read; }},
    Defect{"retry_at_once", "tries again without a pause and without an end",
           "nodemailer#1105, synapse#10378, tin 1.9.2", retry_at_once},
    Defect{"skip_quit", "closes without QUIT", "runtime#683, nullmailer 1.03, win-acme#1567", skip_quit},
    Defect{"stale_pool_fails_message", "an idle connection that the server has closed fails the next operation",
           "lettre#743, nodemailer#511", stale_pool_fails_message},
    Defect{"success_on_eof_after_dot", "takes a lost reply to the message for success", "nodemailer#511, Haraka#2713",
           [](Policy& policy) { policy.habits.lost_final_reply = Outcome::ok; }},
    Defect{"surplus_reply_accepted", "takes a reply that nobody asked for as the answer to what it says next",
           "Postfix 2005-09-29, aiosmtplib#350", [](Policy& policy) { policy.habits.surplus = Surplus::is_an_answer; }},
    Defect{"talks_before_greeting", "says its first command before the server has greeted", "thunderbird-android#1329",
           [](Policy& policy) { policy.habits.first_word = FirstWord::ours; }},
    Defect{"timeout_armed_after_greeting", "waits for ever for the greeting", "go-mail#49",
           [](Policy& policy) { policy.limits[Wait::greeting] = std::nullopt; }},
    Defect{"timeout_fires_once", "has no limits any more after its first time-out", "leafnode 1.9.31",
           [](Policy& policy) { policy.habits.limits_hold = LimitsHold::until_the_first_time_out; }},
    Defect{"timeout_restarts_per_byte", "starts its limit anew with every octet that comes",
           "Exim JH/28, MailKit#1023, CPython", timeout_restarts_per_byte},
    Defect{"unbounded_reply", "keeps lines and articles of any length and replies of any number of lines",
           "lettre#1143, runtime#131596, smtplib", unbounded_reply},
    Defect{"whole_session_deadline", "has one limit for the whole session", "PMail#361, go-imap#726",
           [](Policy& policy) { policy.habits.limit_counts = LimitCounts::from_connect; }},
    Defect{"write_on_dead_socket", "says QUIT on a connection that was reset, and dies of the signal",
           "monitoring-plugins#1008, nullmailer#97, rails#27298", write_on_dead_socket},
};

std::vector<Defect> all_by_name() {
    std::vector<Defect> all(table.begin(), table.end());
    for (const std::span<const Defect> more : {mail_defects(), news_defects(), tls_defects()})
        all.insert(all.end(), more.begin(), more.end());
    std::sort(all.begin(), all.end(), [](const Defect& one, const Defect& other) { return one.name < other.name; });
    return all;
}

} // namespace

std::span<const Defect> defects() {
    static const std::vector<Defect> all = all_by_name();
    return all;
}

const Defect* find_defect(std::string_view name) {
    const auto found =
        std::find_if(defects().begin(), defects().end(), [&](const Defect& defect) { return defect.name == name; });
    return found == defects().end() ? nullptr : &*found;
}

} // namespace refclient
